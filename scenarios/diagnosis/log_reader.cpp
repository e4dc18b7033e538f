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

bool between(char c, unsigned least, unsigned most) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= least && byte <= most;
}

/// Whether the line feed that `line` ends with ends it, or is half of a character of UTF-16, like the last
/// byte of U+1F50A. Lines begin with a whole character, so its place says which half it would be.
bool ends_line(std::string_view line, char next) {
  const auto at = line.size() - 1;
  const bool little_endian = at % 2 == 0;
  const char other = little_endian ? next : line[at - 1];
  if (other == '\0') return true;
  const std::size_t back = little_endian ? 1 : 3;  // to the first byte of the high surrogate, if it is one
  if (at >= back && between(line[at - back], 0xD8, 0xDB) && between(other, 0xDC, 0xDF)) return false;
  // A zero now and then is an accident; UTF-16 has one beside each ASCII character.
  return static_cast<std::size_t>(std::ranges::count(line, '\0')) * 4 < line.size();
}

}  // namespace

void LogReader::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (at_newline_ && ends_line(rest_, c)) {
      const bool second_half = c == '\0' && rest_.size() % 2 == 1;
      end_line();
      if (second_half) continue;
    }
    if (rest_.size() >= kLongestLine) end_line();
    rest_ += c;
    at_newline_ = c == '\n';
  }
}

void LogReader::finish() {
  if (!rest_.empty()) end_line();
}

void LogReader::end_line() {
  // UTF-16 puts a zero beside each ASCII character, and a byte order mark in front.
  std::erase_if(rest_, [](char c) { return c == '\0' || c == '\n' || c == '\xFE' || c == '\xFF'; });
  const auto line = read_line(rest_);
  rest_.clear();
  at_newline_ = false;
  ++lines_;
  if (!line.call.empty() && !line.stream.empty()) join(line.stream, line.call);
  if (std::holds_alternative<std::monostate>(line.fact)) return;
  ++recognised_;
  if (std::holds_alternative<ProcessStarted>(line.fact)) return another_process();
  auto& evidence = evidence_for(line);
  // It goes on: in another process, whose log this is as well. Twilio tells the next one that it broke off.
  if (!std::holds_alternative<TwilioSaid>(line.fact)) evidence.calls_cut.reset();
  book(line, evidence);
}

void LogReader::another_process() {
  for (auto& [call, evidence] : calls_) {
    if (evidence.calls_started.value_or(0) > 0 && evidence.call_verdicts.empty()) evidence.calls_cut = 1;
  }
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
    if (together)
      count(into.frames, first->total);
    else
      at_least(into.frames, first->total);
    keep("frame");
  } else if (const auto* batch = std::get_if<FrameBatch>(&line.fact)) {
    if (together) {
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
  } else if (const auto* away = std::get_if<CallRefused>(&line.fact)) {
    ++into.calls_refused[away->reason];
    keep("refused");
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
