#include "simulators/twilio/ears.hpp"

#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>

namespace simulators::twilio {
using runtime::Duration;
using runtime::Samples8k;
using runtime::TimePoint;
namespace {
constexpr std::size_t kWindow = 160;
constexpr Duration kWindowLength = std::chrono::milliseconds(20);
constexpr Duration kContiguous = std::chrono::milliseconds(1);  // less is one piece to an ear
}  // namespace

Ears::Ears(TimePoint answered, const std::vector<KnownSound>& sounds)
    : answered_(answered), recogniser_(sounds, measured_), last_sound_end_(answered) {}

void Ears::bot(TimePoint at, std::string_view mulaw, TimePoint arrived) {
  if (piece_end_ && at - *piece_end_ >= kContiguous) {
    finish_window();
    if (last_loud()) open_gap_ = std::max(open_gap_.value_or(Duration(0)), at - *piece_end_);
  }
  piece_end_ = at + runtime::mulaw_length(mulaw.size());
  while (!mulaw.empty()) {
    if (window_.empty()) {
      window_begin_ = at;
      window_arrived_ = arrived;
    }
    const auto taken = mulaw.substr(0, kWindow - window_.size());
    window_.append(taken);
    at += runtime::mulaw_length(taken.size());
    mulaw.remove_prefix(taken.size());
    if (window_.size() == kWindow) finish_window();
  }
}

void Ears::finish_window() {
  if (window_.empty()) return;
  const Span window{window_begin_, window_begin_ + runtime::mulaw_length(window_.size())};
  const bool is_loud = runtime::audio::audible_mulaw(window_);
  if (is_loud) loud(window);
  const bool follows = window_end_ && window.begin - *window_end_ < kContiguous;
  recogniser_.window(window_, follows, is_loud, window.begin - answered_);
  window_end_ = window.end;
  window_.clear();
}

void Ears::loud(Span window) {
  measured_.heard_speech += window.end - window.begin;
  if (!measured_.first_audio) measured_.first_audio = window.begin - answered_;
  auto& utterances = measured_.utterances;
  const auto pause = utterances.empty() ? Duration::max() : window.begin - utterances.back().end;
  const bool caller_between = caller_last_ && !utterances.empty() && *caller_last_ > utterances.back().end;
  if (open_gap_ && pause <= kLongestUnderrun && !caller_between) {
    measured_.longest_gap = std::max(measured_.longest_gap, *open_gap_);
    ++measured_.underruns;
  }
  open_gap_.reset();
  const bool begins = pause > kUtterancePause;
  if (begins) {
    utterance_over(true);
    utterances.push_back({window.begin, window.end});
  } else {
    utterances.back().end = window.end;
  }
  in_utterance_ = true;
  level_.window(window_, begins);
  interruptions_.bot({window.begin, window.end}, utterances.back(), window_arrived_);
  bot_pending_.push_back(window);
}

void Ears::utterance_over(bool by_itself) {
  if (!in_utterance_) return;
  in_utterance_ = false;
  level_.utterance_over(by_itself && !interruptions_.interrupted(measured_.utterances.back()));
}

void Ears::finish(bool by_caller) {
  finish_window();
  utterance_over(!by_caller);
}

void Ears::caller(TimePoint begin, TimePoint end) {
  caller_last_ = end;
  interruptions_.caller(begin, end, kUtterancePause);
  if (!caller_pending_.empty() && caller_pending_.back().end == begin) {
    caller_pending_.back().end = end;
  } else {
    caller_pending_.push_back({begin, end});
  }
}

void Ears::settle_sound(Span sound) {
  settled_silence_ = std::max(settled_silence_, sound.begin - last_sound_end_);
  last_sound_end_ = std::max(last_sound_end_, sound.end);
}

void Ears::settle(TimePoint until) {
  std::vector<Span> sounds;
  const auto settled_bot = [until](const Span& span) { return span.end <= until; };
  for (const Span& bot : bot_pending_) {
    if (!settled_bot(bot)) continue;
    for (const Span& caller : caller_pending_) {
      measured_.talk_over +=
          std::max(std::min(bot.end, caller.end) - std::max(bot.begin, caller.begin), Duration(0));
    }
    sounds.push_back(bot);
  }
  std::erase_if(bot_pending_, settled_bot);
  // A caller's span is kept as long as a window of the bot may still fall into it.
  const TimePoint certain = until - kWindowLength;
  for (const Span& caller : caller_pending_) {
    if (caller.begin < certain) sounds.push_back({caller.begin, std::min(caller.end, certain)});
  }
  std::erase_if(caller_pending_, [certain](const Span& span) { return span.end <= certain - kWindowLength; });
  std::sort(sounds.begin(), sounds.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  for (const Span& sound : sounds) settle_sound(sound);
}

void Ears::advance(TimePoint now) {
  now_ = now;
  if (piece_end_ && now - *piece_end_ >= kContiguous) finish_window();
  if (last_loud() && now - *last_loud() > kUtterancePause) utterance_over(true);
  settle(now);
  measured_.longest_silence = std::max(settled_silence_, now - std::max(last_sound_end_, answered_));
}

bool Ears::bot_speaking() const {
  return last_loud() && now_ - *last_loud() <= 2 * kWindowLength;
}

std::optional<TimePoint> Ears::utterance_began() const {
  if (measured_.utterances.empty()) return std::nullopt;
  return measured_.utterances.back().begin;
}

std::optional<TimePoint> Ears::last_loud() const {
  if (measured_.utterances.empty()) return std::nullopt;
  return measured_.utterances.back().end;
}

const HeardSound* Ears::sound(std::string_view name) const {
  const auto& sounds = measured_.sounds;
  const auto found =
      std::find_if(sounds.begin(), sounds.end(), [name](const auto& sound) { return sound.name == name; });
  return found == sounds.end() ? nullptr : &*found;
}

}  // namespace simulators::twilio
