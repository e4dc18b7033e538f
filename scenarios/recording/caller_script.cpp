#include "scenarios/recording/caller_script.hpp"

#include <algorithm>
#include <chrono>

namespace scenarios::recording {
namespace {

using namespace std::chrono_literals;
using simulators::twilio::Utterance;
constexpr Duration kQuiet = 700ms;        // that makes the bot finished
constexpr Duration kStillAudible = 40ms;  // two windows of what the caller hears
constexpr Duration kFrame = 20ms;
constexpr Duration kSlack = 100ms;   // a clip begins a little before what can be heard of it
constexpr Duration kPatience = 20s;  // with which a wait needs no at_most of its own
constexpr std::size_t kMostSteps = 5'000;

std::string at_most(Duration expected) {
  if (expected < kPatience) return {};
  return ", at_most: " + duration_text(std::chrono::ceil<std::chrono::seconds>(2 * expected));
}

/// Writes the waits between two acts.
class Steps {
 public:
  explicit Steps(const Recording& recording) : recording_(recording), done_(recording.began) {}

  /// Nothing is done until `at`.
  void wait_until(TimePoint at) {
    for (const auto& utterance : recording_.bot) {
      const auto finished = utterance.end + kQuiet;
      if (finished < done_ || finished > at + kSlack || (turn_ended_ && utterance.end <= *turn_ended_))
        continue;
      wait_for("bot_finished", "", finished);
      turn_ended_ = finished;
    }
    wait_for_speaking(at);
    if (at - done_ >= kFrame) add("wait: " + duration_text(at - done_));
    done_ = std::max(done_, at);
  }
  void act(const std::string& step, TimePoint end) {
    add(step);
    done_ = end;
    turn_ended_ = end;
  }
  void add(const std::string& step) {
    if (lines_.size() < kMostSteps) lines_.push_back(step);
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  void wait_for(const std::string& what, const std::string& more, TimePoint expected) {
    add("{wait_for: " + what + more + at_most(expected - done_) + "}");
    done_ = expected;
  }
  /// The last utterance that began since the last act, and is not over, or is just over.
  void wait_for_speaking(TimePoint at) {
    const Utterance* current = nullptr;
    for (const auto& utterance : recording_.bot) {
      if (utterance.begin > done_ && utterance.begin + kFrame < at) current = &utterance;
    }
    if (current == nullptr) return;
    const bool audible = at <= current->end + kStillAudible;
    const auto length = audible ? at - current->begin : kFrame;
    wait_for("bot_speaking", ", for: " + duration_text(length), current->begin + length);
  }

  const Recording& recording_;
  TimePoint done_;
  std::optional<TimePoint> turn_ended_;
  std::vector<std::string> lines_;
};

}  // namespace

std::string duration_text(Duration length) {
  const auto ms = std::chrono::round<std::chrono::milliseconds>(length).count();
  return ms >= 1000 && ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms";
}

std::string says_name(std::size_t number) {
  return "caller_" + std::to_string(number);
}
std::string keys_name(std::size_t number) {
  return "keys_" + std::to_string(number);
}

std::vector<std::string> caller_script(const Recording& recording, const std::vector<std::string>& clips,
                                       Redaction& redaction) {
  Steps steps(recording);
  std::size_t said = 0, pressed = 0;
  for (const auto& act : recording.caller) {
    if (const auto* says = std::get_if<Says>(&act)) {
      steps.wait_until(says->begin);
      const auto& clip = clips[said++];
      steps.act("{say: {clip: " + clip + "}, as: " + says_name(said) + "}", says->end);
    } else {
      const auto& presses = std::get<Presses>(act);
      steps.wait_until(presses.begin);
      const bool several = presses.keys.size() > 1;
      steps.act("{press: \"" + redaction.keys(presses.keys) + "\"" +
                    (several ? ", gap: " + duration_text(presses.gap) : "") +
                    ", as: " + keys_name(++pressed) + "}",
                presses.end);
    }
  }
  // Where it is unknown, the recording ended before the call: so must the scenario.
  if (recording.end == Recording::End::caller || recording.end == Recording::End::unknown) {
    steps.wait_until(recording.ended);
    steps.add("hang_up");
  } else {
    steps.add("listen: until_call_ends");
  }
  return steps.take();
}

}  // namespace scenarios::recording
