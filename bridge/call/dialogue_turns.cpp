// Who has the floor: the caller's turns, what is said to the model besides them, and a line on which nobody
// speaks.
#include "bridge/call/dialogue.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <string>
#include <utility>

namespace bridge::call {
using runtime::Duration;
using runtime::TimePoint;

// The caller speaks
// --------------------------------------------------------------------------------------------------

void Dialogue::on(const openai::SpeechStarted&, Duration uncertainty, TimePoint now) {
  turn_.started(speaker_.audible(now) || one_is_under_way(now), now);
  if (turn_.takes_floor(meter_.burst(), floor_rules(now))) barge_in(CutShort::barge_in, uncertainty, now);
}

void Dialogue::on(const openai::SpeechStopped&, TimePoint now) {
  turn_.stopped(now);
}

void Dialogue::on(const openai::Committed& event, TimePoint now) {
  const bool was_a_turn = turn_.committed(floor_rules(now));
  if (!settings_.model.bridge_responds()) {
    tools_.turn_comes(now);
    auto& response = add(false, false, now);
    if (event.item == silence_) response.purpose = Purpose::prompt;
    return;
  }
  if (!was_a_turn) {
    count_.noises_ignored.add();
    log_.info("{}a noise shorter than min_speech over the bot's speech: ignored", prefix_);
    std::string request;
    openai::write_item_delete(request, event_id(), event.item);
    outbox_.push(std::move(request));
    noise_ = event.item;
    return;
  }
  tools_.turn_comes(now);
  ask_for_response(false, Purpose::turn, now);
  flush_create(now);
}

/// The service prompts a silent caller: it commits the silence, and answers it.
void Dialogue::on(const openai::IdleTimeout& event, TimePoint) {
  silence_ = event.item;
  count_.idle_prompts.add();
  log_.info("{}nobody has spoken for turn_detection.idle_timeout: the service prompts the caller", prefix_);
}

/// In one synchronous step: mark, drop, fix the truncation point; only then tell anybody.
void Dialogue::barge_in(CutShort by, Duration uncertainty, TimePoint now) {
  take_back_refused(now);
  if (ready_) owed_since_.reset();  // else there is nobody to hear him
  if (pending_ && superseded(*pending_, by)) pending_.reset();
  tools_.interrupted(now);
  for (auto& response : responses_) {
    if (response.done_at || response.cut_short != CutShort::no || !response.judged_kind) continue;
    // The service's own answer to the turn before a key is not begun yet, and none of ours to cancel.
    if (by == CutShort::keys && !response.ours && !response.created_at) continue;
    cut_short(response, by, now);
    if (!response.created_at) response.done_at = now;  // nothing will be created for a turn that goes on
  }
  interrupt(CallerDrop::barge_in, uncertainty, now);
  for (auto& response : responses_) settle(response);
}

/// What waits was meant for the turn before, and the caller goes on with the next: the response to that one,
/// which is sure to come, answers both. Where the service makes it, it may miss what was injected meanwhile.
bool Dialogue::superseded(const PendingCreate& pending, CutShort by) const {
  if (pending.retry) return true;
  return by == CutShort::barge_in && settings_.model.bridge_responds() && pending.purpose == Purpose::turn;
}

CallerTurn::Rules Dialogue::floor_rules(TimePoint now) {
  if (!settings_.model.bridge_responds()) return {};
  return {settings_.model.min_speech, protected_now(now)};
}

bool Dialogue::protected_now(TimePoint now) {
  if (settings_.model.greeting_interruptible || !settings_.model.bridge_responds()) return false;
  return std::any_of(responses_.begin(), responses_.end(), [&](const Response& r) {
    if (r.purpose != Purpose::greeting || r.refused || r.cut_short != CutShort::no) return false;
    if (!r.done_at) return true;
    const auto& spoken = speaker_.spoken(r.no);
    return spoken.pushed > runtime::Samples8k(0) && !spoken.last_mark_back && !spoken.interrupted &&
           speaker_.audible(now);
  });
}

void Dialogue::hear(std::string_view mulaw, TimePoint now) {
  meter_.hear(mulaw);
  if (meter_.burst() > Duration(0)) turn_.sounds(now);
}

// What is said to the model besides
// ----------------------------------------------------------------------------------

void Dialogue::key(char key, Duration uncertainty, TimePoint now) {
  count_.dtmf_keys.add();
  if (!settings_.dtmf.to_model) return;
  tools_.interrupted(now);
  const bool speaking = speaker_.audible(now) || one_is_under_way(now);
  if (settings_.dtmf.interrupts && !keys_.waiting() && speaking && !protected_now(now)) {
    barge_in(CutShort::keys, uncertainty, now);
  }
  if (auto text = keys_.press(settings_.dtmf.grouping, key, now)) {
    count_.dtmf_texts.add();
    inject(std::move(*text), Purpose::turn, now);
  }
}

/// `text` becomes an item of the conversation at once; the response to it waits for its turn.
void Dialogue::inject(std::string text, Purpose purpose, TimePoint now) {
  if (!texts_.push(std::move(text), purpose)) count_.texts_dropped.add();
  send_texts();
  ask_for_response(false, purpose, now);
  flush_create(now);
}

void Dialogue::send_texts() {
  if (!ready_) return;
  while (auto* text = texts_.next()) {
    std::string request;
    text->told_as = event_id();
    openai::write_user_text(request, text->told_as, text->item, text->words);
    outbox_.push(std::move(request));
  }
}

void Dialogue::say_goodbye(TimePoint now) {
  if (goodbye_asked_ || model_gone_ || ending_since_ || tools_.leaving()) return;
  goodbye_asked_ = true;
  count_.farewells.add();
  log_.info("{}the call has to end soon: the model is asked to say goodbye", prefix_);
  inject(settings_.farewell_prompt, Purpose::farewell, now);
}

// Nobody speaks
// ------------------------------------------------------------------------------------------------------

void Dialogue::watch_conversation(Duration uncertainty, TimePoint now) {
  if (turn_.takes_floor(meter_.burst(), floor_rules(now))) barge_in(CutShort::barge_in, uncertainty, now);
  if (auto text = keys_.tick(settings_.dtmf.grouping, now)) {
    count_.dtmf_texts.add();
    inject(std::move(*text), Purpose::turn, now);
  }
  flush_create(now);
  watch_quiet(now);
  const bool over = std::any_of(responses_.begin(), responses_.end(), [](const Response& r) {
    return r.purpose == Purpose::farewell && r.done_at && !r.refused;
  });
  const bool quiet = !pending_ && !turn_.believable(now) && !one_is_under_way(now);
  if (over && quiet && speaker_.drained(now)) said_goodbye_ = true;
}

void Dialogue::watch_quiet(TimePoint now) {
  if (!settings_.idle.prompt_after && !settings_.idle.hang_up_after) return;
  if (!ready_ || tools_.leaving() || hang_up_ready_ || goodbye_asked_) return;
  Idle::Line line;
  line.caller = turn_.believable(now) || keys_.waiting();
  line.bot = pending_ || tools_.busy() || one_is_under_way(now) || speaker_.audible(now);
  line.prompting = pending_ ? pending_->purpose == Purpose::prompt
                            : !responses_.empty() && responses_.back().purpose == Purpose::prompt;
  switch (idle_.tick(settings_.idle, line, now)) {
    case Idle::Due::nothing:
      return;
    case Idle::Due::prompt:
      count_.idle_prompts.add();
      log_.info("{}nobody has spoken for {} s: the model is asked to prompt the caller", prefix_,
                runtime::seconds(*settings_.idle.prompt_after));
      inject(settings_.idle_prompt, Purpose::prompt, now);
      return;
    case Idle::Due::hang_up:
      count_.idle_hang_ups.add();
      log_.info("{}the caller has been silent for {} s{}: the call ends", prefix_,
                runtime::seconds(*settings_.idle.hang_up_after),
                owes_answer_ ? ", and the model owes an answer" : "");
      hang_up_ready_ = true;
      model_gone_ = owes_answer_;
      return;
  }
}

}  // namespace bridge::call
