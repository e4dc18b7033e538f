#include "scenarios/diagnosis/log_reader.hpp"

#include <algorithm>
#include <variant>

namespace scenarios::diagnosis {
namespace {

constexpr std::size_t kLongestLine = 1U << 20U;  // beyond: cut, so that a file without newlines is bounded
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
  for (const char c : bytes) {
    // UTF-16 puts a zero beside each ASCII character, and a byte order mark in front.
    if (c == '\0' || c == '\xFE' || c == '\xFF') continue;
    if (c == '\n' || rest_.size() >= kLongestLine) {
      take(rest_);
      rest_.clear();
    }
    if (c != '\n') rest_ += c;
  }
}

void LogReader::finish() {
  if (!rest_.empty()) take(rest_);
  rest_.clear();
}

void LogReader::take(std::string_view raw) {
  ++lines_;
  const auto line = read_line(raw);
  if (std::holds_alternative<std::monostate>(line.fact)) return;
  ++recognised_;
  book(line, evidence_for(line));
}

Evidence& LogReader::evidence_for(const LogLine& line) {
  auto call = line.call;
  if (const auto* delta = std::get_if<DeltaReceived>(&line.fact);
      delta != nullptr && !delta->response.empty()) {
    if (call.empty()) {
      const auto known = call_of_response_.find(delta->response);
      if (known != call_of_response_.end()) call = known->second;
    } else if (call_of_response_.size() < kMostResponses) {
      call_of_response_.emplace(delta->response, call);
    }
  }
  if (call.empty()) return nameless_;
  if (calls_.size() >= kMostCalls && !calls_.contains(call)) return nameless_;
  return calls_[call];
}

void LogReader::book(const LogLine& line, Evidence& into) {
  into.by_markers = true;
  const auto keep = [&](const char* kind) { into.sample.emplace(kind, line.text); };
  if (const auto* delta = std::get_if<DeltaReceived>(&line.fact)) {
    count(into.deltas);
    count(into.delta_bytes, delta->bytes);
    keep("delta");
  } else if (const auto* first = std::get_if<FirstFrame>(&line.fact)) {
    // Without names of calls each first frame is another call's; with them it is this call's.
    if (&into == &nameless_)
      count(into.frames, first->total);
    else
      at_least(into.frames, first->total);
    keep("frame");
  } else if (const auto* batch = std::get_if<FrameBatch>(&line.fact)) {
    if (&into == &nameless_) {
      // Interleaved calls count each for themselves: a batch stands for its 50 frames, or 49 after the first.
      constexpr Count kBatch = 50;
      count(into.frames, batch->total == kBatch ? kBatch - 1 : kBatch);
    } else {
      at_least(into.frames, batch->total);
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
  } else if (const auto* missing = std::get_if<StateMissing>(&line.fact)) {
    Evidence::keep(into.missing_state, missing->attribute.empty() ? "(not named)" : missing->attribute);
    keep("state");
  } else if (std::holds_alternative<Crashed>(line.fact)) {
    if (into.crashes.size() < Evidence::kCrashes) into.crashes.push_back(line.text);
    keep("crash");
  } else if (std::holds_alternative<OnePath>(line.fact)) {
    into.inbound_path_only = true;
    keep("one_path");
  } else if (std::holds_alternative<StreamStarted>(line.fact)) {
    // A stream ran, so no delta and no frame of it is a finding and not a gap of the log.
    count(into.deltas, 0);
    count(into.frames, 0);
    keep("started");
  }
}

}  // namespace scenarios::diagnosis
