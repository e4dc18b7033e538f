#include "bridge/call/marks.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;

namespace {
constexpr runtime::Samples8k kEvidence{3200};  // 400 ms
constexpr Duration kFrame = 20ms;              // Twilio plays frame by frame: an echo may round by one
constexpr std::size_t kMostOutstanding = 1024;
}  // namespace

std::string MarkLedger::name_next(ResponseNo response) {
  return "r" + std::to_string(response) + "." + std::to_string(++next_);
}

void MarkLedger::taken(Mark mark) {
  if (outstanding_.size() == kMostOutstanding) {
    outstanding_.pop_front();
    if (looked_at_ > 0) --looked_at_;
  }
  outstanding_.push_back(std::move(mark));
}

void MarkLedger::cleared(TimePoint now) {
  for (auto& mark : outstanding_) mark.flushed = mark.flushed || mark.played_by > now;
}

bool MarkLedger::qualifies(const Mark& mark) {
  return mark.response != 0 && (mark.ahead >= kEvidence || mark.last);
}

MarkLedger::Echoed MarkLedger::echoed(std::string_view name, TimePoint now) {
  const auto found =
      std::find_if(outstanding_.begin(), outstanding_.end(), [&](const Mark& m) { return m.name == name; });
  if (found == outstanding_.end()) return {};
  Mark mark = std::move(*found);
  if (found - outstanding_.begin() < static_cast<std::ptrdiff_t>(looked_at_)) --looked_at_;
  outstanding_.erase(found);
  Echo how = Echo::played;
  if (mark.response == 0) {
    how = Echo::calibration;
  } else if (mark.flushed) {
    how = Echo::cleared;
  } else if (now + kFrame < mark.played_by) {
    how = Echo::early;
  }
  if (how == Echo::calibration || how == Echo::played) {
    const Duration trip = std::max<Duration>(now - std::max(mark.taken_at, mark.played_by), 0ns);
    round_trip_ = std::min(round_trip_.value_or(trip), trip);
  }
  return {how, std::move(mark)};
}

const MarkLedger::Mark* MarkLedger::overdue(TimePoint now) {
  const Duration patience = std::max<Duration>(2s, 4 * round_trip_.value_or(0ns));
  while (looked_at_ < outstanding_.size()) {
    const auto& mark = outstanding_[looked_at_];
    const bool tells = !mark.flushed && qualifies(mark);
    if (tells && mark.played_by + patience >= now) return nullptr;  // later ones are played later
    ++looked_at_;
    if (tells) return &mark;
  }
  return nullptr;
}

}  // namespace bridge::call
