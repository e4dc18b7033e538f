#include "scenarios/engine/json_holds.hpp"

#include <nlohmann/json.hpp>

namespace scenarios::engine {
namespace {

bool holds_all_of(const nlohmann::json& found, const nlohmann::json& wanted) {
  if (!wanted.is_object()) return found == wanted;
  if (!found.is_object()) return false;
  for (const auto& [key, value] : wanted.items()) {
    if (!found.contains(key) || !holds_all_of(found[key], value)) return false;
  }
  return true;
}

}  // namespace

bool json_holds(std::string_view found, std::string_view wanted) {
  return holds_all_of(nlohmann::json::parse(found, nullptr, false), nlohmann::json::parse(wanted));
}

}  // namespace scenarios::engine
