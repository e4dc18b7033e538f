#pragma once
#include "runtime/audio/clip.hpp"
#include "runtime/audio/synth.hpp"
#include "simulators/twilio/script.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tests {

/// The least that opens a stream at the ScriptedBridge.
constexpr std::string_view kConnect =
    R"(<Response><Connect><Stream url="ws://bridge.test/media"/></Connect></Response>)";

/// One step of a caller.
template <class Action>
simulators::twilio::Step step(Action action, std::string as = {}) {
  simulators::twilio::Step made;
  made.action = std::move(action);
  made.as = std::move(as);
  return made;
}

inline runtime::audio::Clip speech(std::uint64_t seed, runtime::Duration length) {
  return runtime::audio::speech_like(seed, std::chrono::duration_cast<runtime::Samples8k>(length));
}

}  // namespace tests
