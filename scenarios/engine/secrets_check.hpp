#pragma once
#include "scenarios/engine/bridge_under_test.hpp"
#include "scenarios/engine/journal.hpp"

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

/// Where the bridge let out a secret that it was given: in a line of its log, in its metrics or in what it
/// sent, as it stands or in hex or base64. One line for each place, without the secret. Sound is not
/// searched.
std::vector<std::string> secrets_let_out(std::span<const std::string> secrets, const std::deque<LogLine>& log,
                                         std::string_view metrics, const Journal& journal);

}  // namespace scenarios::engine
