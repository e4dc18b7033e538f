#pragma once
#include "runtime/async/clock.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/observer.hpp"

#include <string>
#include <string_view>

namespace scenarios::cli {

/// Prints what happens in a call when it happens, with seconds since it was placed.
class CallTranscript final : public simulators::twilio::Observer {
 public:
  explicit CallTranscript(runtime::Clock& clock) : clock_(clock) {}

 private:
  void call_placed(const simulators::twilio::CallFacts& call) override;
  void call_answered(const simulators::twilio::CallFacts& call) override;
  void stream_started(const simulators::twilio::CallFacts& call,
                      const simulators::twilio::StreamFacts& stream) override;
  void stream_ended(const simulators::twilio::CallFacts& call,
                    const simulators::twilio::StreamFacts& stream) override;
  void step_began(const simulators::twilio::CallFacts& call,
                  const simulators::twilio::StepFacts& step) override;
  void step_ended(const simulators::twilio::CallFacts& call,
                  const simulators::twilio::StepFacts& step) override;
  void bot_began(const simulators::twilio::CallFacts& call) override;
  void bot_finished(const simulators::twilio::CallFacts& call) override;
  void error_recorded(const simulators::twilio::CallFacts& call,
                      const simulators::twilio::TwilioError& error) override;
  void call_ended(const simulators::twilio::CallFacts& call) override;

  void say(const simulators::twilio::CallFacts& call, std::string_view text) const;

  runtime::Clock& clock_;
};

/// What was heard, measured, and what that proves, ready to print.
std::string call_report(const simulators::twilio::CallFacts& call);
/// From the answer on, as WAV. The answer: what was wrong; empty: nothing.
std::string record_heard(const simulators::twilio::CallFacts& call, const std::string& file);

}  // namespace scenarios::cli
