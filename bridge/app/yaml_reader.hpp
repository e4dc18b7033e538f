#pragma once
#include "bridge/app/config_problems.hpp"
#include "bridge/app/hidden_secrets.hpp"
#include "runtime/core/time.hpp"

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::app {

/// "400ms", "5s", "2min", "4h". Nullopt: no such duration.
std::optional<runtime::Duration> parse_duration(std::string_view text);
/// "512B", "32KiB", "1MiB", "1GiB". Nullopt: no such size.
std::optional<std::size_t> parse_size(std::string_view text);
/// The candidate that is at most two edits away (a third of the length for long ones); empty: none.
std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates);

/// One mapping. Each read names a key that is legal there; finish() reports those that nobody asked for.
/// A read leaves its target alone when the key is absent or wrong (which is reported). What each read leaves
/// in its target is kept, and makes up the effective configuration.
class Section {
 public:
  /// `path`: dotted name for messages, empty for the root. A null node is an empty mapping. `effective`:
  /// where this section's part of the effective configuration goes.
  Section(Problems& problems, YAML::Node node, std::string path,
          YAML::Node effective = YAML::Node(YAML::NodeType::Map));

  Section section(std::string_view key);
  /// The raw value; an undefined node when absent.
  YAML::Node node(std::string_view key);
  bool has(std::string_view key);
  /// Every key, in the order of the text; all are legal then.
  std::vector<std::string> keys();

  void text(std::string_view key, std::string& into);
  void flag(std::string_view key, bool& into);
  void number(std::string_view key, double& into, double least, double most);
  void count(std::string_view key, std::size_t& into, std::size_t least, std::size_t most);
  void port(std::string_view key, std::uint16_t& into);
  void duration(std::string_view key, runtime::Duration& into, runtime::Duration least,
                runtime::Duration most);
  void size(std::string_view key, std::size_t& into, std::size_t least, std::size_t most);
  /// Index of the value in `names`.
  /// `otherwise`: the name that an absent key stands for; empty: none.
  std::optional<std::size_t> choice(std::string_view key, std::initializer_list<std::string_view> names,
                                    std::string_view otherwise = {});
  std::vector<std::string> texts(std::string_view key);

  /// The key with its path.
  std::string full(std::string_view key) const;
  /// Of the key's value, of the key when nothing follows it, or of this mapping when the key is absent.
  YAML::Mark mark(std::string_view key);
  void wrong(std::string_view key, std::string what, std::string right);
  void finish();

  /// The effective value, where a read does not know it: it comes from elsewhere, or is a secret.
  void show(std::string_view key, std::string value);
  /// What was only read for the defaults of others does not belong to the effective configuration.
  void hide(std::string_view key) { effective_.remove(std::string(key)); }
  /// This section's effective configuration, as YAML. What is named like a secret is redacted, and what
  /// stands in the query of a URL.
  std::string effective() const;

 private:
  /// The value's text when `key` holds a scalar with one; reports anything else that is there.
  std::optional<std::string> scalar(std::string_view key, std::string_view expected);

  Problems& problems_;
  YAML::Node node_;
  std::string path_;
  YAML::Node effective_;
  YAML::Mark at_ = YAML::Mark::null_mark();  // of what stands there; null: nothing does
  bool is_none_ = false;                     // it is no mapping
  std::vector<std::string> known_;
};

}  // namespace bridge::app
