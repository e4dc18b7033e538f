#include "runtime/sim/message_pipe.hpp"

#include <algorithm>
#include <utility>

namespace runtime::sim {
namespace {
constexpr std::size_t kSpareTexts = 16;  // kept per direction
}

MessagePipe::MessagePipe(Loop& loop, LinkOptions options, std::uint64_t seed,
                         std::function<void()> on_hang_up)
    : readable(loop),
      discardable(loop),
      room(loop),
      room_for_close(loop),
      loop_(loop),
      link_(options, seed),
      window_(options.window_bytes),
      delivery_(loop, [this] { look(); }),
      on_hang_up_(std::move(on_hang_up)),
      hang_up_(loop, [this] { watch_hang_up(); }) {}

bool MessagePipe::takes(std::size_t bytes) const {
  if (window_ == 0) return false;  // a window of zero takes nothing, ever: not even one message alone
  return unread_ == 0 || unread_ + bytes <= window_;
}

void MessagePipe::send(FlightKind kind, std::string_view text, std::size_t bytes, std::uint16_t close_code) {
  std::string copy;
  if (!spare_.empty()) {
    copy = std::move(spare_.back());
    spare_.pop_back();
  }
  copy.assign(text);
  unread_ += bytes;
  flights_.push_back({link_.send(loop_.now()), kind, close_code, bytes, std::move(copy)});
  // Whoever waits for an earlier one has set the timer already; whoever comes later calls expect().
  if (flights_.size() == 1 && (readable.occupied() || discardable.occupied())) look();
}

void MessagePipe::hang_up(FlightKind kind) {
  if (hanging_up_) return;
  hanging_up_ = Flight{link_.send(loop_.now()), kind, 0, 0, {}};
  flights_.push_back(*hanging_up_);
  if (flights_.size() == 1) look();
  watch_hang_up();
}

const Flight* MessagePipe::front() const {
  if (flights_.empty()) return nullptr;
  const auto at = link_.delivery(flights_.front().arrival);
  return at && *at <= loop_.now() ? &flights_.front() : nullptr;
}

Flight MessagePipe::take(std::string text) {
  if (spare_.size() < kSpareTexts) spare_.push_back(std::move(text));
  Flight flight = std::move(flights_.front());
  flights_.pop_front();
  unread_ -= flight.bytes;
  wake_writers();
  return flight;
}

void MessagePipe::expect() {
  look();
}

void MessagePipe::set_window(std::size_t bytes) {
  window_ = bytes;
  wake_writers();
}

void MessagePipe::stall(std::optional<TimePoint> until) {
  link_.stall(until);
  look();
  watch_hang_up();
}

void MessagePipe::resume() {
  link_.resume();
  look();
  watch_hang_up();
}

void MessagePipe::black_hole() {
  link_.black_hole();
  look();
  watch_hang_up();
}

void MessagePipe::wake_all() {
  readable.wake();
  discardable.wake();
  wake_writers();
}

void MessagePipe::wake_writers() {
  room.wake();
  room_for_close.wake();
}

/// Wakes who waits for what has been delivered, or sets the timer to when it will be.
void MessagePipe::look() {
  if (flights_.empty()) return;
  const auto at = link_.delivery(flights_.front().arrival);
  if (!at) return delivery_.cancel();
  if (*at > loop_.now()) return delivery_.set(*at);
  delivery_.cancel();
  readable.wake();
  discardable.wake();
}

void MessagePipe::watch_hang_up() {
  if (!hanging_up_ || hung_up_) return;
  const auto at = link_.delivery(hanging_up_->arrival);
  if (!at) return hang_up_.cancel();
  if (*at > loop_.now()) return hang_up_.set(*at);
  hung_up_ = hanging_up_->kind;
  on_hang_up_();
}

}  // namespace runtime::sim
