#include "bridge/call/hold.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::TimePoint;

namespace {
constexpr std::size_t kPiece = 1600;         // 200 ms
constexpr runtime::Duration kAhead = 200ms;  // a piece is handed over before the last one has ended
}  // namespace

void Hold::begin(TimePoint now) {
  if (!since_) since_ = now;
}

void Hold::end() {
  if (!std::exchange(since_, std::nullopt)) return;
  if (next_ > 0) speaker_.end_response(kHold);
  next_ = 0;
}

void Hold::tick(TimePoint now) {
  if (!retry_.hold || retry_.hold->mulaw.empty() || !since_) return;
  const std::string_view clip = retry_.hold->mulaw;
  // What is still being played of the last session comes first.
  const TimePoint silent_from = std::max(*since_, next_ == 0 ? speaker_.playing_until() : *since_);
  if (now - silent_from < retry_.hold_after) return;
  filled_until_ = std::max(filled_until_, now);
  while (filled_until_ < now + kAhead) {
    const auto piece = clip.substr(next_ % clip.size(), kPiece);
    (void)speaker_.push(Part{kHold, {}, 0, Source::clip}, piece, now);
    next_ += piece.size();
    filled_until_ += runtime::mulaw_length(piece.size());
  }
}

}  // namespace bridge::call
