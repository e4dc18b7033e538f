#include "simulators/twilio/coverage.hpp"

#include <algorithm>

namespace simulators::twilio {

void Coverage::add(Part part) {
  part = {std::max(part.begin, from_), std::min(part.end, to_)};
  if (part.begin >= part.end) return;
  if (parts_.empty()) first_ = part.begin;
  const auto touching = [&part](const Part& other) {
    return other.begin <= part.end && part.begin <= other.end;
  };
  for (const Part& other : parts_) {
    if (touching(other)) part = {std::min(part.begin, other.begin), std::max(part.end, other.end)};
  }
  std::erase_if(parts_, touching);
  parts_.insert(std::upper_bound(parts_.begin(), parts_.end(), part,
                                 [](const Part& a, const Part& b) { return a.begin < b.begin; }),
                part);
}

std::size_t Coverage::samples() const {
  std::size_t sum = 0;
  for (const Part& part : parts_) sum += part.end - part.begin;
  return sum;
}

}  // namespace simulators::twilio
