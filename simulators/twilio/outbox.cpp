#include "simulators/twilio/outbox.hpp"

#include <utility>

namespace simulators::twilio {

std::span<const std::string_view> Outbox::take(TimePoint arrived) {
  writing_.clear();
  std::swap(filling_, writing_);
  std::size_t due = writing_.seals.size();
  while (due > 0 && writing_.seals[due - 1].due > arrived) --due;
  put_back(due);
  views_.clear();
  std::size_t begin = 0;
  for (const Seal& seal : writing_.seals) {
    views_.push_back(std::string_view(writing_.text).substr(begin, seal.end - begin));
    begin = seal.end;
  }
  return views_;
}

/// All from the message number `count` on is not due yet.
void Outbox::put_back(std::size_t count) {
  const std::size_t end = count == 0 ? 0 : writing_.seals[count - 1].end;
  for (std::size_t i = count; i < writing_.seals.size(); ++i) {
    Seal seal = writing_.seals[i];
    seal.end -= end;
    filling_.seals.push_back(seal);
    if (!seal.caller_frame) continue;
    ++filling_.frames;
    --writing_.frames;
  }
  filling_.text.append(writing_.text, end);
  writing_.text.resize(end);
  writing_.seals.resize(count);
}

}  // namespace simulators::twilio
