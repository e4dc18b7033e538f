#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace valijson {
class Schema;
}

namespace tests {

using Json = nlohmann::json;  // keys in order: what a table of them needs

/// A catalogue of events in JSON Schema: `definitions`, and in `events` one schema an event.
class EventSchema {
 public:
  struct Event {
    std::string type;
    std::string session;      // the kind of session that takes it; empty: every
    std::string unsupported;  // why the fake does not have it; empty: it does
    Json schema;
    std::vector<Json> examples;
    std::shared_ptr<const valijson::Schema> compiled;
  };

  /// What `file` does not define, `definitions_of` does.
  explicit EventSchema(const std::string& file, const std::string& definitions_of = {});

  const std::vector<Event>& events() const { return events_; }
  /// What is wrong with `event`; empty: nothing. An event of unknown type is wrong.
  std::string wrong_with(const Json& event) const;
  static std::string wrong_with(const Json& event, const Event& kind);
  /// Every field of an event, `session.tools[].name` and alike, with what it may hold in words, and whether
  /// the fake does nothing with it.
  std::map<std::string, std::string> fields(const Event& event) const;

 private:
  struct Collected {
    std::map<std::string, std::string> words;
    std::set<std::string> without_effect;
  };
  void collect(const Json& schema, const std::string& path, bool has_effect, Collected& out) const;
  bool idle(const Json& schema) const;
  std::string words(const Json& schema) const;
  const Json& resolved(const Json& schema) const;

  Json document_;
  std::vector<Event> events_;
};

/// Every field that `event` holds, in the names of EventSchema::fields, with the JSON types of its values.
std::map<std::string, std::set<std::string>> kinds_in(const Json& event);
/// Only the names.
std::vector<std::string> fields_in(const Json& event);

}  // namespace tests
