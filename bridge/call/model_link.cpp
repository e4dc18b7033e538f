#include "bridge/call/model_link.hpp"

#include "bridge/call/session_request.hpp"
#include "bridge/json/text.hpp"
#include "bridge/openai/http_refusal.hpp"
#include "bridge/openai/rare_events.hpp"
#include "runtime/async/with_deadline.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace bridge::call {
namespace asio = boost::asio;
using runtime::TimePoint;
using runtime::net::CloseReason;

namespace {
/// Label of voicebridge_openai_failures_total for a dial that brought no connection. `said`: the code in the
/// answer's body, which tells a key, a model and an account from each other where the status does not.
std::string_view code_of(const runtime::net::Dialled& dialled, std::string_view said) {
  using runtime::net::NetError;
  if (openai::classify_refusal(said, 0, 0) != openai::Unreachable::network) return said;
  switch (dialled.http_status) {
    case 401:
      return "http_401";
    case 403:
      return "http_403";
    case 429:
      return "http_429";
    default:
      break;
  }
  if (dialled.http_status >= 500) return "http_5xx";
  if (dialled.http_status >= 400) return "http_4xx";
  if (dialled.error == NetError::unresolved) return "dns";
  if (dialled.error == NetError::tls) return "tls";
  return dialled.error == asio::error::timed_out ? "timeout" : "connection";
}
}  // namespace

NoConnection why_none(const runtime::net::Dialled& dialled) {
  NoConnection why{openai::read_http_refusal(dialled.body, dialled.retry_after), {}, {}};
  why.label = code_of(dialled, why.said.code);
  why.words = !why.said.words.empty()  ? why.said.words
              : dialled.detail.empty() ? dialled.error.message()
                                       : dialled.detail;
  why.words = json::excerpt(why.words, openai::kErrorWords);
  return why;
}

ModelLink::ModelLink(const Surroundings& around, Machine& machine, LinkNo no, Owner owner)
    : around_(around),
      machine_(machine),
      no_(no),
      owner_(std::move(owner)),
      write_work_(around.executor),
      close_work_(around.executor) {}

asio::awaitable<void> ModelLink::run() {
  auto request = session_request(machine_.settings().model);
  auto dialled = co_await around_.network.connect(std::move(request));
  if (dialled.error == asio::error::operation_aborted) co_return;
  if (!dialled) {
    const auto why = why_none(dialled);
    const DialFailure failure{why.label, {why.said.code, 0, dialled.http_status, why.words, why.said.wait}};
    machine_.model_dial_failed(no_, failure, now());
    owner_.changed();
    co_return;
  }
  around_.instruments.sessions_opened.add();
  machine_.model_connected(no_, now());
  socket_ = std::move(dialled.socket);
  co_await carry();
}

asio::awaitable<void> ModelLink::carry() {
  runtime::TaskGroup helpers(around_.executor, owner_.failed);
  helpers.spawn(finish_writes());
  helpers.spawn(close_when_asked());
  helpers.spawn(watch_peer());
  std::exception_ptr error;
  try {
    serve(now());
    co_await read();
  } catch (...) {
    error = std::current_exception();
  }
  ended_ = true;
  helpers.cancel();
  // The helpers must end before this does, also when this was cancelled meanwhile.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await helpers.join();
  if (error) std::rethrow_exception(error);
}

asio::awaitable<void> ModelLink::read() {
  while (true) {
    auto message = co_await socket_->read();
    if (!message) {
      if (message.error() == runtime::net::NetError::too_big) machine_.too_big("openai");
      if (message.error() == runtime::net::NetError::protocol) machine_.broke_frames("openai");
      break;
    }
    machine_.model_message(no_, message->payload, message->binary, now());
    owner_.changed();
  }
  ended_ = true;
  if (dead_) {
    machine_.model_dead(no_, now());
  } else {
    const CloseReason said = socket_->peer_close().value_or(CloseReason{0, "no close frame"});
    machine_.model_closed(no_, said.code, said.text, now());
  }
  owner_.changed();
}

// What the transport takes at once needs no coroutine: at 50 messages a second it would show in what a call
// costs. Only a write that has to wait is handed to one.
void ModelLink::serve(runtime::TimePoint at) {
  if (!open()) return;
  if (machine_.session_over(no_)) return close(1000);
  while (!waits_ && !pinging_ && machine_.to_model(no_, text_, at)) {
    view_ = text_;
    if (socket_->start_write({&view_, 1})) {
      machine_.model_took(no_, at);
    } else {
      waits_ = true;
      write_work_.notify();
    }
  }
}

asio::awaitable<void> ModelLink::finish_writes() {
  while (!ended_) {
    if (!waits_) {
      const bool woken = co_await write_work_.wait();
      if (!woken) co_return;
      continue;
    }
    auto written = co_await socket_->finish_write();
    if (!written) co_return;  // the read sees the end as well
    machine_.model_took(no_, now());
    waits_ = false;
    ++waited_;
    owner_.changed();
  }
}

/// A connection that carries nothing any more may never say so; a model that listens is silent as well. Only
/// a ping tells the two apart: dead is what says nothing from a ping to the time for the next.
asio::awaitable<void> ModelLink::watch_peer() {
  const auto interval = machine_.settings().model.ping_interval;
  if (interval == interval.zero()) co_return;
  const bool begun = co_await around_.clock.sleep_until(now() + interval);
  if (!begun) co_return;
  while (!ended_ && !closing_ && !dead_) {
    const TimePoint next = now() + interval;
    const auto heard = socket_->heard();
    const auto waited = waited_;
    const bool behind_a_write = waits_;  // a ping would have to wait as well
    if (!behind_a_write) {
      pinging_ = true;
      constexpr std::string_view kNothing;
      auto pinging = socket_->ping(kNothing);
      // One that is late kills the connection, and the read sees the end.
      (void)co_await runtime::with_deadline(around_.clock, next, std::move(pinging));
      pinging_ = false;
      if (ended_ || closing_) co_return;
      serve(now());
    }
    const bool slept = co_await around_.clock.sleep_until(next);
    if (!slept || ended_ || closing_) co_return;
    if (heard != socket_->heard() || (behind_a_write && waited != waited_)) continue;
    dead_ = true;
    socket_->abort();
  }
}

void ModelLink::close(std::uint16_t code) {
  if (!open() || closing_) return;
  closing_ = CloseReason{code, machine_.ending() ? "call over" : "session given up"};
  close_work_.notify();
}

/// The polite end, which also ends the read. Where it is none, the connection is cut: the read would go on.
asio::awaitable<void> ModelLink::close_when_asked() {
  while (!closing_) {
    const bool woken = co_await close_work_.wait();
    if (!woken || ended_) co_return;
  }
  bool closed = false;
  std::exception_ptr error;
  try {
    auto closing = socket_->close(*closing_);
    const auto latest = now() + machine_.settings().goodbye;
    const auto outcome = co_await runtime::with_deadline(around_.clock, latest, std::move(closing));
    closed = outcome.has_value();
  } catch (...) {
    error = std::current_exception();
  }
  if (!closed && !ended_) socket_->abort();
  if (error) std::rethrow_exception(error);
}

}  // namespace bridge::call
