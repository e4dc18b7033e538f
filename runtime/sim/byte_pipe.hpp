#pragma once
#include "runtime/net/byte_stream.hpp"
#include "runtime/sim/link.hpp"
#include "runtime/sim/loop.hpp"
#include "runtime/sim/parked.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace runtime::sim {

/// One direction of a connection at byte level: what TCP is to the two programs. A write takes what fits
/// into the window; a read returns what has arrived.
class BytePipe {
 public:
  /// `on_gone` is called when it has reached the reader's host that the writer's stream is gone.
  BytePipe(Loop& loop, LinkOptions options, std::uint64_t seed, std::function<void()> on_gone);

  /// Where the two programs run.
  void reader_runs_on(boost::asio::any_io_executor executor) { reader_.runs_on(std::move(executor)); }
  void writer_runs_on(boost::asio::any_io_executor executor) { writer_.runs_on(std::move(executor)); }

  void write_some(const net::Buffers& from, net::IoHandler done);
  /// What fits into the window at this moment.
  std::size_t write_now(boost::asio::const_buffer from);
  void read_some(boost::asio::mutable_buffer into, net::IoHandler done);
  /// No more bytes from the writer; the reader gets `error` behind the data (eof, connection_reset).
  void finish(error_code error);
  /// The writer's stream is gone: finish(), and what the reader's host sends the other way is refused.
  void go(error_code error);

  /// Pending and future operations of that side end with `error`.
  void kill_reader(error_code error);
  void kill_writer(error_code error);
  /// Bytes taken and not yet read by the peer's program.
  std::size_t unread() const { return unread_; }

  void set_window(std::size_t bytes);
  void stall(std::optional<TimePoint> until);
  void resume();
  void black_hole();

 private:
  struct Chunk {
    TimePoint arrival;
    std::string bytes;  // empty: the end
  };
  std::size_t take(const net::Buffers& from);
  std::size_t hand_over(boost::asio::mutable_buffer into);
  bool delivered() const;
  void serve_reader();
  void serve_writer();
  void watch_departure();

  Loop& loop_;
  Link link_;
  std::size_t window_;
  std::size_t unread_ = 0;
  std::deque<Chunk> chunks_;
  std::size_t offset_ = 0;  // into the first chunk
  std::optional<error_code> end_;
  std::optional<error_code> reader_dead_;
  std::optional<error_code> writer_dead_;
  ParkedIo reader_;
  boost::asio::mutable_buffer into_;
  ParkedIo writer_;
  net::Buffers from_;
  Loop::Timer delivery_;
  std::function<void()> on_gone_;
  std::optional<TimePoint> departure_;  // when the news arrives
  Loop::Timer departure_timer_;
};

}  // namespace runtime::sim
