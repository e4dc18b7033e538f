#include "bridge/openai/session.hpp"

#include "bridge/json/text.hpp"
#include "bridge/openai/rare_events.hpp"

#include <utility>

namespace bridge::openai {
namespace {
std::string words_of(const ApiError& error) {
  std::string said = error.code.empty() ? error.type : error.code;
  if (!error.param.empty()) said += " (" + error.param + ")";
  said += ": " + error.message;
  return json::excerpt(said, kErrorWords);
}

std::string format_or_nothing(const std::string& format) {
  return format.empty() ? "nothing" : format;
}

/// Whether the code says that no session will be had, whatever it is asked to be.
bool is_refusal(const ApiError& error) {
  return classify_refusal(error.code, 0, 0) != Unreachable::network;
}
}  // namespace

Session::Session(SessionSettings settings, std::string_view call_sid)
    : input_(settings.audio), output_(settings.audio), event_id_("session-") {
  event_id_ += call_sid;
  write_session_update(update_, settings, event_id_);
}

Session::Next Session::on_event(const Event& event) {
  if (!pending()) return Next::wait;
  if (const auto* error = std::get_if<ApiError>(&event)) return on_error(*error);
  if (const auto* created = std::get_if<SessionCreated>(&event)) {
    if (phase_ != Phase::dialled) return Next::wait;
    session_id_ = created->session_id;
    phase_ = Phase::update_sent;
    return Next::send_update;
  }
  // One that comes before ours was sent does not answer it.
  const auto* updated = std::get_if<SessionUpdated>(&event);
  return updated != nullptr && phase_ == Phase::update_sent ? on_updated(*updated) : Next::wait;
}

Session::Next Session::on_updated(const SessionUpdated& updated) {
  const auto input = audio_format(updated.input_format, updated.input_rate);
  const auto output = audio_format(updated.output_format, updated.output_rate);
  if (input && output) {
    input_ = *input;
    output_ = *output;
    phase_ = Phase::ready;
    return Next::ready;
  }
  Failure failure;
  failure.misconfigured = true;
  failure.again = false;
  failure.said = "session.updated confirms input " + json::excerpt(format_or_nothing(updated.input_format)) +
                 " and output " + json::excerpt(format_or_nothing(updated.output_format)) +
                 "; expected audio/pcmu, audio/pcma or audio/pcm at 24000";
  return fail(std::move(failure));
}

Session::Next Session::on_error(const ApiError& error) {
  error_ = error;
  // Some rejections come without our event_id; while the update is unanswered there is nothing else of ours
  // that they could be about. They are judged when the wait is over: the session may yet be confirmed.
  error_is_about_update_ = phase_ == Phase::update_sent && !is_refusal(error) && error.type != "server_error";
  if (!error_is_about_update_ || error.event_id != event_id_) return Next::wait;
  Failure failure;
  failure.misconfigured = true;
  failure.again = false;
  failure.said = words_of(error);
  return fail(std::move(failure));
}

Session::Next Session::on_closed(int close_code, std::string_view reason) {
  if (!pending()) return Next::wait;
  // A refused update is not answered with a close: an error before one is about the session as a whole.
  Failure failure;
  const std::string_view code = error_ ? error_->code : std::string_view();
  failure.reason = classify_refusal(code, close_code, 0);
  failure.again = worth_another_try({code, close_code});
  note_limit(failure);
  failure.said = "closed with " + std::to_string(close_code);
  if (!reason.empty()) failure.said += " " + json::excerpt(reason);
  if (error_) failure.said = words_of(*error_) + ", " + failure.said;
  return fail(std::move(failure));
}

Session::Next Session::on_dial_failed(const Refusal& refusal) {
  if (!pending()) return Next::wait;
  Failure failure;
  failure.reason = classify_refusal(refusal.error_code, 0, refusal.http_status);
  failure.again = worth_another_try(refusal);
  failure.rate_limited = is_rate_limit(refusal);
  // Another refusal's wait is a proxy's, which knows no caller: openai.retry has the better pace.
  if (failure.rate_limited) failure.wait = refusal.wait;
  failure.said = json::excerpt(refusal.words, kErrorWords);
  if (refusal.http_status != 0) failure.said += " (HTTP " + std::to_string(refusal.http_status) + ")";
  return fail(std::move(failure));
}

Session::Next Session::on_deadline() {
  if (!pending()) return Next::wait;
  Failure failure;
  failure.misconfigured = error_is_about_update_;
  failure.again = !error_is_about_update_;
  if (error_) {
    failure.reason = classify_refusal(error_->code, 0, 0);
    failure.again = failure.again && worth_another_try({error_->code});
    note_limit(failure);
    failure.said = words_of(*error_);
  } else {
    failure.timed_out = true;
    failure.said = phase_ == Phase::dialled ? "no session.created in time" : "no session.updated in time";
  }
  return fail(std::move(failure));
}

/// The last error's, where it is about a rate limit.
void Session::note_limit(Failure& failure) const {
  if (!error_ || !is_rate_limit(error_->code)) return;
  failure.rate_limited = true;
  failure.wait = told_wait(error_->message);
}

Session::Next Session::fail(Failure failure) {
  failure_ = std::move(failure);
  phase_ = Phase::failed;
  return Next::failed;
}

}  // namespace bridge::openai
