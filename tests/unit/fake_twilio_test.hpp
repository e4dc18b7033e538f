#pragma once
#include "runtime/core/time.hpp"

#include <chrono>

namespace simulators::twilio {

/// When the tests of the fake Twilio's parts begin.
constexpr runtime::TimePoint kStart{std::chrono::seconds(100)};

}  // namespace simulators::twilio
