#pragma once
#include "scenarios/engine/journal.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string_view>

namespace scenarios::report {

/// How much of a scenario the page shows.
struct Bounds {
  std::size_t events = 0;      // messages on the wires
  std::size_t text_bytes = 0;  // of one message or line of the log; 0: only what it is called
  std::size_t all_text_bytes = 0;
  std::size_t log_lines = 0;
  std::size_t peaks = 0;   // values of a waveform
  std::size_t calls = 0;   // shown each for itself
  std::size_t series = 0;  // metrics over time
  std::size_t points = 0;  // of one series
};

/// What a message is: its `type` or `event`, of HTTP its method or status; empty: cannot be told.
std::string_view message_name(std::string_view text);
/// Media and audio deltas, of which there are fifty a second.
bool carries_sound(std::string_view name);

/// The messages, those with sound as stretches of time: {"lanes": names, "names": names, "calls": ids,
/// "events": [[ms, lane, direction, name, call, text?]], "sound": [[from ms, to ms, lane, direction, call,
/// count]], "left_out": n}. Lanes, names and calls are numbers into the lists; direction: 0 from the bridge,
/// 1 to it, 2 a note.
nlohmann::json wires_json(const engine::Journal& journal, runtime::TimePoint start, const Bounds& bounds);

}  // namespace scenarios::report
