#include "scenarios/engine/truth_response.hpp"

#include "simulators/openai/recognition.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

namespace scenarios::engine {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;
using simulators::openai::AudioFormat;
using simulators::openai::CancelledBy;
using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::MarkFact;
using simulators::twilio::StreamFacts;
using simulators::twilio::TimedAudio;

namespace {
constexpr std::size_t kEvidence = 3200;                    // 400 ms: less says nothing
constexpr std::size_t kOneFrame = 160;                     // a mark's echo may round by so much
constexpr std::size_t kResponseFingerprint = 480;          // 60 ms: enough to find a response by
constexpr std::string_view kSilence = "\xFF\x7F\xFE\x7E";  // which is found everywhere

Duration length_of(std::size_t samples) {
  return std::chrono::microseconds(samples * 125);
}

/// How much of `audio`, from its beginning, stands verbatim in `in` at or after `from`; `at`: where.
std::size_t found(std::string_view audio, std::string_view in, std::size_t from, std::size_t& at) {
  if (audio.empty() || from > in.size()) return 0;
  const auto sound = audio.find_first_not_of(kSilence);
  const std::size_t begin = sound == std::string_view::npos ? 0 : sound;
  // The one before may have been taken to go on into this one's first silence.
  at = in.find(audio.substr(begin, kResponseFingerprint), from);
  if (at == std::string_view::npos || at < begin) return 0;
  at -= begin;
  const auto rest = in.substr(at);
  const auto most = std::min(rest.size(), audio.size());
  const auto differs =
      std::mismatch(audio.begin(), audio.begin() + static_cast<std::ptrdiff_t>(most), rest.begin());
  return static_cast<std::size_t>(differs.first - audio.begin());
}

/// When the response was cut off by somebody: after that, nothing of it is missing.
TimePoint cut_at(const ResponseFacts& r, const SessionFacts& session, const StreamFacts* stream,
                 TimePoint end) {
  TimePoint cut = end;
  if (r.cancelled_at) cut = std::min(cut, *r.cancelled_at);
  const TimePoint begin = r.first_audio_at.value_or(r.due_at);
  for (const auto& turn : session.turns) {
    if (turn.started_at && *turn.started_at > begin) cut = std::min(cut, *turn.started_at);
  }
  if (stream != nullptr) {
    for (const auto& clear : stream->clears) {
      if (clear.at > begin) cut = std::min(cut, clear.at);
    }
  }
  return cut;
}

/// The most audio that was due at Twilio (sent by the model, and its turn to be played) and had not come.
std::size_t most_late(const ResponseFacts& r, const StreamFacts& stream, std::size_t arrived_at,
                      std::size_t arrived, TimePoint cut, TimePoint& busy_until) {
  // Playing is due without a break from the first audio on, but never before the model sent it.
  std::vector<std::pair<TimePoint, std::size_t>> due;  // from this time on, so many samples more
  TimePoint at = busy_until;
  for (const auto& chunk : r.chunks) {
    if (!chunk.decodable || chunk.after_cancel) continue;
    at = std::max(at, chunk.at);
    due.emplace_back(at, chunk.bytes);
    at += length_of(chunk.bytes);
  }
  busy_until = std::min(at, cut);
  const auto due_by = [&](TimePoint t) {
    std::size_t sum = 0;
    for (const auto& [from, samples] : due) {
      if (t <= from) break;
      const auto elapsed = static_cast<std::size_t>((t - from) / 125us);
      sum += std::min(samples, elapsed);
    }
    return sum;
  };
  std::size_t worst = 0;
  const auto look = [&](TimePoint t, std::size_t have) {
    const std::size_t want = due_by(std::min(t, cut));
    if (want > have) worst = std::max(worst, want - have);
  };
  std::size_t have = 0;
  for (const auto& piece : stream.received.pieces) {
    if (arrived == 0 || piece.offset + piece.bytes <= arrived_at) continue;
    if (piece.offset >= arrived_at + arrived) break;
    look(piece.at, have);
    have = std::min(piece.offset + piece.bytes, arrived_at + arrived) - arrived_at;
  }
  look(cut, have);
  return worst;
}

/// Sound that was converted on its way is not found by its bytes: all of it is there, or none that counts.
void recognise(ResponseTruth& truth, const StreamFacts* stream, const CallFacts& call) {
  using simulators::openai::contains_sound;
  using simulators::openai::sketch_of_mulaw;
  const auto sound = sketch_of_mulaw(truth.response->audio);
  const auto in = [&](std::string_view mulaw) {
    return contains_sound(sketch_of_mulaw(mulaw), sound) ? truth.generated : 0;
  };
  truth.played = in(call.heard.mulaw);
  truth.arrived = stream != nullptr ? in(stream->received.mulaw) : 0;
  if (truth.arrived > 0) truth.most_late_seconds = 0;  // when each piece came is not known
}

/// How much of the response Twilio discarded (its buffer was full) before a mark that came back all the same,
/// too early by that much. `from`: where the response begins in what Twilio received.
std::size_t discarded_before_a_mark(const StreamFacts& stream, std::size_t from, std::size_t arrived,
                                    TimePoint cut) {
  std::size_t last_mark = from;
  for (const auto& mark : stream.marks) {
    const bool back = mark.echoed_at && *mark.echoed_at <= cut && mark.how != MarkFact::How::cleared;
    if (back && mark.after_bytes <= from + arrived && mark.after_bytes >= from + std::min(kEvidence, arrived))
      last_mark = mark.after_bytes;
  }
  std::size_t sum = 0;
  for (const auto& discard : stream.discards) {
    const auto begin = std::max(discard.offset, from);
    const auto end = std::min(discard.offset + discard.bytes, last_mark);
    if (begin < end) sum += end - begin;
  }
  return sum;
}

struct Circumstances {
  const CallFacts& call;
  const SessionFacts& session;
  const StreamFacts* stream;
  const TruthSettings& settings;
  TimePoint end;
  TimePoint cut;
};

std::string silence_reason(const ResponseFacts& r, bool undecodable) {
  if (undecodable) return "undecodable";
  if (!r.created_at) return "not_created";
  if (r.done_lost) return "";  // how it ended was not told
  if (r.reason.find("insufficient_quota") != std::string::npos) return "quota";
  if (r.reason.find("rate_limit_exceeded") != std::string::npos) return "rate_limit";
  if (r.status == "failed" || r.status == "incomplete") return r.status;
  return "";  // whether the bridge saw no audio or an empty end depends on who was first
}

/// A response that nobody can have heard for want of audible audio.
void judge_inaudible(ResponseTruth& truth, const Circumstances& e) {
  const auto& r = *truth.response;
  const bool undecodable = r.audio.empty() && std::any_of(r.chunks.begin(), r.chunks.end(),
                                                          [](const auto& chunk) { return !chunk.decodable; });
  const bool by_deadline = e.end - r.due_at >= e.settings.response_start_timeout;
  const bool ended = r.done_at && !r.done_lost && r.cancelled_by != CancelledBy::turn_detected;
  const bool by_watchdog = r.cancelled_by == CancelledBy::client;
  const bool interrupted =
      e.cut < e.end && !by_watchdog && e.cut < r.due_at + e.settings.response_start_timeout;
  if (!(by_deadline || ended || by_watchdog) || (interrupted && !ended)) {
    truth.verdict = "excused";
    return;
  }
  truth.verdict = undecodable ? "stuck" : "silent";
  truth.reason = !r.audio.empty() ? "silent_audio" : silence_reason(r, undecodable);
}

/// It fell silent in the middle: the client gave up on it long after its last audio was played.
bool stalled(const ResponseTruth& truth, const Circumstances& e) {
  const auto& r = *truth.response;
  if (r.chunks.empty() || r.done_at.value_or(e.end) < r.chunks.back().at) return false;
  const bool unfinished = r.withheld_bytes > 0 || (!r.done_at && r.status.empty());
  const bool gave_up = r.cancelled_by == CancelledBy::client || unfinished;
  const TimePoint ended = r.cancelled_at.value_or(e.cut);
  return gave_up && ended - r.chunks.back().at >= 3s && truth.played + kEvidence / 2 >= truth.generated;
}

void judge(ResponseTruth& truth, const Circumstances& e) {
  const auto& r = *truth.response;
  if (!r.audible) return judge_inaudible(truth, e);
  if (stalled(truth, e)) {
    truth.verdict = "silent";
    truth.reason = "stalled";
    return;
  }
  const std::size_t evidence = std::min(kEvidence, truth.generated);
  if (truth.most_late_seconds >= 1.0) {
    truth.verdict = "stuck";
    truth.reason = "transport_blocked";
  } else if (truth.discarded > kOneFrame) {
    truth.verdict = "unconfirmed";  // its marks came back too early
  } else if (truth.played >= evidence && e.stream != nullptr && !e.stream->swallowed) {
    truth.verdict = "heard";
  } else if (truth.arrived >= evidence && e.stream != nullptr && e.stream->swallowed) {
    truth.verdict = "unconfirmed";
  } else {
    truth.verdict = "excused";
  }
}

bool never_judged(const ResponseFacts& r) {
  if (r.out_of_band) return true;
  const bool tool =
      std::any_of(r.items.begin(), r.items.end(), [](const auto& i) { return !i.tool.empty(); });
  const bool message =
      std::any_of(r.items.begin(), r.items.end(), [](const auto& i) { return i.tool.empty(); });
  return tool && !message;
}
}  // namespace

std::vector<ResponseTruth> find_response_truths(const CallFacts& call,
                                                const std::vector<const SessionFacts*>& sessions,
                                                const TruthSettings& settings) {
  std::vector<ResponseTruth> truths;
  const auto* stream = call.stream();
  std::size_t received_from = 0;
  std::size_t heard_from = 0;
  TimePoint busy_until{};
  for (const auto* session : sessions) {
    for (const auto& r : session->responses) {
      if (never_judged(r)) continue;
      ResponseTruth truth;
      truth.response = &r;
      truth.generated = r.audio.size();
      const TimePoint call_end = call.ended_at.value_or(TimePoint::max());
      const TimePoint end =
          stream != nullptr ? std::min(stream->ended_at.value_or(call_end), call_end) : call_end;
      const Circumstances evidence{call, *session, stream, settings, end, cut_at(r, *session, stream, end)};
      std::size_t at = 0;
      if (stream != nullptr) {
        truth.arrived = found(r.audio, stream->received.mulaw, received_from, at);
        if (r.audible) {
          const auto late = most_late(r, *stream, at, truth.arrived, evidence.cut, busy_until);
          truth.most_late_seconds = static_cast<double>(late) / 8000.0;
          truth.discarded = discarded_before_a_mark(*stream, at, truth.arrived, evidence.cut);
        }
        // Silence is found anywhere, and says nothing of where the next begins.
        if (truth.arrived > 0 && r.audible) received_from = at + truth.arrived;
      }
      truth.played = found(r.audio, call.heard.mulaw, heard_from, at);
      if (truth.played > 0 && r.audible) heard_from = at + truth.played;
      if (session->output_format != AudioFormat::pcmu) recognise(truth, stream, call);
      judge(truth, evidence);
      truths.push_back(std::move(truth));
    }
  }
  return truths;
}

}  // namespace scenarios::engine
