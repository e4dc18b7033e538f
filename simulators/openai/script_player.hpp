#pragma once
#include "runtime/core/random.hpp"
#include "simulators/openai/facts.hpp"
#include "simulators/openai/recognition.hpp"
#include "simulators/openai/script.hpp"
#include "simulators/openai/small_talk.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace simulators::openai {

/// Something new that was said to the model since its last answer.
struct Input {
  enum class Kind { caller_turn, text, tool_result } kind = Kind::caller_turn;
  std::string text;   // the user's words, or the tool's name
  Sketch heard = {};  // a caller's turn, where the player listens
};

/// A demand for a response: what it has to answer, oldest first; nothing: a greeting or a retry.
struct Demand {
  std::vector<Input> inputs;
  bool out_of_band = false;
  bool fresh_session = false;  // nothing was answered in this session so far
  // The call that tool_choice demands; where no rule answers it is made.
  std::optional<ToolCall> tool = {};
  bool no_calls = false;  // the request forbids them
};

/// Chooses what to say. Rules are consumed in order, once; a retry gets what its turn got, as long as that
/// was not heard and no rule is for retries.
class ScriptPlayer {
 public:
  struct Choice {
    const Reply* reply = nullptr;     // lives as long as the player
    std::optional<std::size_t> rule;  // absent: the default answer
    std::string as;
    Trigger trigger = Trigger::greeting;
    std::string input_text;
  };

  /// All must outlive the player. `random` and `talk`: for what no rule answers.
  ScriptPlayer(const Script& script, runtime::Random& random, SmallTalk& talk);

  /// Some rule waits for a sound: turns need their sketches.
  bool listens() const;

  Choice choose(const Demand& demand);
  /// The last choice was said to its end. Until then a new session without input asks for it again (a bridge
  /// that dialled once more); afterwards it begins anew, with a greeting. Inside of a session it is asked for
  /// again until it was also `told`: until something came of it that the client can use.
  void answered(bool told = true) {
    unanswered_ = false;
    untold_ = untold_ && !told;
  }
  std::vector<std::size_t> unused() const;

 private:
  struct State {
    std::size_t used = 0;
    std::size_t seen = 0;  // demands that match, for `nth`
  };
  /// What a demand is that says nothing new: for a greeting, for more, or for the last answer once more.
  enum class NothingNew { greeting, more, owed };
  bool still_owed(const Demand& demand) const;
  NothingNew said_nothing(const Demand& demand) const;
  std::optional<std::size_t> match(const Demand& demand, NothingNew otherwise, std::string& input_text);
  bool answers(std::size_t rule, const Input& input) const;
  const Reply& default_reply(const Demand& demand);

  const Script& script_;
  runtime::Random& random_;
  SmallTalk& talk_;
  std::vector<Sketch> sounds_;  // of each rule
  std::vector<State> states_;
  std::deque<Reply> defaults_;
  std::optional<std::size_t> small_talk_;  // number of the next phrase; drawn when first needed
  std::size_t turns_ = 0;                  // of the caller's that small talk answered
  bool spoke_ = false;                     // anything was answered so far
  bool conversed_ = false;                 // something that was said among it
  std::optional<Choice> last_;
  bool unanswered_ = false;
  bool untold_ = false;
};

}  // namespace simulators::openai
