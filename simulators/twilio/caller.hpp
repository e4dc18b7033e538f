#pragma once
#include "runtime/core/random.hpp"
#include "simulators/twilio/ears.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/script.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// The person at the other end of the line: plays the script, one 20 ms slot after another, and says for each
/// what the line carries. Sans-IO; hears through Ears.
class Caller {
 public:
  static constexpr Duration kSlot = 20ms;
  static constexpr std::size_t kSlotBytes = 160;

  struct Slot {
    std::string_view mulaw;  // 160 bytes, or none: no packet; valid until the next slot
    bool dead = false;       // no packet comes because the phone sends none: its RTP has stopped
    TimedAudio::Kind kind = TimedAudio::Kind::line;
    bool loud = false;     // the caller's voice is audible
    char key = 0;          // to be reported now
    bool hung_up = false;  // the script is over
  };
  using OnStep = std::function<void(const StepFacts&)>;

  /// `steps` is filled with one entry per step of the script, and written as they begin and end.
  Caller(const CallPlan& plan, runtime::Random& random, std::vector<StepFacts>& steps, OnStep began,
         OnStep ended);

  /// The script begins, with the next slot. Before, and when the call is not answered, the line idles.
  void begin(TimePoint at) {
    begun_ = true;
    script_began_ = at;
  }
  bool begun() const { return begun_; }

  /// The slot that begins at `at`; slots follow each other without a gap. `ears` has been advanced to `at`.
  Slot next(TimePoint at, const Ears& ears);
  /// The call is over: a step that runs has ended.
  void call_ended(TimePoint at);

  /// Mu-law of a line on which nobody speaks, `bytes` long: 0x7F and 0xFF at random.
  static void append_noise(std::string& out, runtime::Random& random, std::size_t bytes);

 private:
  bool over(const Step& step, TimePoint at, const Ears& ears);
  bool waited_for(const WaitFor& wait, TimePoint at, const Ears& ears);
  void step_begins(TimePoint at);
  void step_ends(TimePoint at);
  void speak(const Say& say, Slot& slot);
  void press(const Press& press, TimePoint at, Slot& slot);
  void idle(TimePoint at, Slot& slot);

  const CallPlan& plan_;
  runtime::Random& random_;
  std::vector<StepFacts>& steps_;
  OnStep began_;
  OnStep ended_;
  bool begun_ = false;
  std::size_t at_step_ = 0;
  bool running_ = false;  // the step at at_step_ has begun
  TimePoint script_began_{};
  TimePoint step_began_{};
  std::size_t position_ = 0;                  // Say: bytes spoken; Press: keys reported
  std::optional<TimePoint> last_turn_ended_;  // of the caller, or of a wait for the bot's
  std::string frame_;
  std::string key_tones_;  // of the Press that runs, when the tones are audible
};

/// A step in words, for reports: "say hello.wav", "wait_for bot_finished".
std::string describe(const Step& step);

}  // namespace simulators::twilio
