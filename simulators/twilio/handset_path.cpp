#include "simulators/twilio/handset_path.hpp"

#include "runtime/core/units.hpp"

#include <algorithm>
#include <utility>

namespace simulators::twilio {

Caller::Slot HandsetPath::to_twilio(const Caller::Slot& slot) {
  if (slots_ == 0) return slot;
  voice_.push_back({slot, std::string(slot.mulaw)});
  Caller::Slot idle;
  idle.dead = slot.dead;
  if (std::cmp_less_equal(voice_.size(), slots_)) return idle;
  spoken_ = std::move(voice_.front());
  voice_.pop_front();
  spoken_.slot.mulaw = spoken_.mulaw;
  return spoken_.slot;
}

void HandsetPath::to_phone(TimePoint at, std::string_view mulaw, TimePoint arrived) {
  if (slots_ == 0) return hear_(at, mulaw, arrived);
  sounds_.push_back({at + delay(), std::string(mulaw), arrived});
}

void HandsetPath::advance(TimePoint now) {
  while (!sounds_.empty()) {
    const Sound& sound = sounds_.front();
    if (sound.at + runtime::mulaw_length(sound.mulaw.size()) > now) return;
    hear_(sound.at, sound.mulaw, sound.arrived);
    sounds_.pop_front();
  }
}

void OutboundTrack::played(TimePoint at, std::string_view mulaw) {
  pieces_.push_back({at, std::string(mulaw)});
}

std::string_view OutboundTrack::slot(TimePoint begins, runtime::Random& random) {
  slot_.clear();
  Caller::append_noise(slot_, random, Caller::kSlotBytes);
  const TimePoint ends = begins + Caller::kSlot;
  for (const Piece& piece : pieces_) {
    // Both count from the slot's begin, in samples; a piece may begin between two.
    const auto from = std::chrono::floor<runtime::Samples8k>(piece.at - begins).count();
    const auto first = std::max<std::int64_t>(from, 0);
    const auto last = std::min(from + static_cast<std::int64_t>(piece.mulaw.size()),
                               static_cast<std::int64_t>(Caller::kSlotBytes));
    if (first >= last) continue;
    const auto count = static_cast<std::size_t>(last - first);
    slot_.replace(static_cast<std::size_t>(first), count, piece.mulaw, static_cast<std::size_t>(first - from),
                  count);
  }
  std::erase_if(pieces_, [ends](const Piece& piece) {
    return piece.at + runtime::mulaw_length(piece.mulaw.size()) <= ends;
  });
  return slot_;
}

}  // namespace simulators::twilio
