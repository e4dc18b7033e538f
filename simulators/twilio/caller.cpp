#include "simulators/twilio/caller.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/audio/synth.hpp"
#include "runtime/core/overloaded.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace {

/// Its edges are exact to a window.
constexpr double kWholeByShape = 0.98;

Duration pressing_time(const Press& press) {
  const auto keys = static_cast<int>(press.keys.size());
  return keys == 0 ? Duration(0) : keys * press.tone + (keys - 1) * press.gap;
}

std::string milliseconds(Duration length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()) + "ms";
}

std::string_view to_string(WaitFor::What what) {
  switch (what) {
    case WaitFor::What::bot_speaking:
      return "bot_speaking";
    case WaitFor::What::bot_finished:
      return "bot_finished";
    case WaitFor::What::heard_anything:
      return "heard_anything";
    case WaitFor::What::heard_sound:
      return "heard";
    case WaitFor::What::silence:
      return "silence";
    case WaitFor::What::call_ended:
      return "call_ended";
  }
  return "?";
}

}  // namespace

std::string describe(const Step& step) {
  return std::visit(
      runtime::Overloaded{
          [](const Wait& s) { return "wait " + milliseconds(s.length); },
          [](const Say& s) { return "say " + s.label; },
          [](const Silence& s) { return "silence " + milliseconds(s.length); },
          [](const Press& s) { return "press " + s.keys; },
          [](const Listen& s) {
            return "listen " + (s.length ? milliseconds(*s.length) : std::string("until_call_ends"));
          },
          [](const WaitFor& s) {
            return "wait_for " + std::string(to_string(s.what)) + (s.sound.empty() ? "" : " " + s.sound);
          },
          [](const WaitUntil& s) { return "wait_until " + milliseconds(s.at); },
          [](const NoPackets& s) { return "no_packets " + milliseconds(s.length); },
          [](const HangUp&) { return std::string("hang_up"); },
      },
      step.action);
}

Caller::Caller(const CallPlan& plan, runtime::Random& random, std::vector<StepFacts>& steps, OnStep began,
               OnStep ended)
    : plan_(plan), random_(random), steps_(steps), began_(std::move(began)), ended_(std::move(ended)) {
  for (const Step& step : plan_.caller) {
    StepFacts facts;
    facts.index = steps_.size();
    facts.as = step.as;
    facts.what = describe(step);
    steps_.push_back(std::move(facts));
  }
}

void Caller::step_begins(TimePoint at) {
  running_ = true;
  step_began_ = at;
  position_ = 0;
  key_tones_.clear();
  steps_[at_step_].began_at = at;
  if (const auto* until = std::get_if<WaitUntil>(&plan_.caller[at_step_].action))
    steps_[at_step_].late = std::max(Duration(0), at - script_began_ - until->at);
  began_(steps_[at_step_]);
}

void Caller::step_ends(TimePoint at) {
  running_ = false;
  const auto& action = plan_.caller[at_step_].action;
  const auto* wait = std::get_if<WaitFor>(&action);
  if (std::holds_alternative<Say>(action) || std::holds_alternative<Press>(action) ||
      (wait != nullptr && wait->what == WaitFor::What::bot_finished)) {
    last_turn_ended_ = at;
  }
  steps_[at_step_].ended_at = at;
  ended_(steps_[at_step_]);
  ++at_step_;
}

void Caller::call_ended(TimePoint at) {
  begun_ = false;
  if (running_) step_ends(at);
}

Caller::Slot Caller::next(TimePoint at, const Ears& ears) {
  Slot slot;
  while (begun_) {
    if (at_step_ == plan_.caller.size()) {
      slot.hung_up = true;
      break;
    }
    if (!running_) step_begins(at);
    if (!begun_) break;  // who heard of it hung up
    const Step& step = plan_.caller[at_step_];
    if (const auto* keys = std::get_if<Press>(&step.action)) press(*keys, at, slot);
    if (!over(step, at, ears)) break;
    const bool hangs_up = std::holds_alternative<HangUp>(step.action);
    step_ends(at);
    if (hangs_up) at_step_ = plan_.caller.size();
    if (slot.key != 0) break;  // one key a slot; the next step begins with the next
  }
  const bool speaking = running_ && std::holds_alternative<Say>(plan_.caller[at_step_].action);
  if (speaking) {
    speak(std::get<Say>(plan_.caller[at_step_].action), slot);
  } else if (slot.mulaw.empty()) {
    idle(at, slot);
  }
  slot.dead = plan_.packets == Packets::none ||
              (running_ && std::holds_alternative<NoPackets>(plan_.caller[at_step_].action));
  if (slot.dead) slot.mulaw = {};
  return slot;
}

bool Caller::over(const Step& step, TimePoint at, const Ears& ears) {
  const auto passed = at - step_began_;
  return std::visit(
      runtime::Overloaded{
          [&](const Wait& s) { return passed >= s.length; },
          [&](const Say& s) { return position_ >= s.clip.mulaw.size(); },
          [&](const Silence& s) { return passed >= s.length; },
          [&](const Press& s) { return passed >= pressing_time(s) && position_ >= s.keys.size(); },
          [&](const Listen& s) { return s.length && passed >= *s.length; },
          [&](const WaitFor& s) {
            if (waited_for(s, at, ears)) return true;
            steps_[at_step_].timed_out = passed >= s.at_most;
            return steps_[at_step_].timed_out;
          },
          [&](const HangUp&) { return true; },
          [&](const WaitUntil& s) { return at - script_began_ >= s.at; },
          [&](const NoPackets& s) { return passed >= s.length; },
      },
      step.action);
}

bool Caller::waited_for(const WaitFor& wait, TimePoint at, const Ears& ears) {
  switch (wait.what) {
    case WaitFor::What::bot_speaking:
      return ears.bot_speaking() && at - *ears.utterance_began() >= wait.lasting;
    case WaitFor::What::bot_finished:
      return ears.heard_anything() && (!last_turn_ended_ || *ears.last_loud() > *last_turn_ended_) &&
             at - *ears.last_loud() >= wait.quiet;
    case WaitFor::What::heard_anything:
      return ears.heard_anything();
    case WaitFor::What::heard_sound: {
      const HeardSound* sound = ears.sound(wait.sound);
      if (sound == nullptr || sound->resembled == Duration(0)) return false;
      if (sound->resembled >= wait.lasting || sound->share >= 1) return true;
      return sound->heard < sound->resembled && sound->resembled_share >= kWholeByShape;
    }
    case WaitFor::What::silence:
      return at - std::max(step_began_, ears.last_loud().value_or(step_began_)) >= wait.lasting;
    case WaitFor::What::call_ended:
      return false;
  }
  return false;
}

void Caller::speak(const Say& say, Slot& slot) {
  const auto part = std::string_view(say.clip.mulaw).substr(position_, kSlotBytes);
  position_ += part.size();
  slot.kind = TimedAudio::Kind::speech;
  slot.mulaw = part;
  slot.loud = runtime::audio::audible_mulaw(part);
  if (part.size() == kSlotBytes) return;
  frame_.assign(part);
  frame_.resize(kSlotBytes, runtime::audio::kMulawSilence);
  slot.mulaw = frame_;
}

void Caller::press(const Press& press, TimePoint at, Slot& slot) {
  if (position_ >= press.keys.size()) return;
  const auto index = static_cast<int>(position_);
  const auto tone_begins = step_began_ + index * (press.tone + press.gap);
  if (at < tone_begins + (plan_.knobs.keys_at_tone_start ? Duration(0) : press.tone)) return;
  slot.key = press.keys[position_++];
}

void Caller::append_noise(std::string& out, runtime::Random& random, std::size_t bytes) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    if (i % 64 == 0) bits = random.next();
    out.push_back((bits & 1U) != 0 ? runtime::audio::kMulawSilence : '\x7F');
    bits >>= 1U;
  }
}

void Caller::idle(TimePoint at, Slot& slot) {
  frame_.clear();
  const auto* pressing = running_ ? std::get_if<Press>(&plan_.caller[at_step_].action) : nullptr;
  if (pressing != nullptr) {
    slot.kind = TimedAudio::Kind::keys;
    if (plan_.knobs.keys_audible) {
      const auto since = std::chrono::duration_cast<runtime::Samples8k>(at - step_began_);
      if (key_tones_.empty()) {
        const auto samples = [](Duration d) { return std::chrono::duration_cast<runtime::Samples8k>(d); };
        key_tones_ =
            runtime::audio::dtmf(pressing->keys, samples(pressing->tone), samples(pressing->gap)).mulaw;
      }
      frame_ = key_tones_.substr(std::min(runtime::mulaw_bytes(since), key_tones_.size()), kSlotBytes);
    }
    frame_.resize(kSlotBytes, runtime::audio::kMulawSilence);
  } else if (plan_.packets != Packets::dtx) {
    append_noise(frame_, random_, kSlotBytes);
  }
  slot.mulaw = frame_;
}

}  // namespace simulators::twilio
