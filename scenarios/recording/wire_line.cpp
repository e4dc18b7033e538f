#include "scenarios/recording/wire_line.hpp"

#include "runtime/audio/g711.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace scenarios::recording {
namespace {

using Json = nlohmann::json;
using Direction = runtime::WireLog::Direction;
constexpr double kLongest = 7 * 24 * 3600;  // seconds; no call is longer
constexpr char kOtherZero = 0x7F;

std::optional<Direction> direction_of(const std::string& text) {
  if (text == "from_bridge") return Direction::from_bridge;
  if (text == "to_bridge") return Direction::to_bridge;
  if (text == "note") return Direction::note;
  return std::nullopt;
}

std::optional<WireLine> line_of(const Json& json) {
  const Json& at = value_at(json, {"t"});
  const auto direction = direction_of(text_at(json, {"dir"}));
  if (!at.is_number() || !direction) return std::nullopt;
  const std::chrono::duration<double> seconds(std::clamp(at.get<double>(), 0.0, kLongest));
  return WireLine{runtime::TimePoint(std::chrono::round<runtime::Duration>(seconds)), text_at(json, {"lane"}),
                  text_at(json, {"call"}), *direction, value_at(json, {"msg"})};
}

}  // namespace

std::variant<std::vector<WireLine>, std::string> read_wires(std::string_view text) {
  std::vector<WireLine> lines;
  std::size_t scenarios = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    const Json json = Json::parse(line, nullptr, false);
    if (json.contains("scenario") && ++scenarios > 1)
      return "these are the wires of several scenarios: take the folder of one, out/SCENARIO";
    if (json.contains("scenario") || json.contains("dropped_lines")) continue;
    auto read = line_of(json);
    if (!read)
      return "line " + std::to_string(number) +
             R"( is none of a wires.jsonl: {"t":seconds,"lane":..,"call":..,"dir":..,"msg":..})";
    lines.push_back(std::move(*read));
  }
  if (lines.empty()) return "there is no message in it";
  return lines;
}

const Json& value_at(const Json& message, std::initializer_list<std::string_view> path) {
  static const Json kNone;
  const Json* at = &message;
  for (const auto key : path) {
    if (!at->is_object()) return kNone;
    const auto found = at->find(key);
    if (found == at->end()) return kNone;
    at = &*found;
  }
  return *at;
}

std::string text_at(const Json& message, std::initializer_list<std::string_view> path) {
  const Json& value = value_at(message, path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string one_zero(std::string mulaw) {
  std::ranges::replace(mulaw, kOtherZero, runtime::audio::kMulawSilence);
  return mulaw;
}

}  // namespace scenarios::recording
