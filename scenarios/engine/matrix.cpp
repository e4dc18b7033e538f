#include "scenarios/engine/matrix.hpp"

#include <map>
#include <utility>

namespace scenarios::engine {
namespace {

constexpr std::size_t kMaxCases = 200;
using Values = std::map<std::string, Json>;

bool well_formed(const Json& matrix) {
  if (!matrix.is_object() || matrix.empty()) return false;
  for (const auto& [name, values] : matrix.items()) {
    if (!values.is_array() || values.empty()) return false;
  }
  return true;
}

class Replacer {
 public:
  Replacer(const Document& document, const Values& values, std::vector<Problem>& problems)
      : document_(document), values_(values), problems_(problems) {}

  void replace(Json& json, const std::string& pointer) {
    if (json.is_object()) {
      for (auto& [key, value] : json.items()) replace(value, child(pointer, key));
    } else if (json.is_array()) {
      for (std::size_t i = 0; i < json.size(); ++i) replace(json[i], child(pointer, i));
    } else if (json.is_string()) {
      text(json, pointer);
    }
  }

 private:
  void text(Json& json, const std::string& pointer) {
    const auto whole = json.get<std::string>();
    if (!whole.starts_with('$')) return;
    const auto found = values_.find(whole.substr(1));
    if (found != values_.end()) {
      json = found->second;
      return;
    }
    std::vector<std::string> names;
    for (const auto& [name, unused] : values_) names.push_back(name);
    const std::string near = nearest(std::string_view(whole).substr(1), names);
    problems_.push_back({document_.place(pointer).value, "the matrix has no variable '" + whole + "'",
                         near.empty() ? "" : "did you mean '$" + near + "'?"});
  }

  const Document& document_;
  const Values& values_;
  std::vector<Problem>& problems_;
};

std::string suffix_of(const Json& matrix, const Values& values) {
  std::string suffix;
  for (const auto& [name, unused] : matrix.items()) {
    const Json& value = values.at(name);
    suffix += (suffix.empty() ? "[" : ",") + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return suffix + "]";
}

}  // namespace

std::vector<Case> expand_matrix(const Document& document, std::vector<Problem>& problems) {
  if (!document.json.is_object() || !document.json.contains("matrix") ||
      !well_formed(document.json["matrix"])) {
    return {{document, ""}};
  }
  const Json& matrix = document.json["matrix"];
  std::size_t count = 1;
  for (const auto& [name, values] : matrix.items()) {
    count *= values.size();
    if (count <= kMaxCases) continue;
    problems.push_back({document.place("/matrix").value, "this matrix has more than 200 cases", ""});
    return {};
  }
  std::vector<Case> cases;
  for (std::size_t number = 0; number < count; ++number) {
    Values values;
    std::size_t rest = number;
    for (auto entry = matrix.size(); entry-- > 0;) {
      const auto variable = std::next(matrix.begin(), static_cast<std::ptrdiff_t>(entry));
      values[variable.key()] = variable.value()[rest % variable.value().size()];
      rest /= variable.value().size();
    }
    Case one{document, suffix_of(matrix, values)};
    Json chosen = std::move(one.document.json["matrix"]);
    one.document.json["matrix"] = nullptr;
    Replacer(document, values, problems).replace(one.document.json, "");
    one.document.json["matrix"] = std::move(chosen);
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace scenarios::engine
