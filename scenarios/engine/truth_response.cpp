#include "scenarios/engine/truth_response.hpp"

#include "scenarios/engine/audio_search.hpp"
#include "scenarios/engine/truth_path.hpp"
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
using simulators::openai::Trigger;
using simulators::twilio::CallFacts;
using simulators::twilio::KeyFact;
using simulators::twilio::MarkFact;
using simulators::twilio::StreamFacts;

namespace {
constexpr std::size_t kEvidence = 3200;                    // 400 ms: less says nothing
constexpr std::size_t kFirstMark = 4000;                   // 500 ms
constexpr std::size_t kOneFrame = 160;                     // a mark's echo may round by so much
constexpr std::size_t kResponseFingerprint = 480;          // 60 ms: enough to find a response by
constexpr std::string_view kSilence = "\xFF\x7F\xFE\x7E";  // which is found everywhere

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

/// Sound that was converted on its way is not found by its bytes, but by its shape.
std::size_t recognised(std::string_view sound, std::string_view in, std::size_t from, std::size_t& at) {
  if (from > in.size()) return 0;
  const auto later = in.substr(from);
  const std::vector<Run> all{Run{TimePoint(), std::string(later)}};
  const auto alike = find_alike(all, sound).match;
  if (alike.length >= std::min(kEvidence, sound.size()) / 2) {
    at = from + alike.at - std::min(alike.at, alike.from);
    return std::min(sound.size(), in.size() - at);
  }
  using simulators::openai::contains_sound;
  using simulators::openai::sketch_of_mulaw;
  at = from;
  return contains_sound(sketch_of_mulaw(later), sketch_of_mulaw(sound)) ? sound.size() : 0;
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

/// The first key that cuts it short: what the service itself answers has to have begun.
std::optional<TimePoint> key_in(const ResponseFacts& r, const Circumstances& e) {
  if (e.stream == nullptr) return std::nullopt;
  const bool by_service = r.trigger == Trigger::caller_turn;
  const TimePoint from = by_service ? r.created_at.value_or(TimePoint::max()) : r.due_at;
  const auto key = std::ranges::find_if(e.stream->keys, [&](const KeyFact& k) { return k.at >= from; });
  return key != e.stream->keys.end() ? std::optional(key->at) : std::nullopt;
}

/// The bridge cancelled it because the caller cut it short: by a key, or by his voice where the service
/// leaves it to the bridge.
bool cancelled_for_the_caller(const ResponseFacts& r, const Circumstances& e) {
  if (!r.cancelled_at) return false;
  const auto shortly_before = [&](TimePoint at) {
    return at >= r.due_at && at <= *r.cancelled_at &&
           *r.cancelled_at - std::max(at, r.created_at.value_or(at)) < 1s;
  };
  if (const auto key = key_in(r, e); key && shortly_before(*key)) return true;
  return std::ranges::any_of(
      e.session.turns, [&](const auto& turn) { return turn.started_at && shortly_before(*turn.started_at); });
}

/// A response that nobody can have heard for want of audible audio.
void judge_inaudible(ResponseTruth& truth, const Circumstances& e) {
  const auto& r = *truth.response;
  const bool undecodable = r.audio.empty() && std::any_of(r.chunks.begin(), r.chunks.end(),
                                                          [](const auto& chunk) { return !chunk.decodable; });
  const bool by_deadline = e.end - r.due_at >= e.settings.response_start_timeout;
  const bool by_watchdog = r.cancelled_by == CancelledBy::client && !cancelled_for_the_caller(r, e);
  const bool ended = r.done_at && !r.done_lost && r.cancelled_by != CancelledBy::turn_detected &&
                     (r.cancelled_by != CancelledBy::client || by_watchdog);
  const TimePoint cut = std::min(e.cut, key_in(r, e).value_or(e.cut));
  const bool interrupted = cut < e.end && !by_watchdog && cut < r.due_at + e.settings.response_start_timeout;
  if (!(by_deadline || ended || by_watchdog) || (interrupted && !ended)) {
    truth.verdict = "excused";
    return;
  }
  truth.judged_at = r.due_at + e.settings.response_start_timeout;
  if (r.done_at && !r.done_lost) truth.judged_at = std::min(truth.judged_at, *r.done_at);
  if (r.cancelled_at) truth.judged_at = std::min(truth.judged_at, *r.cancelled_at);
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

/// When what was left of it was dropped, as the bridge decided it; the call's end, if it was not.
TimePoint interrupted_at(const ResponseFacts& r, const Circumstances& e, Duration one_way) {
  TimePoint at = e.end;
  if (r.cancelled_at) at = std::min(at, *r.cancelled_at);
  for (const auto& clear : e.stream->clears) {
    if (clear.at > r.first_audio_at.value_or(r.due_at)) at = std::min(at, clear.at - one_way);
  }
  return at;
}

/// Its last mark may be on its way when the call ends: it comes before the end does, or the connection is
/// cut.
TimePoint learned_by_the_end(const Circumstances& e, const Path& path) {
  if (e.end > TimePoint::max() - 1h) return e.end;
  const TimePoint cut = std::max(e.end, e.stream->ended_at.value_or(TimePoint::max()));
  return std::min(path.at_bridge(e.end + path.one_way()).value_or(cut), cut);
}

void judge_path(ResponseTruth& truth, const Circumstances& e, const Path& path) {
  const TimePoint last = learned_by_the_end(e, path);
  const auto stuck = path.stuck(e.cut);
  const auto unconfirmed = path.unconfirmed(e.cut < e.end ? e.cut : last);
  const TimePoint interrupted = interrupted_at(*truth.response, e, path.one_way());
  // Of a bridge that sends no marks, the handset is all there is: as much as would have brought a first mark.
  const auto by_mark = path.confirmed(interrupted < e.end ? interrupted : last);
  const std::size_t evidence = std::min(kEvidence, truth.generated);
  // The handset may be a quarter of a second behind what Twilio has played.
  const bool heard = by_mark ? *by_mark && truth.played >= evidence / 2
                             : truth.played >= std::min(kFirstMark, truth.generated);
  const bool swallowed = e.stream->swallowed && !by_mark && truth.arrived >= evidence;
  if (stuck && (!unconfirmed || *stuck <= *unconfirmed)) {
    truth.verdict = "stuck";
    truth.reason = "transport_blocked";
    truth.judged_at = *stuck;
  } else if (unconfirmed || swallowed || truth.discarded > kOneFrame) {
    truth.verdict = "unconfirmed";
    truth.judged_at = unconfirmed.value_or(e.end);
  } else {
    // One that was not cut short is judged when its last mark is back.
    const auto over = truth.response->done_at ? path.last_back() : std::nullopt;
    truth.judged_at = std::min(interrupted, over ? std::max(*over, *truth.response->done_at) : e.end);
    truth.verdict = heard && !e.stream->swallowed ? "heard" : "excused";
  }
}

void judge(ResponseTruth& truth, const Circumstances& e, const Path* path) {
  if (!truth.response->audible) return judge_inaudible(truth, e);
  if (stalled(truth, e)) {
    truth.verdict = "silent";
    truth.reason = "stalled";
    truth.judged_at = truth.response->cancelled_at.value_or(e.cut);
  } else if (path == nullptr) {
    truth.verdict = "excused";
  } else {
    judge_path(truth, e, *path);
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
  std::size_t received_from = 0, unread = 0;
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
      const bool verbatim = session->output_format == AudioFormat::pcmu;
      const auto find = verbatim ? found : recognised;
      // Where a sound that is known by its shape ends is not.
      const auto certain = [&](std::size_t length) {
        return verbatim ? length : std::min(length, kEvidence);
      };
      std::size_t at = 0;
      std::optional<Path> path;
      if (stream != nullptr) {
        truth.arrived = find(r.audio, stream->received.mulaw, received_from, at);
        path.emplace(r, *stream, Arrived{at, truth.arrived}, busy_until, unread, settings);
        unread += path->unread(evidence.cut);
        if (r.audible) {
          truth.discarded = discarded_before_a_mark(*stream, at, truth.arrived, evidence.cut);
          busy_until = std::min(path->due_until(), evidence.cut);
        }
        // Silence is found anywhere, and says nothing of where the next begins.
        if (truth.arrived > 0 && r.audible) received_from = at + certain(truth.arrived);
      }
      truth.played = find(r.audio, call.heard.mulaw, heard_from, at);
      if (truth.played > 0 && r.audible) heard_from = at + certain(truth.played);
      judge(truth, evidence, path ? &*path : nullptr);
      truths.push_back(std::move(truth));
    }
  }
  return truths;
}

}  // namespace scenarios::engine
