#include "simulators/twilio/live_call.hpp"

#include "simulators/twilio/parameters.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

// The call's beats and facts; live_call_flow.cpp executes its TwiML.
namespace simulators::twilio {
namespace {

/// With which kind of event a status is reported; empty: it is not.
std::string_view event_of(std::string_view status) {
  if (status == "initiated" || status == "ringing") return status;
  if (status == "in-progress") return "answered";
  return status == "queued" ? "" : "completed";
}

}  // namespace

LiveCall::LiveCall(Parts parts, Origin origin, CallPlan plan)
    : parts_(parts),
      origin_(std::move(origin)),
      plan_(std::move(plan)),
      web_({parts.environment, parts.account, parts.instruments, plan_.knobs.webhook_timeout}, origin_.sid,
           facts_.http),
      faults_(plan_.faults),
      caller_instruments_(parts.instruments.sheet(), origin_.ordinal),
      streams_(parts.environment.executor,
               [this](std::exception_ptr) {
                 stream_error(31900, false, "the fake's own stream failed: a bug in it");
               }),
      disturbed_(std::make_unique<runtime::Event>(parts.environment.executor)) {
  facts_.sid = origin_.sid;
  facts_.account_sid = parts_.account.sid;
  facts_.direction = plan_.direction;
  facts_.rules = plan_.rules;
  facts_.from = plan_.from;
  facts_.to = plan_.to;
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

void LiveCall::set_status(std::string status) {
  facts_.statuses.push_back({now(), std::move(status)});
  const auto& current = facts_.status();
  nlohmann::ordered_json note{{"status", current}};
  const auto text = note.dump();
  parts_.environment.wire_log.record(
      {now(), "twilio.call", facts_.sid, runtime::WireLog::Direction::note, text});
  const auto event = event_of(current);
  const unsigned sequence = callbacks_sent_++;
  const auto& wanted = plan_.status_events;
  if (plan_.status_callback.empty() || std::find(wanted.begin(), wanted.end(), event) == wanted.end()) return;
  CallbackFacts facts{current, parts_.environment.clock.wall_now(), sequence, std::nullopt};
  if (event == "completed") {
    facts.talked =
        facts_.answered_at && facts_.ended_at ? *facts_.ended_at - *facts_.answered_at : Duration(0);
  }
  Ask ask{HttpExchange::Purpose::status_callback, plan_.status_callback_method, plan_.status_callback,
          callback_parameters(facts_, facts)};
  send_callback(std::move(ask));
}

void LiveCall::stream_callback(const StreamFacts& stream, const StreamNoun& noun, std::string_view event) {
  if (noun.status_callback.empty()) return;
  runtime::net::Form form{
      {"AccountSid", facts_.account_sid},  {"CallSid", facts_.sid},
      {"StreamSid", stream.sid},           {"StreamName", noun.name.empty() ? stream.sid : noun.name},
      {"StreamEvent", std::string(event)}, {"Timestamp", iso8601(parts_.environment.clock.wall_now())}};
  if (event == "stream-error" && !facts_.errors.empty()) {
    const auto& error = facts_.errors.back();
    form.emplace_back("StreamError", "Stream signal error, code: " + std::to_string(error.code));
    form.emplace_back("StreamErrorCode", std::to_string(error.code));
  }
  Ask ask{HttpExchange::Purpose::stream_callback, noun.status_callback_method, noun.status_callback,
          std::move(form)};
  send_callback(std::move(ask));
}

void LiveCall::error(int code, bool warning, std::string text) {
  nlohmann::ordered_json note{{"error", code}, {"warning", warning}, {"text", text}};
  const auto dumped = note.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  parts_.environment.wire_log.record(
      {now(), "twilio.call", facts_.sid, runtime::WireLog::Direction::note, dumped});
  facts_.errors.push_back({now(), code, warning, std::move(text)});
  parts_.instruments.error(code);
  parts_.observer.error_recorded(facts_, facts_.errors.back());
}

void LiveCall::findings(std::vector<Finding> findings) {
  for (Finding& finding : findings) error(finding.code, finding.warning, std::move(finding.text));
}

void LiveCall::hang_up(EndedBy by, std::string_view unanswered_status) {
  if (over_) return;
  over_ = true;
  facts_.ended_by = by;
  facts_.ended_at = now();
  if (!facts_.answered_at) end_status_ = unanswered_status;
  if (caller_) caller_->call_ended(now());
  stop_streams("", StreamEnd::call_ended);
  disturbed_->set();
}

void LiveCall::redirect(std::string url, std::string method, std::string document) {
  if (over_) return;
  if (document.empty()) {
    replacement_ = FetchCommand{std::move(url), std::move(method), true, {}};
  } else {
    replacement_ = flow_.run(read_twiml(document), "", "POST");
    facts_.documents.emplace_back(now(), std::move(document));
  }
  stop_streams("", StreamEnd::stopped);
  disturbed_->set();
}

void LiveCall::stop_reading() {
  for (const auto& leg : legs_) leg->leg->stop_reading(std::nullopt);
}

void LiveCall::resume_reading() {
  for (const auto& leg : legs_) leg->leg->resume_reading();
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

void LiveCall::stop_streams(const std::string& name, StreamEnd why) {
  for (const auto& leg : legs_) {
    if (!leg->leg->over() && (name.empty() || leg->noun.name == name)) leg->leg->end(why);
  }
}

// ---- every 20 ms --------------------------------------------------------------------------------------

void LiveCall::answer() {
  facts_.answered_at = now();
  ears_.emplace(now());
  set_status("in-progress");
  faults_.happened(Moment::When::answered, now());
  beats_ = parts_.environment.ticker.subscribe([this](TimePoint at) { beat(at); });
  parts_.observer.call_answered(facts_);
}

void LiveCall::beat(TimePoint now) {
  if (over_) return;
  for (const auto& leg : legs_) leg->leg->beat(now);
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
  for (const auto& leg : legs_) leg->leg->slot(begins, slot);
  if (!recorder_) return;
  if (auto recording = recorder_->slot(now, slot.loud, slot.key)) {
    recording_ = std::move(recording);
    recorder_.reset();
    disturbed_->set();
  }
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
      if (const auto* stop = std::get_if<StopReading>(fault)) {
        leg->leg->stop_reading(stop->lasts ? std::optional(now + *stop->lasts) : std::nullopt);
      } else if (const auto* injected = std::get_if<Inject>(fault)) {
        leg->leg->inject(injected->text);
      } else {
        leg->leg->drop_connection();
      }
    }
  }
}

void LiveCall::begin_script() {
  if (caller_->begun()) return;
  caller_->begin();
  facts_.script_began_at = now();
}

// ---- what the streams report --------------------------------------------------------------------------

void LiveCall::leg_started(StreamLeg& leg) {
  for (const auto& known : legs_) {
    if (known->leg.get() == &leg) {
      known->started = true;
      stream_callback(leg.facts(), known->noun, "stream-started");
    }
  }
  begin_script();
  faults_.happened(Moment::When::stream_started, now());
  parts_.observer.stream_started(facts_, leg.facts());
}

void LiveCall::leg_ended(StreamLeg& leg) {
  const StreamFacts& stream = leg.facts();
  const bool failed = stream.end == StreamEnd::not_opened || stream.end == StreamEnd::connection_lost ||
                      stream.end == StreamEnd::protocol_error ||
                      (stream.end == StreamEnd::bridge_closed && plan_.knobs.stream_error_on_close);
  for (const auto& known : legs_) {
    if (known->leg.get() == &leg)
      stream_callback(stream, known->noun, failed ? "stream-error" : "stream-stopped");
  }
  parts_.observer.stream_ended(facts_, stream);
}

void LiveCall::bot_media(StreamLeg&, TimePoint at) {
  faults_.happened(Moment::When::first_bot_frame, at);
  std::size_t bytes = 0;
  for (const auto& stream : facts_.streams) bytes += stream->received.mulaw.size();
  faults_.bot_audio(runtime::mulaw_length(bytes), at);
  strike(at);
}

void LiveCall::heard(TimePoint at, std::string_view mulaw) {
  auto& heard = facts_.heard;
  if (!heard.pieces.empty()) {
    auto& last = heard.pieces.back();
    if (last.at + runtime::mulaw_length(last.bytes) == at) {
      last.bytes += mulaw.size();
      heard.mulaw.append(mulaw);
      ears_->bot(at, mulaw);
      return;
    }
  }
  heard.append(at, mulaw);
  ears_->bot(at, mulaw);
}

void LiveCall::stream_error(int code, bool warning, std::string text) {
  error(code, warning, std::move(text));
}

}  // namespace simulators::twilio
