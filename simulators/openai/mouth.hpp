#pragma once
#include "runtime/core/random.hpp"
#include "runtime/core/time.hpp"
#include "simulators/openai/script.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::openai {

using runtime::TimePoint;

/// What is wrong with the sound of an audio delta.
struct Sound {
  bool silent = false;
  bool undecodable = false;
  bool foreign = false;  // in Faults::speak_as
};

/// One thing that a response does, and when.
struct Step {
  enum class Kind {
    created,
    item_added,  // and its content part, where it has one
    transcript,  // a piece of text: of speech, of a text item
    arguments,   // a piece of a tool call's arguments
    mcp_begun,   // the server is called
    audio,       // [from, to) of the output's mu-law
    item_done,
    items_closed,  // whatever is open, after a cancel
    response_done,
    rate_limits,
    happening,
    struck,  // from here on a fault shows
  } kind = Kind::created;
  TimePoint due{};
  std::size_t output = 0;
  std::size_t from = 0;
  std::size_t to = 0;
  Sound sound = {};
  bool again = false;                     // of audio: this was sent before
  std::string_view text = {};             // into the reply
  const Happening* happening = nullptr;   // into the reply
  std::optional<std::size_t> fault = {};  // place of the script's fault that strikes with it
};

/// Draws from a range.
Duration draw(runtime::Random& random, const Span& span);

/// `asked` with what it leaves open as `model` has it: about 250 ms of audio in a delta and 100 to 190 ms in
/// the first; the small models 375 to 400 ms; those of the second generation interleave items.
Pace pace_of(Pace asked, std::string_view model);
/// The pause after a delta that holds `audio`.
Duration pause_after(runtime::Random& random, const Pace& pace, Duration audio);

/// Plans how a reply leaves the server: pieces of text and audio with their times, faults included. The model
/// speaks faster than real time and its transcript runs ahead of its sound. `reply` must outlive the steps.
/// `pace`: from pace_of().
/// `with_audio` false: the session or the response asked for text, speech is written instead.
std::deque<Step> plan_reply(const Reply& reply, const Pace& pace, bool with_audio, runtime::Random& random,
                            TimePoint due);

/// Cuts a text where a model's pieces end: at spaces, which begin the next piece.
std::vector<std::string_view> split_words(std::string_view text);

}  // namespace simulators::openai
