#pragma once
#include "runtime/sim/link.hpp"
#include "runtime/sim/loop.hpp"
#include "runtime/sim/parked.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::sim {

/// What travels at message level. `end` and `reset` are TCP's FIN and RST; `head` stands for an HTTP request
/// or response, whose contents the connection keeps.
enum class FlightKind : std::uint8_t { message, ping, pong, head, close_frame, end, reset };

struct Flight {
  TimePoint arrival;
  FlightKind kind = FlightKind::message;
  std::uint16_t close_code = 0;
  std::size_t bytes = 0;  // of the window
  std::string text;       // the message, or the close frame's reason
};

/// One direction of a connection at message level: a queue in flight, its window, and the places where the
/// two programs wait for it. One timer serves all that is in flight.
class MessagePipe {
 public:
  /// `on_hang_up` is called when the writer's `end` or `reset` has reached the reader's host.
  MessagePipe(Loop& loop, LinkOptions options, std::uint64_t seed, std::function<void()> on_hang_up);

  /// False: the writer has to wait in `room` (or, with a close frame, in `room_for_close`).
  bool takes(std::size_t bytes) const;
  void send(FlightKind kind, std::string_view text, std::size_t bytes, std::uint16_t close_code = 0);
  /// Neither `end` nor `reset` needs room. The first one counts.
  void hang_up(FlightKind kind);
  /// Bytes taken and not yet read by the peer's program.
  std::size_t unread() const { return unread_; }

  /// The first thing in flight, if it has been delivered by now.
  const Flight* front() const;
  /// Takes the front away and gives its room back. `text` is swapped, so that its memory is used again.
  Flight take(std::string text);
  /// To be called before waiting in `readable` or `discardable`.
  void expect();
  /// What the writer's `hang_up` was, once it has reached the reader's host.
  std::optional<FlightKind> hung_up() const { return hung_up_; }

  void set_window(std::size_t bytes);
  void stall(std::optional<TimePoint> until);
  void resume();
  void black_hole();
  /// Everybody who waits here looks again: the connection has changed.
  void wake_all();

  Parked readable;        // the reader, for delivery
  Parked discardable;     // the reader's close(), which reads what nobody else does
  Parked room;            // the writer
  Parked room_for_close;  // the writer's close frame, behind what is being written

 private:
  void wake_writers();
  void look();
  void watch_hang_up();

  Loop& loop_;
  Link link_;
  std::size_t window_;
  std::size_t unread_ = 0;
  std::deque<Flight> flights_;
  std::vector<std::string> spare_;  // capacity to use again
  Loop::Timer delivery_;
  std::function<void()> on_hang_up_;
  Loop::Timer hang_up_;
  std::optional<Flight> hanging_up_;
  std::optional<FlightKind> hung_up_;
};

}  // namespace runtime::sim
