#include "scenarios/engine/accepted_part.hpp"

#include "scenarios/engine/misspelt.hpp"
#include "scenarios/engine/schema.hpp"
#include "scenarios/engine/schema_hints.hpp"

#include <algorithm>
#include <regex>
#include <utility>
#include <vector>

namespace scenarios::engine {
namespace {

constexpr int kMostRounds = 10;  // what stands in can be refused as well: a name that is none

/// The entry of a list that `pointer` leads into, where something can stand in for one; empty: there is none.
std::string entry_that_holds(const std::string& pointer) {
  static const std::regex kEntry(
      "^(/caller|/calls/[0-9]+/caller|/others/[^/]+/steps|/model|/faults|/visitors|/expect|/http/[^/]+"
      "|/bridge/events)/[0-9]+");
  std::smatch found;
  return std::regex_search(pointer, found, kEntry) ? found.str() : std::string();
}

/// A rule of the model that calls the same function, if it calls one: of those some expectations speak.
Json rule_in_place_of(const Json& refused) {
  const Json tool = meant_value(meant_value(refused, "reply"), "tool");
  const Json reply = tool.is_string() ? Json{{"tool", tool}} : Json{{"speech", "1s"}};
  return {{"when", "anything"}, {"reply", reply}};
}

/// Another entry of the same list, which does next to nothing.
Json stand_in(const std::string& list, const Json& refused) {
  if (list == "/expect") return "caller_heard_seconds >= 0";
  Json made = {{"say", {{"speech", "1s"}}}};
  if (list == "/model") made = rule_in_place_of(refused);
  if (list == "/faults") made = {{"do", "reset"}};
  if (list == "/visitors") made = {{"as", "somebody"}};
  if (list.starts_with("/http/")) made = {{"on", "GET /"}, {"answer", {{"status", 200}}}};
  if (list == "/bridge/events") {
    made = {{"do", "start"}, {"at", "0s"}};
    if (refused.is_object() && refused.contains("replica")) made["replica"] = refused["replica"];
  }
  if (Json name = meant_value(refused, "as"); name.is_string()) made["as"] = std::move(name);
  return made;
}

/// Only a map gives something its name: a text or a list of texts took none with it.
bool holds_a_map(const Json& value) {
  if (value.is_object()) return true;
  return value.is_array() && std::ranges::any_of(value, holds_a_map);
}

class Cutter {
 public:
  explicit Cutter(Json& scenario) : scenario_(scenario) {}

  void leave_out(const std::set<std::string>& refused) {
    std::set<std::string> entries;
    for (const auto& pointer : refused) {
      const std::string entry = entry_that_holds(pointer);
      if (entry.empty() || !scenario_.contains(Json::json_pointer(entry))) {
        drop_key(Json::json_pointer(pointer));
      } else {
        entries.insert(entry);
      }
    }
    for (const auto& entry : entries) {
      if (!scenario_.contains(Json::json_pointer(entry))) continue;
      Json& at = scenario_[Json::json_pointer(entry)];
      Json made = stand_in(entry.substr(0, entry.rfind('/')), at);
      const bool again = made == at;  // it is the name that is refused, or what it calls
      if (again && made.is_object()) {
        made.erase("as");
        if (entry.starts_with("/visitors/")) made["as"] = "somebody";
        if (made.contains("reply")) made["reply"] = {{"speech", "1s"}};
      }
      at = std::move(made);
    }
  }

  /// Of what could be called by a name nobody may speak.
  void leave_out_who_speaks_of_the_rest() {
    bool names_are_gone = false;
    for (const char* key : {"caller", "calls", "model", "faults", "visitors", "others", "http", "bridge"})
      names_are_gone = names_are_gone || gone_.contains(key);
    if (!names_are_gone) return;
    for (const char* key : {"caller", "calls", "faults", "visitors", "others", "bridge", "expect"})
      scenario_.erase(key);
  }

 private:
  /// The scenario's own key that leads there.
  void drop_key(Json::json_pointer key) {
    while (!key.empty() && !key.parent_pointer().empty()) key.pop_back();
    if (key.empty()) return;  // one that is missing, and will be there
    const bool held_names = holds_a_map(scenario_.value(key.back(), Json()));
    scenario_.erase(key.back());
    const auto& keys = schema_json()["properties"];
    for (const auto& [known, unused] : keys.items()) {
      const bool is_it =
          keys.contains(key.back()) ? key.back() == known : meant(key.back(), {known}) == known;
      if (is_it && (held_names || known == "calls")) gone_.insert(known);
    }
  }

  Json& scenario_;
  std::set<std::string> gone_;
};

}  // namespace

std::optional<Document> accepted_part(const Document& document, std::set<std::string> refused) {
  if (!document.json.is_object()) return std::nullopt;
  Document part = document;
  Cutter cutter(part.json);
  for (int round = 0; round < kMostRounds; ++round) {
    cutter.leave_out(refused);
    cutter.leave_out_who_speaks_of_the_rest();
    complete(part.json);
    refused.clear();
    std::vector<Problem> told_already;
    check_schema(part, told_already, &refused);
    if (told_already.empty()) return part;
  }
  return std::nullopt;
}

void complete(Json& scenario) {
  if (scenario.is_null()) scenario = Json::object();
  if (!scenario.is_object()) return;
  scenario.emplace("linecheck", 1);
  scenario.emplace("name", "part");
  scenario.emplace("about", "A part of a scenario.");
  scenario.emplace("expect", Json::array({"caller_heard_seconds >= 0"}));
}

}  // namespace scenarios::engine
