#pragma once
#include "runtime/async/task_group.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/instruments.hpp"
#include "simulators/twilio/observer.hpp"
#include "simulators/twilio/twiml.hpp"
#include "simulators/twilio/web_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// Who hears of a call's (or a leg's) progress.
struct StatusTarget {
  std::string url;  // empty: nobody
  std::string method = "POST";
  std::vector<std::string> events;
  unsigned counted = 0;  // events so far, delivered or not: the sequence number
};

/// What Twilio tells the application without waiting for it: status, stream and recording callbacks, and the
/// Debugger's webhook. Each is a request of its own: late, doubled and out of order where the knobs say so.
/// Also records errors. Outlived by call and facts.
class CallReports {
 public:
  struct Parts {
    const Environment& environment;
    const Account& account;
    Instruments& instruments;
    Observer& observer;
    runtime::TaskGroup& callbacks;
  };
  CallReports(Parts parts, const CallPlan& plan, CallFacts& call, WebClient& web)
      : parts_(parts), plan_(plan), call_(call), web_(web) {}

  /// Records 21609 and 21626: the call runs, its callbacks never come.
  void check(StatusTarget& target);
  /// `call` (the call itself, or the leg of its `<Dial>`) has a new status.
  void status(CallFacts& call, StatusTarget& target, std::string status);
  void stream(const StreamFacts& stream, const StreamNoun& noun, std::string_view event);
  void recording(const RecordingFacts& recording, const RecordingTarget& target, std::string_view status);
  /// Something that the application asked to be told, with no interest in the answer.
  void send(Ask ask, Duration later = Duration(0));

  /// `about`: index of the exchange that it is about.
  void error(int code, bool warning, std::string text, std::optional<std::size_t> about = std::nullopt);

  /// Callbacks that were not answered yet: they refer to the call.
  std::size_t waiting() const { return waiting_; }

 private:
  TimePoint now() const { return parts_.environment.clock.now(); }
  void note(std::string_view sid, const std::string& text);
  void spawn(Ask ask, Duration later);
  boost::asio::awaitable<void> deliver(Ask ask, Duration after);
  void tell_debugger(const TwilioError& error, std::optional<std::size_t> about);

  Parts parts_;
  const CallPlan& plan_;
  CallFacts& call_;
  WebClient& web_;
  std::size_t waiting_ = 0;
};

}  // namespace simulators::twilio
