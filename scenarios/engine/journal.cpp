#include "scenarios/engine/journal.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>

namespace scenarios::engine {
namespace {

std::string_view name_of(runtime::WireLog::Direction direction) {
  switch (direction) {
    case runtime::WireLog::Direction::from_bridge:
      return "from_bridge";
    case runtime::WireLog::Direction::to_bridge:
      return "to_bridge";
    case runtime::WireLog::Direction::note:
      return "note";
  }
  return "note";
}

/// A JSON text as it is; anything else as a JSON string, what is no UTF-8 replaced.
std::string as_json(const std::string& text) {
  if (!text.empty() && (text.front() == '{' || text.front() == '[') && nlohmann::json::accept(text))
    return text;
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void Journal::record(const Entry& entry) {
  if (bytes_ + entry.text.size() > most_bytes_) {
    ++dropped_;
    return;
  }
  bytes_ += entry.text.size() + sizeof(Line);
  lines_.push_back(
      {entry.at, std::string(entry.lane), std::string(entry.call), entry.direction, std::string(entry.text)});
}

std::string Journal::text() const {
  std::string out;
  char time[32];
  for (const auto& line : lines_) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(line.at - start_).count();
    std::snprintf(time, sizeof time, "%lld.%06lld", static_cast<long long>(us / 1'000'000),
                  static_cast<long long>(us % 1'000'000));
    out += std::string(R"({"t":)") + time + R"(,"lane":)" + as_json(line.lane) + R"(,"call":)" +
           as_json(line.call) + R"(,"dir":")" + std::string(name_of(line.direction)) + R"(","msg":)" +
           as_json(line.text) + "}\n";
  }
  if (dropped_ > 0) out += R"({"dropped_lines":)" + std::to_string(dropped_) + "}\n";
  return out;
}

}  // namespace scenarios::engine
