#include "runtime/async/first_of.hpp"
#include "simulators/twilio/live_call.hpp"
#include "simulators/twilio/parameters.hpp"
#include "simulators/twilio/ring_tone.hpp"

#include <utility>

namespace simulators::twilio {
namespace asio = boost::asio;
using runtime::audio::Clip;

// ---- Dial -----------------------------------------------------------------------------------------------

void LiveCall::leg_status(Dialling::Leg& leg, std::string status) {
  reports_.status(*leg.facts, leg_targets_[&leg], std::move(status));
}

void LiveCall::leg_answered(Dialling::Leg& leg) {
  to_whisper_ = &leg;
  disturbed_->set();
}

void LiveCall::bridged(Dialling::Leg&) {
  hush();  // the ringing
  if (!facts_.answered_at) {
    answer();  // answerOnBridge
    begin_script();
  }
  const DialVerb& verb = dialling_->verb();
  if (!verb.record) return;
  verb_recording_ = begin_recording("DialVerb");
  RecordingFacts& begun = facts_.recordings[verb_recording_];
  begun.track = verb.record_track;
  reports_.recording(begun, verb.kept, "in-progress");
}

/// answerOnBridge: the caller's phone still rings, and nothing comes from it; the third parties' clocks run.
void LiveCall::ring_slots(TimePoint now) {
  if (!next_slot_) next_slot_ = TimePoint(now.time_since_epoch() / Caller::kSlot * Caller::kSlot);
  for (; *next_slot_ <= now && !over_; *next_slot_ += Caller::kSlot) {
    if (!dialling_ || dialling_->outcome()) continue;
    const auto voice = dialling_->slot(*next_slot_, {});
    if (facts_.answered_at && !voice.empty()) (void)line_out_.push(now, voice);
    if (dialling_->outcome()) disturbed_->set();
  }
}

/// The third party's own TwiML: what of it is heard; `<Hangup>` and `<Reject>` turn the call down.
asio::awaitable<void> LiveCall::whisper(Dialling::Leg& leg) {
  Ask ask{HttpExchange::Purpose::whisper, leg.noun.method, media_url(leg.noun.url),
          call_parameters(*leg.facts, leg.facts->status())};
  auto first = co_await runtime::first_of(web_.send(std::move(ask)), disturbed_->wait());
  if (first.index() == 1) co_return;
  const WebClient::Answer answer = std::get<0>(std::move(first));
  Clip all;
  bool accepted = true;
  if (answer.code != 0) {
    reports_.error(answer.code, false, "<Number url> " + answer.url + ": " + answer.error, answer.exchange);
  } else {
    const Document document =
        read_answer({answer.status, answer.content_type, answer.chunked}, answer.body, plan_.knobs.twiml);
    for (const Finding& finding : document.findings)
      reports_.error(finding.code, finding.warning, finding.text, answer.exchange);
    for (const Verb& verb : document.verbs) {
      if (std::holds_alternative<HangupVerb>(verb) || std::holds_alternative<RejectVerb>(verb)) {
        accepted = false;
        break;
      }
      if (const auto* pause = std::get_if<PauseVerb>(&verb)) {
        all.mulaw.append(runtime::mulaw_bytes(std::chrono::duration_cast<runtime::Samples8k>(pause->length)),
                         runtime::audio::kMulawSilence);
      }
      if (std::holds_alternative<DialVerb>(verb)) {
        reports_.error(13201, false, "<Dial> in the TwiML of a third party's leg", answer.exchange);
      }
      std::optional<Prompt> prompt;
      if (const auto* say = std::get_if<SayVerb>(&verb)) prompt = *say;
      if (const auto* file = std::get_if<PlayVerb>(&verb)) prompt = *file;
      if (!prompt) continue;
      auto rendering = render(*prompt);
      const std::optional<Clip> clip = co_await std::move(rendering);
      if (clip) all.mulaw += clip->mulaw;
    }
  }
  if (dialling_) dialling_->whisper(all, accepted);
}

LiveCall::Next LiveCall::dial(DialCommand command) {
  DialVerb verb = *command.verb;
  if (auto& told = verb.kept.url; !told.empty()) told = media_url(told);
  if (facts_.answered_at) {
    begin_script();
  } else {
    listen_to_ticks();
  }
  Dialling::Host& host = *this;
  dialling_.emplace(verb, plan_, parts_.environment.random, host);
  for (const auto& leg : dialling_->legs()) {
    CallFacts& facts = *facts_.children.emplace_back(std::make_unique<CallFacts>());
    facts.sid = "CA" + parts_.environment.random.hex(32);
    facts.account_sid = facts_.account_sid;
    facts.parent_sid = facts_.sid;
    facts.party = leg->party == nullptr ? "" : leg->party->name;
    facts.direction = Direction::dialled;
    facts.from = verb.caller_id.empty() ? facts_.from : verb.caller_id;
    facts.to = leg->noun.address;
    facts.placed_at = now();
    leg->facts = &facts;
    auto& target = leg_targets_[leg.get()] = {leg->noun.status_callback, leg->noun.status_callback_method,
                                              leg->noun.status_events, 0};
    reports_.check(target);
  }
  dialling_->begin(now());
  if (!dialling_->outcome() && facts_.answered_at)
    (void)line_out_.push(now(), ring_tone(verb.ring_tone, verb.timeout).mulaw);
  while (!dialling_->outcome() && !over_ && !replacement_) {
    (void)co_await disturbed_->wait();
    calm();
    if (auto* leg = std::exchange(to_whisper_, nullptr); leg != nullptr && !over_) co_await whisper(*leg);
    calm();
  }
  hush();
  dialling_->end(now());
  DialOutcome outcome = *dialling_->outcome();
  if (verb.record && outcome.bridged) outcome.recording_url = keep_dialled(verb);
  if (!facts_.answered_at) unanswered_ = outcome.status == "busy" ? "busy" : "no-answer";
  dialling_.reset();
  leg_targets_.clear();
  if (over_ || replacement_) co_return EndCommand{};
  co_return flow_.dial_over(outcome);
}

/// Returns its url.
std::string LiveCall::keep_dialled(const DialVerb& verb) {
  RecordingFacts& kept = facts_.recordings[verb_recording_];
  keep_voices({verb.record_dual, verb.record_track, verb.record_trim}, dialling_->caller_voice(),
              dialling_->party_voice(), kept);
  reports_.recording(kept, verb.kept, kept.mulaw.empty() ? "absent" : "completed");
  return kept.url;
}

}  // namespace simulators::twilio
