#pragma once
#include "scenarios/engine/scenario.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::cli {

/// One of `of` parts of a run, which together run every scenario once.
struct Shard {
  std::size_t number = 1;  // from 1
  std::size_t of = 1;
};
/// "2/5"; nullopt: it is none.
std::optional<Shard> parse_shard(const std::string& text);

/// Which of the scenarios that were found are meant.
struct Selection {
  std::vector<std::string> tags;  // all of these
  std::string filter;             // a part of the name
};
bool selected(const engine::Scenario& scenario, const Selection& selection);

/// Leaves those of the shard. Neighbours, which are alike and last alike, go to different shards.
void keep_shard(std::vector<engine::Scenario>& scenarios, const Shard& shard);

}  // namespace scenarios::cli
