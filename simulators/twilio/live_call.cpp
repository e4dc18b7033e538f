#include "simulators/twilio/live_call.hpp"

#include "simulators/twilio/rest_form.hpp"
#include "simulators/twilio/user_info.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

// The call's beats and facts; live_call_flow.cpp executes its TwiML.
namespace simulators::twilio {
namespace {

constexpr runtime::Samples8k kLongestQueue = std::chrono::hours(24);

std::string absolute(const std::string& reference, const std::string& voice_url) {
  if (reference.empty() || is_web_url(reference)) return reference;
  return resolve_web_url(voice_url, reference).value_or(reference);
}

CallPlan with_absolute_urls(CallPlan plan) {
  plan.fallback_url = absolute(plan.fallback_url, plan.voice_url);
  plan.debugger_url = absolute(plan.debugger_url, plan.voice_url);
  return plan;
}

}  // namespace

LiveCall::LiveCall(Parts parts, Origin origin, CallPlan plan)
    : parts_(parts),
      origin_(std::move(origin)),
      plan_(with_absolute_urls(std::move(plan))),
      web_({parts.environment, parts.account, parts.instruments, plan_.knobs, plan_.line}, origin_.sid,
           facts_.http),
      reports_({parts.environment, parts.account, parts.instruments, parts.observer, parts.callbacks}, plan_,
               facts_, web_),
      status_target_{plan_.status_callback, plan_.status_callback_method, plan_.status_events, 0},
      faults_(plan_.faults),
      caller_instruments_(parts.instruments.sheet(), origin_.ordinal, plan_.sounds),
      line_out_(kLongestQueue, [this](TimePoint at, std::string_view mulaw,
                                      TimePoint arrived) { heard(at, mulaw, arrived); }),
      path_(plan_.line.handset_delay,
            [this](TimePoint at, std::string_view mulaw, TimePoint arrived) { sounds(at, mulaw, arrived); }),
      streams_(parts.environment.executor,
               [this](std::exception_ptr) {
                 stream_error(31900, false, "the fake's own stream failed: a bug in it");
               }),
      disturbed_(std::make_unique<runtime::Event>(parts.environment.executor)) {
  facts_.sid = origin_.sid;
  facts_.account_sid = parts_.account.sid;
  facts_.application_sid = origin_.application_sid;
  facts_.direction = plan_.direction;
  facts_.rules = plan_.rules;
  facts_.from = plan_.from;
  facts_.to = plan_.to;
  facts_.parameters = plan_.parameters;
  facts_.placed_at = now();
  facts_.statuses.push_back({now(), plan_.direction == Direction::inbound ? "ringing" : "queued"});
  caller_.emplace(
      plan_, parts_.environment.random, facts_.steps,
      [this](const StepFacts& step) {
        faults_.happened(Moment::When::step, *step.began_at, step.as);
        parts_.observer.step_began(facts_, step);
      },
      [this](const StepFacts& step) { parts_.observer.step_ended(facts_, step); });
  parts_.instruments.calls.add();
}

LiveCall::~LiveCall() = default;

void LiveCall::findings(std::vector<Finding> findings) {
  for (Finding& finding : findings) {
    reports_.error(finding.code, finding.warning, std::move(finding.text), document_);
  }
}

void LiveCall::hang_up(EndedBy by, std::string_view unanswered_status) {
  if (over_) return;
  over_ = true;
  facts_.ended_by = by;
  facts_.ended_at = now();
  if (!facts_.answered_at) end_status_ = unanswered_status;
  facts_.end_status = facts_.answered_at ? "completed" : end_status_;
  hung_up_while_recording();
  if (dialling_) dialling_->end(now());
  hush();
  if (caller_) caller_->call_ended(now());
  stop_streams(StreamEnd::call_ended);
  disturbed_->set();
}

void LiveCall::hang_up_leg(std::string_view sid) {
  const auto leg = std::ranges::find(facts_.children, sid, [](const auto& child) { return child->sid; });
  if (!dialling_ || leg == facts_.children.end() || (*leg)->ended_at) return;
  dialling_->end_leg(**leg, now());
  if (dialling_->outcome()) disturbed_->set();
}

void LiveCall::redirect(std::string url, std::string method, std::string document) {
  if (over_) return;
  Redirection to{std::move(url), std::move(method), std::move(document)};
  if (plan_.knobs.drain_before_redirect && has_queued()) {
    awaits_silence_ = std::move(to);
  } else {
    move_on(std::move(to));
  }
}

bool LiveCall::has_queued() const {
  return std::ranges::any_of(legs_, [](const auto& known) { return known->leg->has_queued(); });
}

void LiveCall::move_on(Redirection to) {
  replacement_ = std::move(to);
  for (const auto& leg : legs_) {  // those of <Start> go on
    if (leg->leg->facts().verb == "Connect" && !leg->leg->over()) leg->leg->end(StreamEnd::stopped);
  }
  disturbed_->set();
}

void LiveCall::stop_reading() {
  for (const auto& leg : legs_) leg->leg->stop_reading(std::nullopt);
}

void LiveCall::resume_reading() {
  for (const auto& leg : legs_) leg->leg->resume_reading();
}

void LiveCall::stall(Towards towards, std::optional<TimePoint> until) {
  for (const auto& leg : legs_) {
    if (leg->started && !leg->leg->over()) leg->leg->stall(towards, until);
  }
}

void LiveCall::inject(std::string_view text) {
  for (const auto& leg : legs_) {
    if (leg->started && !leg->leg->over()) leg->leg->inject(text);
  }
}

void LiveCall::drop_connection() {
  for (const auto& leg : legs_) {
    if (leg->started && !leg->leg->over()) leg->leg->drop_connection();
  }
}

void LiveCall::press(std::string_view keys) {
  constexpr std::size_t kMost = 100;
  keys_ += keys.substr(0, kMost - std::min(kMost, keys_.size()));
}

// ---- every 20 ms --------------------------------------------------------------------------------------

void LiveCall::answer() {
  facts_.answered_at = now();
  ears_.emplace(now(), plan_.sounds);
  set_status("in-progress");
  record_from_answer();
  faults_.happened(Moment::When::answered, now());
  listen_to_ticks();
  parts_.observer.call_answered(facts_);
}

void LiveCall::listen_to_ticks() {
  if (std::exchange(ticking_, true)) return;
  beats_ = parts_.environment.ticker.subscribe([this](TimePoint at) { beat(at); });
}

void LiveCall::beat(TimePoint now) {
  if (over_) return;
  if (!facts_.answered_at) return ring_slots(now);
  for (const auto& leg : legs_) leg->leg->beat(now);
  if (awaits_silence_ && !has_queued()) move_on(*std::exchange(awaits_silence_, std::nullopt));
  (void)line_out_.advance(now);
  path_.advance(now);
  ears_->advance(now);
  judge_bot(now);
  if (!next_slot_) next_slot_ = TimePoint(now.time_since_epoch() / Caller::kSlot * Caller::kSlot);
  // A late beat makes up for the slots that it missed: no frame is ever lost to the host's lag.
  for (; *next_slot_ <= now && !over_; *next_slot_ += Caller::kSlot) one_slot(*next_slot_, now);
  strike(now);
  report_detection(now);
  const auto limit = plan_.time_limit.value_or(std::chrono::hours(4));
  if (now - *facts_.answered_at >= limit) hang_up(EndedBy::time_limit);
}

void LiveCall::one_slot(TimePoint begins, TimePoint now) {
  if (!caller_->begun() && begins - *facts_.answered_at >= plan_.script_begins_at_latest) begin_script();
  Caller::Slot slot = caller_->next(begins, *ears_);
  if (over_) return;  // an observer hung up
  if (slot.key == 0 && !keys_.empty() && begins >= key_free_) {
    slot.key = keys_.front();
    keys_.erase(0, 1);
    const Press usual;
    key_free_ = begins + usual.tone + usual.gap;
  }
  if (slot.hung_up) return hang_up(EndedBy::caller);
  if (slot.loud) ears_->caller(begins, begins + Caller::kSlot);
  const Caller::Slot sent = path_.to_twilio(slot);
  if (call_recorder_) call_recorder_->called(begins, sent.mulaw);
  const std::string_view outbound =
      outbound_ ? outbound_->slot(begins - Caller::kSlot, parts_.environment.random) : std::string_view();
  for (const auto& leg : legs_) leg->leg->slot(begins, sent, outbound);
  listen(begins, sent, now);
}

/// The verb that runs takes what comes from the caller's line.
void LiveCall::listen(TimePoint begins, const Caller::Slot& slot, TimePoint now) {
  if (gatherer_ && !gatherer_->outcome()) {
    const bool before = gatherer_->interrupted();
    gatherer_->slot(begins, slot.loud, slot.key, words_being_said());
    if (gatherer_->outcome() || gatherer_->interrupted() != before) disturbed_->set();
  }
  if (recorder_) {
    note_words(words_being_said());
    if (auto recording = recorder_->slot(now, slot.mulaw, slot.loud, slot.key)) {
      recording_ = std::move(recording);
      disturbed_->set();
    }
  }
  if (dialling_ && !dialling_->outcome()) {
    const auto voice = dialling_->slot(begins, slot);
    if (!voice.empty()) (void)line_out_.push(now, voice);
    if (dialling_->outcome()) disturbed_->set();
  }
}

/// `words`: of the step that speaks now, each of which counts once.
void LiveCall::note_words(std::string_view words) {
  const bool same_step = words.data() == last_words_;
  last_words_ = words.data();
  if (words.empty() || (same_step && !recorded_words_.empty())) return;
  recorded_words_ += (recorded_words_.empty() ? "" : " ") + std::string(words);
}

std::string_view LiveCall::words_being_said() const {
  for (const StepFacts& step : facts_.steps) {
    if (!step.began_at || step.ended_at) continue;
    const auto* say = std::get_if<Say>(&plan_.caller[step.index].action);
    return say == nullptr ? std::string_view() : std::string_view(say->label);
  }
  return {};
}

void LiveCall::judge_bot(TimePoint now) {
  facts_.measured = ears_->measured();
  caller_instruments_.show(facts_.measured, runtime::mulaw_length(facts_.heard.mulaw.size()));
  if (!bot_speaks_ && ears_->bot_speaking()) {
    bot_speaks_ = true;
    parts_.observer.bot_began(facts_);
  } else if (bot_speaks_ && now - *ears_->last_loud() >= Ears::kUtterancePause) {
    bot_speaks_ = false;
    parts_.observer.bot_finished(facts_);
  }
}

void LiveCall::strike(TimePoint now) {
  for (const MediaFault* fault : faults_.due(now)) {
    for (const auto& leg : legs_) {
      if (leg->leg->over() || !leg->started) continue;
      facts_.faults_struck.insert(static_cast<std::size_t>(fault - plan_.faults.data()));
      if (const auto* stop = std::get_if<StopReading>(fault)) {
        leg->leg->stop_reading(stop->lasts ? std::optional(now + *stop->lasts) : std::nullopt);
      } else if (const auto* injected = std::get_if<Inject>(fault)) {
        leg->leg->inject(injected->text);
      } else if (const auto* stall = std::get_if<StallPath>(fault)) {
        leg->leg->stall(stall->towards, stall->lasts ? std::optional(now + *stall->lasts) : std::nullopt);
      } else {
        leg->leg->drop_connection();
      }
    }
  }
}

void LiveCall::begin_script() {
  if (caller_->begun()) return;
  caller_->begin(now());
  facts_.script_began_at = now();
}

// ---- what the caller hears ----------------------------------------------------------------------------

void LiveCall::heard(TimePoint at, std::string_view mulaw, TimePoint arrived) {
  if (outbound_) outbound_->played(at, mulaw);
  if (call_recorder_) call_recorder_->played(at, mulaw);
  path_.to_phone(at, mulaw, arrived);
}

void LiveCall::sounds(TimePoint at, std::string_view mulaw, TimePoint arrived) {
  ears_->bot(at, mulaw, arrived);
  auto& heard = facts_.heard;
  if (!heard.pieces.empty()) {
    auto& last = heard.pieces.back();
    if (last.at + runtime::mulaw_length(last.bytes) == at) {
      last.bytes += mulaw.size();
      heard.mulaw.append(mulaw);
      return;
    }
  }
  heard.append(at, mulaw);
}

void LiveCall::stream_error(int code, bool warning, std::string text) {
  error(code, warning, std::move(text));
}

void LiveCall::notice(std::string text) {
  const auto note = nlohmann::ordered_json{{"notice", text}}.dump();
  parts_.environment.wire_log.record(
      {now(), "twilio.call", facts_.sid, runtime::WireLog::Direction::note, note});
  facts_.notices.push_back(std::move(text));
}

}  // namespace simulators::twilio
