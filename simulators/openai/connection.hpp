#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/core/wire_log.hpp"
#include "runtime/net/frame_control.hpp"
#include "runtime/net/message_socket.hpp"
#include "simulators/openai/session.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>

namespace simulators::openai {

/// Carries one session's messages: one coroutine reads, one writes what is due. Owned by the serving task.
class Connection {
 public:
  /// `session` nullptr: what `outlet` holds already is sent, a close frame at its end, and that is all.
  Connection(boost::asio::any_io_executor executor, runtime::Clock& clock, runtime::WireLog& log,
             SessionFacts& facts, Outlet& outlet, Session* session,
             std::unique_ptr<runtime::net::MessageSocket> socket);
  /// To the end of the connection.
  boost::asio::awaitable<void> run();

  /// Something was put into the outlet from outside.
  void wake() { work_.notify(); }
  /// Nothing is sent before `until`.
  void stall(TimePoint until);

 private:
  void shape_frames();
  boost::asio::awaitable<void> read();
  boost::asio::awaitable<bool> wait_to_read();
  boost::asio::awaitable<void> write();
  boost::asio::awaitable<bool> send(std::deque<Outgoing> batch);
  boost::asio::awaitable<bool> end(Outgoing last);
  boost::asio::awaitable<bool> wait_for_work();
  boost::asio::awaitable<bool> sit_out();
  std::optional<TimePoint> next_due() const;
  void await_pong();
  void look_for_pong();

  runtime::Clock& clock_;
  runtime::WireLog& log_;
  SessionFacts& facts_;
  Outlet& outlet_;
  Session* session_;
  std::unique_ptr<runtime::net::MessageSocket> socket_;
  runtime::net::FrameControl* const frames_;  // of that socket; null: it has none
  runtime::Signal work_;
  std::optional<TimePoint> waiting_until_;  // what the writer sleeps for
  std::optional<TimePoint> stalled_until_;
  std::uint64_t pings_sent_ = 0;
  std::uint64_t pongs_wanted_ = 0;    // by then
  std::optional<TimePoint> pong_by_;  // absent: none is waited for
  bool ended_ = false;
};

}  // namespace simulators::openai
