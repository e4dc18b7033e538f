#include "runtime/async/first_of.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/frame_control.hpp"
#include "simulators/twilio/signature.hpp"
#include "simulators/twilio/stream_leg.hpp"

#include <utility>

// The coroutines of a media stream: one reads, one writes, one delivers what the line has carried, one cuts
// the connection when ending takes too long.
namespace simulators::twilio {
namespace asio = boost::asio;
namespace {
/// Under way from the bridge. Policy beyond: wait; the bridge's end of the connection fills up.
constexpr std::size_t kMostUnderWay = 1U << 20U;
}  // namespace
using runtime::net::NetError;

runtime::net::WebSocketRequest StreamLeg::request() const {
  const auto& knobs = parts_.plan.knobs;
  runtime::net::WebSocketRequest request;
  request.url = *runtime::net::parse_url(facts_.url);              // rule_stream() has seen to it
  request.url.target = runtime::net::path_of(request.url.target);  // Twilio dials the bare path
  const auto covered = knobs.sign_url_with_slash ? facts_.url + "/" : facts_.url;
  request.headers.add("User-Agent", "Twilio.TmeWs/1.0");
  add_signature(request.headers, knobs.signature, parts_.account.auth_token, covered, {});
  request.limits.connect = knobs.connect_timeout;
  request.limits.handshake = knobs.upgrade_timeout;
  request.limits.message_bytes = knobs.message_limit_bytes;
  request.limits.receive_buffer_bytes = knobs.receive_buffer_bytes;
  return request;
}

asio::awaitable<void> StreamLeg::run() {
  facts_.dialled_at = parts_.environment.clock.now();
  runtime::net::Dialled dialled;
  for (unsigned retries = 0; retries <= parts_.plan.knobs.handshake_retries && !dialled; ++retries) {
    auto first = co_await runtime::first_of(dial(), ending_.wait());
    if (first.index() == 1) {  // the call is over before the bridge answered
      finish(StreamEnd::not_opened);
      co_return;
    }
    dialled = std::get<0>(std::move(first));
  }
  facts_.handshake_status = dialled ? 101 : dialled.http_status;
  if (!dialled) {
    refused(dialled);
    finish(StreamEnd::not_opened);
    co_return;
  }
  socket_ = std::move(dialled.socket);
  constexpr std::uint16_t kProtocolError = 1002;
  if (auto* frames = runtime::net::frames_of(*socket_);
      frames != nullptr && !parts_.plan.knobs.bad_utf8_as_rfc)
    frames->close_breaches_with(kProtocolError);
  open();
  (void)co_await runtime::first_of(talk(), cut_when_late());
  finish(why_.value_or(StreamEnd::connection_lost));
}

/// Over a slow line a dial takes one round trip more.
asio::awaitable<runtime::net::Dialled> StreamLeg::dial() {
  const auto& clock = parts_.environment.clock;
  if (const int status = parts_.plan.line.upgrade_answered; status != 0) {
    runtime::net::Dialled answered;
    answered.error = NetError::refused;
    answered.http_status = status;
    answered.detail = "answered on the way, not by the bridge";
    co_return answered;
  }
  auto asked = request();
  if (parts_.plan.line.instant()) co_return co_await parts_.environment.network.connect(std::move(asked));
  runtime::net::Dialled dialled;
  if (const bool went_on = co_await parts_.environment.clock.sleep_until(to_bridge_.send(clock.now()));
      !went_on)
    co_return dialled;
  dialled = co_await parts_.environment.network.connect(std::move(asked));
  (void)co_await parts_.environment.clock.sleep_until(from_bridge_.send(clock.now()));
  co_return dialled;
}

void StreamLeg::refused(const runtime::net::Dialled& dialled) {
  int code = 31900;
  const auto& why = dialled.error;
  if (why == asio::error::timed_out) code = 31901;
  if (why == asio::error::connection_refused) code = 31902;
  if (why == asio::error::connection_reset || why == asio::error::eof || why == asio::error::broken_pipe)
    code = 31903;
  if (why == NetError::unresolved || why == asio::error::host_unreachable ||
      why == asio::error::network_unreachable) {
    code = 31904;
  }
  if (why == NetError::tls) code = 31910;
  if (why == NetError::refused || why == NetError::protocol) code = 31920;
  facts_.handshake_error = why.message() + (dialled.detail.empty() ? "" : ": " + dialled.detail);
  std::string text = "dialling " + facts_.url + ": " + facts_.handshake_error;
  if (dialled.http_status != 0 && dialled.http_status != 101)
    text += " (HTTP status " + std::to_string(dialled.http_status) + " instead of 101)";
  error(code, false, std::move(text));
}

asio::awaitable<void> StreamLeg::talk() {
  if (parts_.plan.line.instant()) {
    co_await runtime::both(read_all(), write_all());
  } else {
    co_await runtime::both(runtime::both(read_all(), write_all()), deliver_all());
  }
}

/// False: cancelled. An absent `when` never comes.
asio::awaitable<bool> StreamLeg::wait_until(std::optional<TimePoint> when, runtime::Signal& or_signal) {
  if (!when) co_return co_await or_signal.wait();
  const auto first =
      co_await runtime::first_of(parts_.environment.clock.sleep_until(*when), or_signal.wait());
  co_return first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
}

bool StreamLeg::held_back() const {
  return paused_ || from_bridge_.stalled(parts_.environment.clock.now()) || inbox_bytes_ > kMostUnderWay;
}

asio::awaitable<void> StreamLeg::read_all() {
  co_await read_messages();
  reading_stopped_ = true;
  incoming_.notify();
}

asio::awaitable<void> StreamLeg::read_messages() {
  while (true) {
    while (held_back() && !why_) {
      if (const bool went_on = co_await resumed_.wait(); !went_on) co_return;
    }
    if (held_back()) co_return;  // it ends while it reads nothing: the closing side drains
    auto message = co_await socket_->read();
    Arrival arrival;
    arrival.error = message ? runtime::error_code() : message.error();
    if (parts_.plan.line.instant()) {
      if (message && !why_) receive(message->payload, message->binary);
      if (!message) deliver(arrival);
    } else {
      if (message) arrival.payload = message->payload;
      if (message) arrival.binary = message->binary;
      keep(std::move(arrival));
    }
    if (!message) co_return;
  }
}

void StreamLeg::keep(Arrival arrival) {
  arrival.at = from_bridge_.send(parts_.environment.clock.now());
  inbox_bytes_ += arrival.payload.size();
  inbox_.push_back(std::move(arrival));
  incoming_.notify();
}

asio::awaitable<void> StreamLeg::deliver_all() {
  while (!inbox_.empty() || !reading_stopped_) {
    const TimePoint now = parts_.environment.clock.now();
    std::optional<TimePoint> when;
    if (!inbox_.empty()) when = why_ ? now : from_bridge_.delivery(inbox_.front().at);
    if (when && *when <= now) {
      const Arrival arrival = std::move(inbox_.front());
      inbox_.pop_front();
      inbox_bytes_ -= arrival.payload.size();
      deliver(arrival);
      continue;
    }
    const bool went_on = co_await wait_until(when, incoming_);
    if (!went_on) co_return;
  }
}

void StreamLeg::deliver(const Arrival& arrival) {
  if (!arrival.error) {
    if (!why_) receive(arrival.payload, arrival.binary);
    return;
  }
  read_failed(arrival.error);
  read_over_ = true;
  outgoing_.notify();
}

void StreamLeg::read_failed(runtime::error_code failure) {
  if (const auto reason = socket_->peer_close()) facts_.bridge_close_code = reason->code;
  if (why_) return;  // Twilio's own end
  const TimePoint now = parts_.environment.clock.now();
  play(now);
  if (failure == NetError::closed) {
    why_ = StreamEnd::bridge_closed;
    error(
        31921, false,
        "the bridge closed the stream with code " + std::to_string(facts_.bridge_close_code.value_or(1005)));
  } else if (failure == NetError::protocol || failure == NetError::too_big) {
    why_ = StreamEnd::protocol_error;
    error(31924, false, "the bridge broke the WebSocket protocol: " + failure.message());
  } else {
    why_ = StreamEnd::connection_lost;
    error(31903, false, "the connection broke: " + failure.message());
    socket_->abort();
  }
  ending_.set();
}

/// Behind a message, when one is due: a stream is never without messages for long.
asio::awaitable<void> StreamLeg::ping() {
  const Duration every = parts_.plan.knobs.ping_every;
  const TimePoint now = parts_.environment.clock.now();
  if (every == Duration(0) || now - last_ping_ < every || why_) co_return;
  last_ping_ = now;
  (void)co_await socket_->ping("");
}

asio::awaitable<void> StreamLeg::write_all() {
  while (!read_over_) {
    if (!outbox_.empty()) {
      const TimePoint now = parts_.environment.clock.now();
      const auto when = to_bridge_.delivery(outbox_.first_due());
      if (when && *when <= now) {
        const auto batch = outbox_.take(now);
        const auto written = co_await socket_->write_all(batch);
        outbox_.taken();
        if (!written) co_return;  // the read says why
        co_await ping();
      } else {
        if (why_ == StreamEnd::connection_lost) co_return;
        if (const bool went_on = co_await wait_until(when, outgoing_); !went_on) co_return;
      }
      continue;
    }
    if (why_ == StreamEnd::connection_lost) co_return;
    if (why_) {
      co_await close();
      co_return;
    }
    if (const bool went_on = co_await outgoing_.wait(); !went_on) co_return;
  }
}

asio::awaitable<void> StreamLeg::close() {
  const auto how = parts_.plan.knobs.close;
  if (how == Knobs::Close::abrupt) {
    socket_->abort();
    co_return;
  }
  runtime::net::CloseReason reason;
  reason.code = close_code_ == 1000 && how == Knobs::Close::no_code ? std::uint16_t{1005} : close_code_;
  facts_.our_close_code = reason.code;
  (void)co_await socket_->close(std::move(reason));
}

asio::awaitable<void> StreamLeg::cut_when_late() {
  if (const bool went_on = co_await ending_.wait(); !went_on) co_return;
  if (const bool went_on = co_await parts_.environment.clock.sleep_until(parts_.environment.clock.now() +
                                                                         parts_.plan.knobs.close_timeout);
      !went_on) {
    co_return;
  }
  socket_->abort();
  runtime::Event never(parts_.environment.executor);
  (void)co_await never.wait();  // until talk() is over
}

void StreamLeg::finish(StreamEnd why) {
  why_ = why;
  over_ = true;
  facts_.end = why;
  facts_.ended_at = parts_.environment.clock.now();
  parts_.host.leg_ended(*this);
}

}  // namespace simulators::twilio
