#pragma once
#include <string_view>

namespace scenarios::engine {

/// Everything that `wanted` says is in `found`; maps may hold more. Both are JSON; what is none holds
/// nothing.
bool json_holds(std::string_view found, std::string_view wanted);

}  // namespace scenarios::engine
