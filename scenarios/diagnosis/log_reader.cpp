#include "scenarios/diagnosis/log_reader.hpp"

#include <algorithm>
#include <variant>

namespace scenarios::diagnosis {
namespace {

constexpr std::size_t kMostResponses = 100'000;

void count(std::optional<Count>& into, Count more = 1) {
  into = into.value_or(0) + more;
}

/// A frame marker tells how many there are by now, so a lost line costs nothing.
void at_least(std::optional<Count>& into, Count total) {
  into = std::max(into.value_or(0), total);
}

}  // namespace

void LogReader::feed(std::string_view bytes) {
  splitter_.feed(bytes, [this](std::string_view line) { read(line); });
}

void LogReader::finish() {
  splitter_.finish([this](std::string_view line) { read(line); });
}

void LogReader::read(std::string_view text) {
  const auto line = read_line(text);
  ++lines_;
  if (!line.call.empty() && !line.stream.empty()) join(line.stream, line.call);
  if (std::holds_alternative<std::monostate>(line.fact)) return;
  ++recognised_;
  if (std::holds_alternative<ProcessStarted>(line.fact)) return another_process();
  if (std::holds_alternative<NotListening>(line.fact)) return not_another_process();
  auto& evidence = evidence_for(line);
  // linecheck-bridge names the call that a track was served to; without one it tells its configuration.
  if (begins_ && &evidence == &nameless_ && std::holds_alternative<TrackServed>(line.fact)) return;
  // It goes on: in another process, whose log this is as well. Twilio tells the next one that it broke off.
  if (!std::holds_alternative<TwilioSaid>(line.fact)) evidence.calls_cut.reset();
  book(line, evidence);
}

void LogReader::another_process() {
  begins_ = true;
  nameless_.calls_started = nameless_.calls_started.value_or(0);  // it would tell of each
  cut_.clear();
  for (auto& [call, evidence] : calls_) {
    if (evidence.calls_started.value_or(0) == 0 || !evidence.call_verdicts.empty() || evidence.calls_cut)
      continue;
    evidence.calls_cut = 1;
    cut_.push_back(call);
  }
}

void LogReader::not_another_process() {
  for (const auto& call : cut_) {
    if (const auto found = calls_.find(call); found != calls_.end()) found->second.calls_cut.reset();
  }
  cut_.clear();
}

Evidence LogReader::all() const {
  Evidence all = nameless_;
  all.add(later_);
  for (const auto& [call, evidence] : calls_) all.add(evidence);
  return all;
}

void LogReader::join(const std::string& stream, const std::string& call) {
  if (call_of_stream_.size() >= kMostCalls || !call_of_stream_.emplace(stream, call).second) return;
  if (auto known = calls_.extract(stream)) calls_[call].add(known.mapped());
}

std::string LogReader::key_of(const LogLine& line) {
  auto key = line.call.empty() ? line.stream : line.call;
  if (const auto* delta = std::get_if<DeltaReceived>(&line.fact);
      delta != nullptr && !delta->response.empty()) {
    if (key.empty()) {
      const auto known = call_of_response_.find(delta->response);
      if (known != call_of_response_.end()) key = known->second;
    } else if (call_of_response_.size() < kMostResponses) {
      call_of_response_.emplace(delta->response, key);
    }
  }
  const auto joined = call_of_stream_.find(key);
  return joined == call_of_stream_.end() ? key : joined->second;
}

Evidence& LogReader::evidence_for(const LogLine& line) {
  const auto call = key_of(line);
  if (call.empty()) return nameless_;
  if (calls_.size() >= kMostCalls && !calls_.contains(call)) return later_;
  return calls_[call];
}

void LogReader::book(const LogLine& line, Evidence& into) {
  into.by_markers = true;
  const bool together = &into == &nameless_ || &into == &later_;
  const auto keep = [&](const char* kind) { into.sample.emplace(kind, line.text); };
  if (const auto* delta = std::get_if<DeltaReceived>(&line.fact)) {
    count(into.deltas);
    count(into.delta_bytes, delta->bytes);
    keep("delta");
  } else if (const auto* first = std::get_if<FirstFrame>(&line.fact)) {
    // Without names of calls each first frame is another call's; with them it is this call's.
    if (together) {
      count(into.frames, first->total);
      ++into.open_batches;
    } else {
      at_least(into.frames, first->total);
      into.open_batches = 1;
    }
    keep("frame");
  } else if (const auto* batch = std::get_if<FrameBatch>(&line.fact)) {
    if (together) {
      // Interleaved calls count each for themselves: a batch stands for its 50 frames, or 49 after the first.
      constexpr Count kBatch = 50;
      count(into.frames, batch->total == kBatch ? kBatch - 1 : kBatch);
    } else {
      at_least(into.frames, batch->total);
      into.open_batches = 1;
    }
    keep("frame");
  } else if (const auto* track = std::get_if<TrackServed>(&line.fact)) {
    Evidence::keep(into.tracks, track->track);
    keep("track");
  } else if (const auto* call = std::get_if<CallVerdict>(&line.fact)) {
    ++into.call_verdicts[{call->verdict, call->reason}];
    keep("verdict");
  } else if (const auto* response = std::get_if<ResponseVerdict>(&line.fact)) {
    ++into.response_verdicts[{response->verdict, response->reason}];
    keep("response");
  } else if (const auto* fired = std::get_if<WatchdogFired>(&line.fact)) {
    ++into.watchdog[fired->stage];
    keep("watchdog");
  } else if (const auto* refused = std::get_if<SessionRefused>(&line.fact)) {
    ++into.openai_failures[refused->misconfigured ? "misconfigured" : refused->reason];
    keep("session");
  } else if (const auto* away = std::get_if<CallRefused>(&line.fact)) {
    ++into.calls_refused[away->reason];
    keep("refused");
  } else if (const auto* full = std::get_if<ConnectionsRefused>(&line.fact)) {
    count(into.connections_refused, full->count);
  } else if (std::holds_alternative<SignatureRefused>(line.fact)) {
    count(into.signature_failures);
    keep("signature");
  } else if (const auto* missing = std::get_if<StateMissing>(&line.fact)) {
    Evidence::keep(into.missing_state, missing->attribute.empty() ? "(not named)" : missing->attribute);
    keep("state");
  } else if (std::holds_alternative<Crashed>(line.fact)) {
    if (into.crashes.size() < Evidence::kCrashes) into.crashes.push_back(line.text);
    keep("crash");
  } else if (std::holds_alternative<OnePath>(line.fact)) {
    into.inbound_path_only = true;
    keep("one_path");
  } else if (const auto* said = std::get_if<TwilioSaid>(&line.fact)) {
    Evidence::keep(into.twilio_codes, said->code);
  } else if (std::holds_alternative<StreamStarted>(line.fact)) {
    // A stream ran, so no delta and no frame of it is no gap of the log.
    count(into.calls_started);
    count(into.deltas, 0);
    count(into.frames, 0);
    keep("started");
  }
}

}  // namespace scenarios::diagnosis
