#include "simulators/twilio/interruptions.hpp"

#include <algorithm>

namespace simulators::twilio {
using runtime::Duration;
using runtime::TimePoint;

void Interruptions::caller(TimePoint begin, TimePoint end, Duration pause) {
  if (!spoke_ || begin - *spoke_ >= pause) {
    began_ = begin;
    counted_ = false;
    if (!measured_.utterances.empty()) extend(measured_.utterances.back());
  }
  spoke_ = end;
}

void Interruptions::bot(const Utterance& window, const Utterance& of, TimePoint arrived) {
  if (!began_ || window.end <= *began_) return;
  extend(of);
  if (arrived < *began_) measured_.stale += window.end - std::max(window.begin, *began_);
}

bool Interruptions::interrupted(const Utterance& utterance) const {
  return began_ && utterance.begin < *began_ && *began_ < utterance.end;
}

void Interruptions::extend(const Utterance& of) {
  if (!interrupted(of)) return;
  if (!counted_) ++measured_.interruptions;
  counted_ = true;
  measured_.kept_talking = std::max(measured_.kept_talking, of.end - *began_);
}

}  // namespace simulators::twilio
