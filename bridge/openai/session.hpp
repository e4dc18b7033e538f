#pragma once
#include "bridge/openai/events.hpp"
#include "bridge/openai/refusal.hpp"
#include "bridge/openai/requests.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bridge::openai {

/// A session's life until audio may flow: dialled, created, asked for what we need, and confirmed in it.
/// Nothing but the update is sent before `ready`: audio of the caller that arrives early would meet the
/// default formats, and be noise. Sans-IO; whoever owns it has the connection and the deadline.
class Session {
 public:
  enum class Phase { dialled, update_sent, ready, failed };
  /// What the owner does next. `send_update`: the text of update(); `ready` and `failed` come once.
  enum class Next { wait, send_update, ready, failed };

  struct Failure {
    bool misconfigured = false;  // the verdict openai_misconfigured; else openai_unreachable, with `reason`
    Unreachable reason = Unreachable::network;
    bool again = true;  // the same request may yet be granted in a moment
    bool rate_limited = false;
    std::optional<runtime::Duration> wait;  // that the service asked for, of a rate limit
    std::string said;                       // what the service said, or did not say, for the log; truncated
    bool timed_out = false;  // the service took the connection, and said nothing that explains it
  };

  /// `call_sid` goes into the update's event_id, so that the service's answers name the call.
  Session(SessionSettings settings, std::string_view call_sid);

  Next on_event(const Event& event);
  /// The connection ended before the session was ready. `close_code` 0: without a close frame.
  Next on_closed(int close_code, std::string_view reason);
  /// No connection came to be. An `http_status` of 0: not even an answer.
  Next on_dial_failed(const Refusal& refusal);
  /// The owner's deadline for getting ready has passed.
  Next on_deadline();

  Phase phase() const { return phase_; }
  const std::string& update() const { return update_; }
  const std::string& session_id() const { return session_id_; }
  /// What the session speaks, once it is ready: what was asked for, or what it said instead.
  AudioFormat input() const { return input_; }
  AudioFormat output() const { return output_; }
  /// Set in `failed`.
  const Failure& failure() const { return failure_; }

 private:
  Next on_updated(const SessionUpdated& updated);
  Next on_error(const ApiError& error);
  void note_limit(Failure& failure) const;
  Next fail(Failure failure);
  bool pending() const { return phase_ == Phase::dialled || phase_ == Phase::update_sent; }

  Phase phase_ = Phase::dialled;
  AudioFormat input_, output_;
  std::string event_id_;
  std::string update_;
  std::string session_id_;
  std::optional<ApiError> error_;  // the last one that has not ended the attempt by itself
  bool error_is_about_update_ = false;
  Failure failure_;
};

}  // namespace bridge::openai
