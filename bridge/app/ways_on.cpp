#include "bridge/app/ways_on.hpp"

#include "bridge/app/machines.hpp"
#include "bridge/app/twiml.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace bridge::app {
namespace {

using Kind = call::WayOn::Kind;

/// From our document to the first ring, what Twilio rings longer than it is told, and from the last ring to
/// its question.
constexpr runtime::Duration kConnects = 10s;

}  // namespace

std::string WaysOn::verbs(std::string_view call_sid, const call::WayOn& way) const {
  const auto kept = state_.registry.verbs_of(call_sid);
  const auto now = kept ? *kept : state_.verbs_for({});
  return way.kind == Kind::bot_gone ? now.when_bot_is_gone : now.after_stream;
}

std::string WaysOn::document(std::string_view call_sid, const call::WayOn& way) const {
  if (way.kind != Kind::transfer) return write_verbs_document(verbs(call_sid, way));
  DialDocument dial;
  dial.number = way.to;
  dial.caller_id = way.caller_id;
  dial.ring_timeout = way.ring_timeout;
  if (state_.config.public_url) {
    auto own = *state_.config.public_url;
    own.target = "/webhook/transfer_ended";
    dial.action_url = own.text();
  }
  return write_dial_document(dial);
}

void WaysOn::left(std::string_view call_sid, const call::WayOn& way) {
  if (way.kind != Kind::transfer || !state_.config.public_url) return;
  state_.registry.transfer_rings(call_sid, state_.env.clock.now() + way.ring_timeout + kConnects);
}

void WaysOn::note(const std::string& call_sid, call::WayOn way) {
  state_.registry.note_way_on(call_sid, std::move(way));
}

boost::asio::awaitable<call::CallControl::Answer> WaysOn::leave(std::string call_sid, call::WayOn way) {
  Answer answer;
  note(call_sid, way);
  if (!state_.rest.usable()) co_return answer;
  // A call that was asked to end, through the API or since a machine took it, goes nowhere else.
  const auto known = state_.registry.find(call_sid);
  const bool asked = known && known->end_asked;
  const bool dials = !asked && way.kind == Kind::transfer;
  const auto last = asked ? last_words(state_.config, known->answered_by) : verbs(call_sid, way);
  auto asking = dials ? state_.rest.update(call_sid, document(call_sid, way)) : send(call_sid, last);
  const auto told = co_await std::move(asking);
  const auto* error = std::get_if<RestError>(&told);
  if (error == nullptr || error->already_over()) {
    // It goes by Twilio, or stays: a later stream of it has a way of its own. One that Twilio takes for over
    // while its stream runs comes back from it.
    if (error == nullptr || dials) note(call_sid, {});
    answer.leaves = Leaves::by_twilio;
    if (dials && error != nullptr) {
      answer.leaves = Leaves::as_over;
      answer.why = "Twilio's REST API: " + error->text();
      co_return answer;
    }
    const bool ends = !dials && only_hangs_up(last);
    state_.env.log.info("call={} leaves its stream for {}", call_sid,
                        ends ? "its end" : call::to_string(way.kind));
    if (dials) left(call_sid, way);
    co_return answer;
  }
  state_.env.log.error("call={} could not be sent on its way ({}): {}", call_sid, call::to_string(way.kind),
                       state_.loggable(error->text()));
  answer.why = "Twilio's REST API: " + error->text();
  if (way.kind != Kind::transfer) co_return answer;
  note(call_sid, {});
  answer.leaves = Leaves::not_at_all;
  co_return answer;
}

boost::asio::awaitable<RestAnswer> WaysOn::send(const std::string& call_sid, const std::string& verbs) {
  return only_hangs_up(verbs) ? state_.rest.complete(call_sid)
                              : state_.rest.update(call_sid, write_verbs_document(verbs));
}

boost::asio::awaitable<void> WaysOn::end_elsewhere(std::string call_sid, std::string answered_by) {
  auto asking = send(call_sid, last_words(state_.config, answered_by));
  const auto told = co_await std::move(asking);
  const auto* error = std::get_if<RestError>(&told);
  if (error == nullptr || error->already_over()) {
    state_.env.log.info("call={} is ended through Twilio: its stream is not here", call_sid);
  } else {
    state_.env.log.error("call={} could not be ended, and its stream is not here: {}", call_sid,
                         state_.loggable(error->text()));
  }
}

}  // namespace bridge::app
