#pragma once
#include "bridge/call/settings.hpp"
#include "bridge/call/tally.hpp"
#include "bridge/call/verdict.hpp"
#include "bridge/twilio/messages.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace spdlog {
class logger;
}

namespace bridge::call {

class CallControl;    // call_control.hpp
class DialGate;       // how often OpenAI is dialled (dial_gate.hpp)
class RecordingSink;  // where its sound goes (recording.hpp)
class Instruments;    // the handles of every call of one thread (instruments.hpp)

/// What a call stands on. All outlive it.
struct Surroundings {
  boost::asio::any_io_executor executor;
  runtime::Clock& clock;
  runtime::Ticker& ticker;
  runtime::net::Network& network;
  runtime::Random& random;
  Instruments& instruments;
  DialGate& dials;
  spdlog::logger& log;
  CallControl* control = nullptr;       // none: a call can only close its stream
  RecordingSink* recordings = nullptr;  // none: no call is recorded
};

/// What is decided when Twilio's `start` arrives: how the call goes; or, in words for the log, why there is
/// none. The socket is then closed with 1008 before any OpenAI session is opened, and the call has no
/// verdict.
using Admitted = std::variant<Settings, std::string>;
using Admission = std::function<Admitted(const twilio::Start&)>;

/// Of a socket that is no call yet.
struct Reception {
  runtime::Duration start_within;  // socket accepted to Twilio's `start`
  runtime::Duration goodbye;       // for the close handshake
};

struct Outcome {
  std::optional<twilio::CallSid> call;  // none: `start` never came, or was not admitted
  std::optional<CallVerdict> verdict;   // none: as above
  Reason reason = Reason::none;
  /// "caller", "network", "bridge", "openai", "drain", "fault", "limit", "transfer", "api"
  std::string ended_by;
  bool taken_by_twilio = false;  // Twilio ended the stream: the call does not come back from it
  std::int64_t tokens = 0;       // spent by its responses
};

/// One call: owns both legs, lives and dies on one thread, as one. Both sockets are closed when run()
/// returns, whatever happened inside: a fault closes both with 1011.
class Call {
 public:
  Call(Surroundings surroundings, Reception reception, Admission admission);
  ~Call();
  /// Runs to the end of the call. Never throws.
  boost::asio::awaitable<Outcome> run(std::unique_ptr<runtime::net::MessageSocket> twilio);
  /// Asks for a polite end (drain, DELETE): run() then returns within the settings' goodbye. Whether this
  /// cuts it: false for a call that is ending by itself, or has yet to begin.
  bool hang_up(const std::string& ended_by);
  /// Something that the call stands on, or that runs for it outside of it, has failed: it ends at once, as by
  /// a fault of its own.
  void fail(std::exception_ptr error);
  /// Likewise, or one of its own.
  bool failed() const;
  /// It has to be over by `latest`, and the model says goodbye before. The caller of this ends it then.
  void end_by(runtime::TimePoint latest);
  /// What it has carried so far.
  const Tally& tally() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge::call
