#pragma once
#include "scenarios/engine/raised_alerts.hpp"
#include "scenarios/engine/scrapes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// A file for `promtool test rules`, the rules beside it, that asks which alerts fire on these scrapes and in
/// ten minutes after them. It expects that none has fired: what promtool got instead is the answer.
std::string promtool_question(const Scrapes& scrapes, const std::string& scenario);
/// The answer in the lines that promtool writes. Nullopt: it failed in another way.
std::optional<std::vector<RaisedAlert>> read_promtool_answer(const std::vector<std::string>& lines);

}  // namespace scenarios::engine
