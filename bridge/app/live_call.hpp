#pragma once
#include "bridge/call/tally.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace bridge::app {

/// What the thread of a streaming call and the rest of the process tell one another of it, without a lock:
/// that thread is the one that sends the call's audio.
class LiveCall {
 public:
  /// By the call's own thread.
  void publish(const call::Tally& tally) {
    for (std::size_t i = 0; i < kFields.size(); ++i)
      carried_[i].store(tally.*kFields[i], std::memory_order_relaxed);
  }
  bool end_asked() const { return end_asked_.load(std::memory_order_relaxed); }

  /// By anybody. The fields are each as of the last publish(), or of the one before.
  call::Tally carried() const {
    call::Tally tally;
    for (std::size_t i = 0; i < kFields.size(); ++i)
      tally.*kFields[i] = carried_[i].load(std::memory_order_relaxed);
    return tally;
  }
  void ask_to_end() { end_asked_.store(true, std::memory_order_relaxed); }

 private:
  using Tally = call::Tally;
  static constexpr std::array kFields{&Tally::frames_from_caller, &Tally::appends_to_model,
                                      &Tally::deltas_from_model,  &Tally::frames_to_caller,
                                      &Tally::marks_from_twilio,  &Tally::clears_to_twilio};
  static_assert(sizeof(Tally) == kFields.size() * sizeof(std::uint64_t), "a field is not published");

  std::array<std::atomic<std::uint64_t>, kFields.size()> carried_{};
  std::atomic<bool> end_asked_{false};
};

}  // namespace bridge::app
