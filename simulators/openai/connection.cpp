#include "simulators/openai/connection.hpp"

#include "runtime/async/first_of.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::openai {
namespace asio = boost::asio;

Connection::Connection(asio::any_io_executor executor, runtime::Clock& clock, runtime::WireLog& log,
                       SessionFacts& facts, Outlet& outlet, Session* session,
                       std::unique_ptr<runtime::net::MessageSocket> socket)
    : clock_(clock),
      log_(log),
      facts_(facts),
      outlet_(outlet),
      session_(session),
      socket_(std::move(socket)),
      frames_(runtime::net::frames_of(*socket_)),
      work_(std::move(executor)) {}

asio::awaitable<void> Connection::run() {
  shape_frames();
  co_await runtime::both(read(), write());
  facts_.close_received = socket_->peer_close();
}

/// As the session's faults have them by now.
void Connection::shape_frames() {
  if (session_ == nullptr || frames_ == nullptr) return;
  frames_->fragment(session_->behaviour().frame_bytes);
  if (session_->behaviour().withholds_pongs) frames_->withhold_pongs();
}

asio::awaitable<void> Connection::read() {
  while (!ended_) {
    const bool reads = co_await wait_to_read();
    if (!reads) break;
    const auto message = co_await socket_->read();
    if (!message) break;
    const TimePoint now = clock_.now();
    log_.record(
        {now, "openai", facts_.session_id, runtime::WireLog::Direction::from_bridge, message->payload});
    if (session_ == nullptr) continue;
    session_->receive(message->payload, message->binary, now);
    const auto due = next_due();
    if (!outlet_.empty() || (due && (!waiting_until_ || *due < *waiting_until_))) work_.notify();
  }
  ended_ = true;
  work_.notify();
}

/// While the script has it that nothing is read. False: cancelled meanwhile.
asio::awaitable<bool> Connection::wait_to_read() {
  constexpr auto kAtATime = std::chrono::minutes(1);
  while (clock_.now() < outlet_.reads_from()) {
    const TimePoint until = std::min(outlet_.reads_from(), clock_.now() + kAtATime);
    const bool slept = co_await clock_.sleep_until(until);
    if (!slept) co_return false;
  }
  co_return !ended_;
}

std::optional<TimePoint> Connection::next_due() const {
  if (session_ == nullptr) return std::nullopt;
  const auto due = session_->next_due();
  if (!pong_by_) return due;
  return due ? std::min(*due, *pong_by_) : *pong_by_;
}

/// A ping was sent: it may want an answer, where the transport shows one.
void Connection::await_pong() {
  ++pings_sent_;
  const auto within = session_ == nullptr ? std::nullopt : session_->behaviour().open_points.pong_within;
  if (!within || pong_by_ || frames_ == nullptr) return;
  pong_by_ = clock_.now() + *within;
  pongs_wanted_ = pings_sent_;
}

void Connection::look_for_pong() {
  const TimePoint now = clock_.now();
  if (!pong_by_ || now < *pong_by_) return;
  pong_by_.reset();
  const bool deaf = now < outlet_.reads_from();  // then it is us who do not hear it
  if (deaf || frames_->pongs() >= pongs_wanted_) return;
  outlet_.close({session_->behaviour().open_points.pong_missing_close, "keepalive ping timeout"});
}

asio::awaitable<bool> Connection::wait_for_work() {
  waiting_until_ = next_due();
  bool goes_on = false;
  if (waiting_until_) {
    auto first = co_await runtime::first_of(work_.wait(), clock_.sleep_until(*waiting_until_));
    goes_on = first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
  } else {
    goes_on = co_await work_.wait();
  }
  waiting_until_.reset();
  co_return goes_on;
}

void Connection::stall(TimePoint until) {
  stalled_until_ = until;
  work_.notify();
}

/// Until the stall is over, or the client is gone.
asio::awaitable<bool> Connection::sit_out() {
  while (!ended_ && clock_.now() < *stalled_until_) {
    auto first = co_await runtime::first_of(work_.wait(), clock_.sleep_until(*stalled_until_));
    const bool goes_on = first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
    if (!goes_on) co_return false;
  }
  stalled_until_.reset();
  co_return true;
}

asio::awaitable<void> Connection::write() {
  while (!ended_) {
    // An await begun after a cancellation would throw.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) break;
    if (stalled_until_) {
      const bool goes_on = co_await sit_out();
      if (!goes_on) break;
      continue;
    }
    if (session_ != nullptr) session_->advance(clock_.now());
    shape_frames();
    look_for_pong();
    if (outlet_.empty()) {
      const bool goes_on = co_await wait_for_work();
      if (!goes_on) break;
      continue;
    }
    const bool sent = co_await send(outlet_.take());
    if (!sent) break;
  }
}

/// In order; false when nothing more can or shall be sent.
asio::awaitable<bool> Connection::send(std::deque<Outgoing> batch) {
  while (!batch.empty()) {
    std::vector<std::string_view> texts;
    for (const Outgoing& message : batch) {
      if (message.kind != Outgoing::Kind::text) break;
      texts.push_back(message.text);
      log_.record(
          {clock_.now(), "openai", facts_.session_id, runtime::WireLog::Direction::to_bridge, message.text});
    }
    if (!texts.empty()) {
      const auto taken = co_await socket_->write_all(texts);
      if (!taken) co_return false;
      batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(texts.size()));
      continue;
    }
    if (batch.front().kind != Outgoing::Kind::ping) {
      Outgoing last = std::move(batch.front());
      auto ending = end(std::move(last));
      co_return co_await std::move(ending);
    }
    const auto sent = co_await socket_->ping(batch.front().text);
    if (!sent) co_return false;
    await_pong();
    batch.pop_front();
  }
  co_return true;
}

/// False: nothing follows.
asio::awaitable<bool> Connection::end(Outgoing last) {
  if (last.kind == Outgoing::Kind::half_open) co_return true;
  if (last.kind == Outgoing::Kind::abort) {
    socket_->abort();
  } else {
    const auto closed = co_await socket_->close(last.reason);
    if (!closed) socket_->abort();
  }
  co_return false;
}

}  // namespace simulators::openai
