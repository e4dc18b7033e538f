#include "scenarios/engine/lag.hpp"

#include <algorithm>

namespace scenarios::engine {
namespace {
constexpr std::size_t kMostKept = 100'000;  // half an hour of nothing but lateness
}  // namespace

void LagRecord::note(runtime::TimePoint at, runtime::Duration late) {
  if (late <= kMostLag) return;
  if (late_.size() == kMostKept) late_.pop_front();
  late_.push_back({at, late});
}

runtime::Duration LagRecord::worst(runtime::TimePoint from, runtime::TimePoint to) const {
  runtime::Duration worst{0};
  for (const auto& late : late_) {
    if (late.at >= from && late.at - late.by <= to) worst = std::max(worst, late.by);
  }
  return worst;
}

}  // namespace scenarios::engine
