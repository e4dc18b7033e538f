#include "simulators/twilio/live_call.hpp"
#include "simulators/twilio/parameters.hpp"

#include <utility>

// What the REST API asks of a call: its turn, keys, answering machine detection, changes, streams.
namespace simulators::twilio {
namespace asio = boost::asio;
/// False: the first document is not wanted any more.
asio::awaitable<bool> LiveCall::prepare() {
  if (!origin_.send_digits.empty()) {
    const auto keys = Sounds::keys(origin_.send_digits);  // the called party hears them
    const bool passed = co_await play(keys, 1);
    if (!passed) co_return false;
  }
  if (!origin_.detection) co_return true;
  const Detected found = detect_machine(*origin_.detection, plan_.answerer);
  if (origin_.detection->async) {
    detection_due_ = now() + found.after;
    co_return true;
  }
  const bool passed = co_await pass(found.after);
  if (passed) detected(found);
  co_return passed;
}

void LiveCall::detected(const Detected& found) {
  facts_.answered_by = found.answered_by;
  facts_.detected_after = found.after;
}

/// Every 20 ms: an asynchronous detection that is over.
void LiveCall::report_detection(TimePoint now) {
  if (!detection_due_ || now < *detection_due_) return;
  detection_due_.reset();
  const MachineDetection& wanted = *origin_.detection;
  detected(detect_machine(wanted, plan_.answerer));
  if (wanted.callback.empty()) return;
  runtime::net::Form form{{"CallSid", facts_.sid}, {"AccountSid", facts_.account_sid}};
  for (auto& field : detection_parameters(facts_)) form.push_back(std::move(field));
  Ask ask{HttpExchange::Purpose::amd_callback, wanted.callback_method, wanted.callback, std::move(form)};
  reports_.send(std::move(ask));
}

// ---- Record=true ----------------------------------------------------------------------------------------

namespace {

RecordingTarget target_of(const RecordCall& record) {
  RecordingTarget target{record.status_callback, record.status_callback_method, record.status_events};
  if (target.events.empty()) target.events.emplace_back("completed");
  return target;
}

}  // namespace

void LiveCall::record_from_answer() {
  if (!origin_.record) return;
  call_recording_ = begin_recording("OutboundAPI");
  RecordingFacts& begun = facts_.recordings[call_recording_];
  begun.track = origin_.record->track;
  call_recorder_.emplace(*origin_.record, now());
  reports_.recording(begun, target_of(*origin_.record), "in-progress");
}

void LiveCall::finish_call_recording() {
  if (!call_recorder_) return;
  RecordingFacts& kept = facts_.recordings[call_recording_];
  call_recorder_->finish(*facts_.ended_at, kept);
  call_recorder_.reset();
  reports_.recording(kept, target_of(*origin_.record), kept.mulaw.empty() ? "absent" : "completed");
}

// ---- changes --------------------------------------------------------------------------------------------

void LiveCall::change(CallChanges changes) {
  const auto take = [](auto& target, auto& value) {
    if (value) target = *std::move(value);
  };
  take(plan_.fallback_url, changes.fallback_url);
  take(plan_.fallback_method, changes.fallback_method);
  if (changes.status_callback) {
    status_target_.url = *std::move(changes.status_callback);
    reports_.check(status_target_);
  }
  take(status_target_.method, changes.status_callback_method);
  for (const TwilioError& problem : changes.problems) error(problem.code, problem.warning, problem.text);
  if (changes.time_limit) plan_.time_limit = changes.time_limit;
}

StreamStart LiveCall::start_stream(CreateStream request) {
  StreamNoun noun;
  noun.url = std::move(request.url);
  noun.name = std::move(request.name);
  noun.track = std::move(request.track);
  noun.status_callback = std::move(request.status_callback);
  noun.status_callback_method = std::move(request.status_callback_method);
  noun.parameters = std::move(request.parameters);
  noun.url = stream_url(document_url(), noun.url);
  const StreamRuling ruling = rule_stream(plan_.rules, StreamVerb::start, noun, plan_.knobs);
  if (ruling.refused != 0) return {nullptr, ruling.refused, ruling.text};
  StreamLeg* leg = add_stream(std::move(noun), StreamVerb::start);
  if (leg == nullptr) return {nullptr, facts_.errors.back().code, facts_.errors.back().text};
  streams_.spawn(leg->run());
  return {&leg->facts(), 0, ""};
}

void LiveCall::stop_stream(std::string_view sid) {
  for (const auto& stream : facts_.streams) {
    if (stream->sid == sid) stream->stopping = true;
  }
  for (const auto& leg : legs_) {
    if (leg->leg->facts().sid == sid && !leg->leg->over()) leg->leg->end(StreamEnd::stopped);
  }
}

}  // namespace simulators::twilio
