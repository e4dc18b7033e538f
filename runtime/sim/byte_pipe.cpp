#include "runtime/sim/byte_pipe.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;

BytePipe::BytePipe(Loop& loop, LinkOptions options, std::uint64_t seed, std::function<void()> on_gone)
    : loop_(loop),
      link_(options, seed),
      window_(options.window_bytes),
      reader_(loop),
      writer_(loop),
      delivery_(loop, [this] { serve_reader(); }),
      on_gone_(std::move(on_gone)),
      departure_timer_(loop, [this] { watch_departure(); }) {}

void BytePipe::write_some(const net::Buffers& from, net::IoHandler done) {
  if (writer_dead_) return writer_.post(std::move(done), *writer_dead_, 0);
  if (asio::buffer_size(from) == 0) return writer_.post(std::move(done), {}, 0);
  if (const std::size_t bytes = take(from)) return writer_.post(std::move(done), {}, bytes);
  from_ = from;
  writer_.park(std::move(done));
}

std::size_t BytePipe::write_now(asio::const_buffer from) {
  if (writer_dead_) return 0;
  net::Buffers one;
  one.push_back(from);
  return take(one);
}

void BytePipe::read_some(asio::mutable_buffer into, net::IoHandler done) {
  if (reader_dead_) return reader_.post(std::move(done), *reader_dead_, 0);
  into_ = into;
  reader_.park(std::move(done));
  serve_reader();
}

/// Takes what fits into the window; returns how much that was.
std::size_t BytePipe::take(const net::Buffers& from) {
  const std::size_t room = window_ > unread_ ? window_ - unread_ : 0;
  const std::size_t bytes = std::min(room, asio::buffer_size(from));
  if (bytes == 0) return 0;
  Chunk chunk{link_.send(loop_.now()), std::string(bytes, '\0')};
  asio::buffer_copy(asio::buffer(chunk.bytes), from);
  unread_ += bytes;
  chunks_.push_back(std::move(chunk));
  serve_reader();
  return bytes;
}

bool BytePipe::delivered() const {
  if (chunks_.empty()) return false;
  const auto at = link_.delivery(chunks_.front().arrival);
  return at && *at <= loop_.now();
}

/// Completes the pending read if anything has been delivered, or sets the timer to when it will be.
void BytePipe::serve_reader() {
  if (!reader_.occupied() || chunks_.empty()) return;
  const auto at = link_.delivery(chunks_.front().arrival);
  if (!at) return delivery_.cancel();
  if (*at > loop_.now()) return delivery_.set(*at);
  delivery_.cancel();
  if (chunks_.front().bytes.empty()) return kill_reader(*end_);
  const std::size_t bytes = hand_over(into_);
  reader_.complete({}, bytes);
  unread_ -= bytes;
  serve_writer();
}

std::size_t BytePipe::hand_over(asio::mutable_buffer into) {
  const std::size_t wanted = into.size();
  while (into.size() > 0 && delivered() && !chunks_.front().bytes.empty()) {
    const std::string& bytes = chunks_.front().bytes;
    const std::size_t part = std::min(into.size(), bytes.size() - offset_);
    std::memcpy(into.data(), bytes.data() + offset_, part);
    into += part;
    offset_ += part;
    if (offset_ < bytes.size()) break;
    chunks_.pop_front();
    offset_ = 0;
  }
  return wanted - into.size();
}

void BytePipe::serve_writer() {
  if (!writer_.occupied()) return;
  if (const std::size_t bytes = take(from_)) writer_.complete({}, bytes);
}

void BytePipe::finish(error_code error) {
  if (!writer_dead_) kill_writer(asio::error::broken_pipe);
  if (end_) return;
  end_ = error;
  chunks_.push_back({link_.send(loop_.now()), {}});
  serve_reader();
}

void BytePipe::go(error_code error) {
  finish(error);
  if (departure_) return;
  departure_ = link_.send(loop_.now());
  watch_departure();
}

void BytePipe::watch_departure() {
  if (!departure_) return;
  const auto at = link_.delivery(*departure_);
  if (!at) return departure_timer_.cancel();
  if (*at > loop_.now()) return departure_timer_.set(*at);
  departure_timer_.cancel();
  on_gone_();
}

void BytePipe::kill_reader(error_code error) {
  reader_dead_ = error;
  reader_.complete(error, 0);
}

void BytePipe::kill_writer(error_code error) {
  writer_dead_ = error;
  writer_.complete(error, 0);
}

void BytePipe::set_window(std::size_t bytes) {
  window_ = bytes;
  serve_writer();
}

void BytePipe::stall(std::optional<TimePoint> until) {
  link_.stall(until);
  serve_reader();
  watch_departure();
}

void BytePipe::resume() {
  link_.resume();
  serve_reader();
  watch_departure();
}

void BytePipe::black_hole() {
  link_.black_hole();
  serve_reader();
  watch_departure();
}

}  // namespace runtime::sim
