#pragma once
#include <yaml-cpp/mark.h>

#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What a text holds besides its values.
struct YamlOutline {
  struct Anchor {
    YAML::Mark at;  // of its sign
    std::string name;
    std::optional<std::string> text =
        std::nullopt;   // that it names, empty where there is none; else a map or a list
    bool used = false;  // by an alias
  };
  std::vector<YAML::Mark> documents;  // where they begin, of more than two the first two
  std::vector<Anchor> anchors;        // in the order of the text
  std::optional<Anchor> unused_anchor() const;
};

/// Throws YAML::Exception where it is no YAML. Its documents are for YAML::LoadAll(), which does not end on a
/// text that begins with a comma: the library finds empty documents in the same place, again and again.
YamlOutline yaml_outline(const std::string& text);

}  // namespace scenarios::engine
