#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// A span in which somebody spoke.
struct Utterance {
  runtime::TimePoint begin;
  runtime::TimePoint end;
};

/// What a caller would say about the call, computed from the sound alone. Definitions:
///
/// - *Loud*: a 20 ms window (160 samples, cut from the start of each contiguous piece) with a peak above -60
/// dBFS.
/// - *Utterance* of the bot: loud windows with no more than 700 ms between the end of one and the begin of
/// the next.
/// - *heard_speech*: all loud windows, added up.
/// - *first_audio*: from the answer to the begin of the first loud window.
/// - *longest_gap*: the longest time inside an utterance in which nothing was played at all (an underrun);
///   pauses that the bot itself sent as silence do not count.
/// - *underruns*: how many such times there were.
/// - *longest_silence*: the longest time without the bot loud and without the caller speaking, from the
/// answer on.
/// - *talk_over*: time in which the bot was loud while the caller spoke.
struct Measurement {
  runtime::Duration heard_speech{0};
  std::optional<runtime::Duration> first_audio;
  runtime::Duration longest_gap{0};
  std::size_t underruns = 0;
  runtime::Duration longest_silence{0};
  runtime::Duration talk_over{0};
  std::vector<Utterance> utterances;  // of the bot
};

}  // namespace simulators::twilio
