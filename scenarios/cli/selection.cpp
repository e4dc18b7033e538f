#include "scenarios/cli/selection.hpp"

#include <algorithm>
#include <charconv>

namespace scenarios::cli {

std::optional<Shard> parse_shard(const std::string& text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, shard.number);
  if (number.ec != std::errc() || number.ptr == end || *number.ptr != '/') return std::nullopt;
  const auto of = std::from_chars(number.ptr + 1, end, shard.of);
  const bool whole = of.ec == std::errc() && of.ptr == end;
  if (!whole || shard.number == 0 || shard.number > shard.of) return std::nullopt;
  return shard;
}

bool selected(const engine::Scenario& scenario, const Selection& selection) {
  const bool tagged = std::ranges::all_of(selection.tags, [&](const std::string& tag) {
    return std::ranges::find(scenario.tags, tag) != scenario.tags.end();
  });
  return tagged && scenario.name.find(selection.filter) != std::string::npos;
}

void keep_shard(std::vector<engine::Scenario>& scenarios, const Shard& shard) {
  std::size_t place = 0;
  std::erase_if(scenarios, [&](const engine::Scenario&) { return place++ % shard.of != shard.number - 1; });
}

}  // namespace scenarios::cli
