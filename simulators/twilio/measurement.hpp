#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// A span in which somebody spoke.
struct Utterance {
  runtime::TimePoint begin;
  runtime::TimePoint end;
};

/// How much of a sound that the caller knows was heard.
struct HeardSound {
  std::string name;
  runtime::Duration heard{0};   // of a recording: its parts, each counted once
  double share = 0;             // of a recording's audible extent; 1: all of it
  runtime::Duration offset{0};  // of a recording: what lies before the first part that was heard
  std::optional<runtime::Duration> first_heard;  // from the answer to the first whole window of it
  runtime::Duration resembled{0};                // the same as `heard` and `share`, changed samples included
  double resembled_share = 0;
};

/// What a caller would say about the call, computed from the sound alone. Definitions (docs/metrics.md
/// repeats the short form; tests/unit/fake_twilio_ears_test.cpp holds each to exact numbers):
///
/// - *Loud*: a 20 ms window (160 samples, cut from the start of each contiguous piece) with a peak above -60
///   dBFS.
/// - *Utterance* of the bot: loud windows with no more than 700 ms between the end of one and the begin of
///   the next.
/// - *heard_speech*: all loud windows, added up.
/// - *first_audio*: from the answer to the begin of the first loud window.
/// - *longest_gap*: the longest time inside an utterance in which nothing was played at all (an underrun);
///   pauses that the bot itself sent as silence do not count.
/// - *underruns*: how many such times there were.
/// - *longest_silence*: the longest time without the bot loud and without the caller speaking, from the
///   answer on.
/// - *talk_over*: time in which the bot was loud while the caller spoke.
/// - *interruptions*: how often the caller began (spoke after at least 700 ms without) inside an utterance of
///   the bot: one that was going on and went on.
/// - *kept_talking*: of the interruptions, the longest time from the caller's first sound to the end of that
///   utterance.
/// - *stale*: loud time after the caller began whose audio had reached Twilio's buffer before: what a `clear`
///   is there to drop. A window counts by its first sample.
/// - *speech_dbfs*: RMS of all loud windows together, in dB of full scale.
/// - *clipped_samples*: samples in loud windows at either end of mu-law's range (bytes 0x00 and 0x80,
/// +-32124).
/// - *static_sound*: loud windows above -9 dBFS whose spectrum is flat (flatness_mulaw() above 0.3), added
/// up:
///   noise near full scale, as PCM makes that is played for mu-law. Recorded speech has none.
/// - *cut_utterances*: utterances that begin or end in the middle of a sound: of the first (last) 1 ms from
///   the first (to the last) sample above -60 dBFS, the RMS is above -28 dBFS. An end does not count when the
///   caller interrupted it, or hung up.
/// - *sounds*: a recording is heard where its samples, but for the two zeros of mu-law, are played bit for
/// bit,
///   in stretches that hold at least one whole window; exact to the sample. A pure tone is heard in each loud
///   window of whose energy four fifths lie at its frequency.
/// - *resembled*: what was heard bit for bit, and what is the recording by its shape: at another level,
/// through
///   another codec, resampled (resemblance.hpp). Exact to a window of 20 ms at either end of a part.
struct Measurement {
  runtime::Duration heard_speech{0};
  std::optional<runtime::Duration> first_audio;
  runtime::Duration longest_gap{0};
  std::size_t underruns = 0;
  runtime::Duration longest_silence{0};
  runtime::Duration talk_over{0};
  std::size_t interruptions = 0;
  runtime::Duration kept_talking{0};
  runtime::Duration stale{0};
  std::optional<double> speech_dbfs;
  std::size_t clipped_samples = 0;
  runtime::Duration static_sound{0};
  std::size_t cut_utterances = 0;
  std::vector<HeardSound> sounds;     // in the order in which they are known
  std::vector<Utterance> utterances;  // of the bot
};

}  // namespace simulators::twilio
