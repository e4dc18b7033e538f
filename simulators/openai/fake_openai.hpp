#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/core/random.hpp"
#include "runtime/core/wire_log.hpp"
#include "runtime/net/network.hpp"
#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/facts.hpp"
#include "simulators/openai/script.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simulators::openai {

/// Hears what happens at the moment it happens, on the fake's thread, in the middle of its work: it may read
/// facts and set events, and must not call back into the fake. References stay valid as long as the fake.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void session_began(const SessionFacts&) {}
  virtual void session_configured(const SessionFacts&) {}  // session.updated was sent
  virtual void speech_started(const SessionFacts&, const TurnFacts&) {}
  virtual void turn_committed(const SessionFacts&, const TurnFacts&) {}
  /// A response is due: its rule is known, `as` among it. The beginning of a reply's name, `never_created`
  /// included.
  virtual void reply_due(const SessionFacts&, const ResponseFacts&) {}
  virtual void response_created(const SessionFacts&, const ResponseFacts&) {}
  virtual void first_audio(const SessionFacts&, const ResponseFacts&) {}
  virtual void response_cancelled(const SessionFacts&, const ResponseFacts&) {}
  virtual void response_done(const SessionFacts&, const ResponseFacts&) {}
  virtual void truncated(const SessionFacts&, const TruncationFacts&) {}
  virtual void error_sent(const SessionFacts&, const ErrorFacts&) {}
  virtual void session_ended(const SessionFacts&) {}
};

struct Options {
  std::string valid_key;  // empty: every key will do
  std::vector<std::string> models = {"gpt-realtime",
                                     "gpt-realtime-2025-08-28",
                                     "gpt-realtime-1.5",
                                     "gpt-realtime-2",
                                     "gpt-realtime-2.1",
                                     "gpt-realtime-2.1-mini",
                                     "gpt-realtime-mini",
                                     "gpt-realtime-mini-2025-10-06",
                                     "gpt-realtime-mini-2025-12-15",
                                     "gpt-audio-1.5",
                                     "gpt-audio-mini",
                                     "gpt-audio-mini-2025-10-06",
                                     "gpt-audio-mini-2025-12-15"};
  Behaviour behaviour;
  Script script;
  /// once: its rules are consumed once for all sessions together, so that a bridge that dials again goes on
  /// where it was (one call). per_session: each session plays the script from its beginning (many calls).
  enum class Sharing { once, per_session } sharing = Sharing::once;
  /// Ended sessions beyond so many are forgotten, the oldest first; absent: none ever is.
  std::optional<std::size_t> sessions_kept;
  /// And beyond so much of their audio; looked at when another session arrives.
  std::optional<std::size_t> audio_kept_bytes;
  /// Changes the behaviour of one session (number: in order of arrival, from 0) before its upgrade is
  /// answered: faults that strike a share of the sessions, or the first only. May be empty.
  std::function<void(std::size_t number, Behaviour& behaviour)> adjust;
};

/// The OpenAI Realtime API, GA dialect over WebSocket, as far as a voice call uses it: a Service that takes
/// any number of sessions at /v1/realtime. Faithful where a client can see it (openai-realtime.md), scripted
/// in what it says. In the wire log its lane is "openai" and the call the session's id: it knows no other.
/// One thread. Must outlive its listener, and not `clock`, `random`, `log` and `book`.
class FakeOpenAi final : public runtime::net::Service {
 public:
  FakeOpenAi(boost::asio::any_io_executor executor, runtime::Clock& clock, runtime::Random& random,
             runtime::WireLog& log, metrics::Book& book, Options options);
  ~FakeOpenAi() override;

  boost::asio::awaitable<runtime::net::HttpResponse> respond(
      const runtime::net::HttpRequest& request) override;
  boost::asio::awaitable<void> serve(runtime::net::HttpRequest request,
                                     std::unique_ptr<runtime::net::MessageSocket> socket) override;

  /// At most one; nullptr: none.
  void observe(Observer* observer);
  /// In order of arrival, refused ones included. Elements stay where they are.
  const std::deque<SessionFacts>& sessions() const;
  std::size_t active_sessions() const;
  /// Indices of the script's rules that answered nothing so far.
  std::vector<std::size_t> unused_rules() const;
  /// Places of the behaviour's faults that struck no session so far.
  std::vector<std::size_t> idle_faults() const;

  // For those who run the fake as a server. A session is named by its number.
  /// What sessions say and are like from now on; those that run keep what they began with. A new behaviour's
  /// faults count sessions and time anew.
  void set_script(Script script);
  void set_behaviour(Behaviour behaviour);
  /// A text message goes to the client as it stands. These five: no effect on an ended session.
  void send_text(std::size_t session, std::string text);
  void close(std::size_t session, runtime::net::CloseReason reason);
  void abort(std::size_t session);
  /// Nothing is sent until then; what the session owes comes after it, late.
  void stall(std::size_t session, runtime::TimePoint until);
  /// A fault of any scope but the handshake's: from now on, or at its moment.
  void strike(std::size_t session, Fault fault);
  void forget_ended();
  std::size_t forgotten() const;  // sessions, so far

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace simulators::openai
