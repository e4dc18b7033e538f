#include "scenarios/engine/matrix.hpp"

#include "scenarios/engine/misspelt.hpp"
#include "scenarios/engine/names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace scenarios::engine {
namespace {

constexpr std::size_t kMaxCases = 200;
using Values = std::map<std::string, Json>;

/// The variables that have values; of the others the schema complains.
Json varied_in(const Json& scenario) {
  Json varied = Json::object();
  const Json matrix = meant_value(scenario, "matrix");
  if (!matrix.is_object()) return varied;
  for (const auto& [name, values] : matrix.items()) {
    if (values.is_array() && !values.empty()) varied[name] = values;
  }
  return varied;
}

std::string as_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Replaces `$name`, where it is all of a text, by the variable's value, and `${name}` inside of one.
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
    const bool one_name =
        whole.size() > 1 && whole.front() == '$' && std::all_of(whole.begin() + 1, whole.end(), of_a_name);
    if (one_name) {
      if (const Json* value = find(whole.substr(1), pointer)) json = *value;
      return;
    }
    std::string out;
    std::size_t at = 0;
    for (auto found = whole.find("${"); found != std::string::npos; found = whole.find("${", at)) {
      const auto end = whole.find('}', found);
      if (end == std::string::npos) break;
      out.append(whole, at, found - at);
      if (const Json* value = find(whole.substr(found + 2, end - found - 2), pointer)) out += as_text(*value);
      at = end + 1;
    }
    if (at != 0) json = out.append(whole, at);
  }

  const Json* find(const std::string& name, const std::string& pointer) {
    const auto found = values_.find(name);
    if (found != values_.end()) return &found->second;
    if (meant_value(document_.json, "matrix").contains(name)) {
      problems_.push_back({document_.place(pointer).value, "the variable '$" + name + "' has no value",
                           "'matrix:' lists the values of each"});
      return nullptr;
    }
    std::vector<std::string> names;
    for (const auto& [other, unused] : values_) names.push_back(other);
    const std::string near = nearest(name, names);
    problems_.push_back(
        {document_.place(pointer).value, "there is no variable '$" + name + "'",
         near.empty() ? "'variables:' and 'matrix:' name them" : "did you mean '$" + near + "'?"});
    return nullptr;
  }

  const Document& document_;
  const Values& values_;
  std::vector<Problem>& problems_;
};

std::string suffix_of(const Json& matrix, const Values& values) {
  std::string suffix;
  for (const auto& [name, unused] : matrix.items())
    suffix += (suffix.empty() ? "[" : ",") + as_text(values.at(name));
  return suffix.empty() ? suffix : suffix + "]";
}

/// The case in which the variables have these values. What names variables is left as it is.
Case one_case(const Document& document, const Json& matrix, const Values& values,
              std::vector<Problem>& problems) {
  Case one{document, suffix_of(matrix, values)};
  std::map<std::string, Json> kept;
  for (const char* key : {"matrix", "variables"}) {
    const std::string written = spelled(one.document.json, key);
    if (!written.empty()) kept[written] = std::exchange(one.document.json[written], nullptr);
  }
  Replacer(document, values, problems).replace(one.document.json, "");
  for (auto& [key, json] : kept) one.document.json[key] = std::move(json);
  return one;
}

Values variables_of(const Document& document, const Json& matrix, std::vector<Problem>& problems) {
  Values values;
  const Json variables = meant_value(document.json, "variables");
  if (!variables.is_object()) return values;
  for (const auto& [name, value] : variables.items()) {
    values[name] = value;
    if (matrix.contains(name))
      problems.push_back(
          {document.place(child("/variables", name)).key, "'" + name + "' is a variable of the matrix", ""});
  }
  return values;
}

}  // namespace

std::vector<Case> expand_matrix(const Document& document, std::vector<Problem>& problems) {
  if (!document.json.is_object()) return {{document, ""}};
  const Json matrix = varied_in(document.json);
  std::size_t count = 1;
  for (const auto& [name, values] : matrix.items()) {
    count *= values.size();
    if (count <= kMaxCases) continue;
    problems.push_back({document.place("/matrix").value, "this matrix has more than 200 cases", ""});
    return {};
  }
  Values values = variables_of(document, matrix, problems);
  std::vector<Case> cases;
  std::set<std::string> suffixes;
  bool told = false;
  for (std::size_t number = 0; number < count; ++number) {
    std::size_t rest = number;
    for (auto entry = matrix.size(); entry-- > 0;) {
      const auto variable = std::next(matrix.begin(), static_cast<std::ptrdiff_t>(entry));
      values[variable.key()] = variable.value()[rest % variable.value().size()];
      rest /= variable.value().size();
    }
    cases.push_back(one_case(document, matrix, values, problems));
    if (suffixes.insert(cases.back().suffix).second || std::exchange(told, true)) continue;
    problems.push_back({document.place("/matrix").value,
                        "two cases of this matrix are called " + cases.back().suffix,
                        "each value of a variable stands once"});
  }
  return cases;
}

}  // namespace scenarios::engine
