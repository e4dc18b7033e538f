#include "simulators/twilio/gatherer.hpp"

#include "simulators/twilio/caller.hpp"

namespace simulators::twilio {

void Gatherer::take_key(TimePoint at, char key) {
  interrupted_ = true;
  listens_since_ = at;
  if (verb_.finish_on_key.find(key) != std::string::npos) {
    gathered_.finished_on = std::string(1, key);
    outcome_ = gathered_;
    return;
  }
  gathered_.digits += key;
  if (verb_.num_digits != 0 && gathered_.digits.size() >= verb_.num_digits) outcome_ = gathered_;
}

void Gatherer::take_speech(TimePoint at, bool loud, std::string_view words) {
  if (loud) {
    if (!speech_began_) speech_began_ = at;
    last_loud_ = at + Caller::kSlot;
    interrupted_ = interrupted_ || verb_.barge_in;
    if (!words.empty() && words != last_words_) {
      last_words_ = words;
      gathered_.speech += (gathered_.speech.empty() ? "" : " ") + last_words_;
    }
  }
  if (!speech_began_) return;
  const Duration silence = verb_.speech_timeout > Duration(0) ? verb_.speech_timeout : kAutoSilence;
  if (at - last_loud_ >= silence || at - *speech_began_ >= verb_.max_speech) outcome_ = gathered_;
}

void Gatherer::slot(TimePoint begins, bool loud, char key, std::string_view words) {
  if (outcome_) return;
  if (verb_.dtmf && key != 0) return take_key(begins, key);
  if (verb_.speech && gathered_.digits.empty()) take_speech(begins, loud, words);
  if (outcome_ || speech_began_ || !listens_since_) return;
  if (begins - *listens_since_ >= verb_.timeout) outcome_ = gathered_;
}

}  // namespace simulators::twilio
