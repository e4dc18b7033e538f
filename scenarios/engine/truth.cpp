#include "scenarios/engine/truth.hpp"

#include "scenarios/engine/truth_response.hpp"

#include <cstring>

#include <algorithm>
#include <string_view>

namespace scenarios::engine {
using runtime::TimePoint;
using simulators::openai::SessionFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::Direction;
using simulators::twilio::HttpExchange;
using simulators::twilio::StreamFacts;

namespace {
constexpr std::size_t kFingerprint = 1600;    // 200 ms of line noise: no two calls share it
constexpr std::size_t kFingerprints = 64000;  // of a session's audio, that are tried
constexpr std::size_t kStuck = 16000;         // 2 s of the caller's audio on its way

const StreamFacts* started_stream(const CallFacts& call) {
  const StreamFacts* last = nullptr;
  for (const auto& stream : call.streams) {
    if (stream->started_at) last = stream.get();
  }
  return last;
}

/// The bridge turned the call away before it was answered: nothing was promised.
bool turned_away(const CallFacts& call) {
  return !call.verbs.empty() && call.verbs.front() == "Reject";
}

/// It answered none of what was asked about the call, and so knows of no call.
bool refused_throughout(const CallFacts& call) {
  return std::ranges::all_of(call.http, [](const HttpExchange& asked) { return asked.status == 403; });
}

bool configured(const SessionFacts& session) {
  return !session.updated_sent.empty();
}

CallTruth unreachable(const std::vector<const SessionFacts*>& sessions) {
  std::string reason = "network";
  for (const auto* session : sessions) {
    if (!session->updates.empty() && !session->errors_sent.empty()) return {"openai_misconfigured", "", {}};
    const auto& code = session->handshake.refused_with;
    const int status = session->handshake.http_status;
    const auto says = [&](std::string_view word) { return code.find(word) != std::string::npos; };
    if (says("quota") || says("rate_limit") || says("billing") || says("deactivated") || status == 429) {
      reason = "quota";
    } else if (says("model")) {
      reason = "model";
    } else if (says("key") || says("authentication") || says("permission") || !session->handshake.key_valid ||
               status == 401 || status == 403) {
      reason = "auth";
    }
  }
  return {"openai_unreachable", reason, {}};
}

CallTruth from_responses(CallTruth truth) {
  const ResponseTruth* last = nullptr;
  for (const auto& response : truth.responses) {
    if (!response.verdict.empty() && response.verdict != "excused") last = &response;
  }
  if (last == nullptr) {
    truth.verdict = "too_short";
    return truth;
  }
  truth.reason = last->reason;
  if (last->verdict == "silent") truth.verdict = "openai_not_generating";
  if (last->verdict == "stuck") truth.verdict = "pipeline_blockage";
  if (last->verdict == "unconfirmed") truth.verdict = "twilio_or_network";
  if (last->verdict == "heard") truth.verdict = "normal";
  return truth;
}
}  // namespace

CallTruth find_truth(const CallFacts& call, const std::vector<const SessionFacts*>& sessions,
                     const TruthSettings& settings) {
  if (call.direction == Direction::outbound && !call.answered_at) return {"not_answered", "", {}};
  if (!call.answered_at && turned_away(call)) return {};
  if (settings.forged && refused_throughout(call)) return {};
  const auto* stream = started_stream(call);
  // Told that a machine had answered, the bridge asked for no stream at all.
  const bool machine = call.answered_by.starts_with("machine") || call.answered_by == "fax";
  if (machine && call.streams.empty()) return {"not_answered", "machine", {}};
  if (stream == nullptr) return {"stream_never_started", "", {}};
  const bool model_told = std::any_of(sessions.begin(), sessions.end(), [](const SessionFacts* session) {
    return session->close_received && session->close_received->code == 1011;
  });
  if (stream->bridge_close_code == 1011 && (model_told || sessions.empty())) return {"bridge_fault", "", {}};
  if (std::none_of(sessions.begin(), sessions.end(), [](const SessionFacts* s) { return configured(*s); })) {
    return unreachable(sessions);
  }
  CallTruth truth;
  truth.responses = find_response_truths(call, sessions, settings);
  const bool due = std::any_of(sessions.begin(), sessions.end(),
                               [](const SessionFacts* s) { return !s->responses.empty(); });
  std::size_t appended = 0;
  for (const auto* session : sessions) appended += session->caller_audio.size();
  if (!due) {
    if (stream->sent.mulaw.size() > appended + kStuck)
      return {"pipeline_blockage", "caller_path_blocked", {}};
    return {stream->sent.pieces.empty() ? "no_caller_audio" : "no_turn", "", {}};
  }
  return from_responses(std::move(truth));
}

namespace {
/// In linear time, also where both are silence: std::string::find would compare all of it at every place.
bool holds(std::string_view sound, std::string_view part) {
  return ::memmem(sound.data(), sound.size(), part.data(), part.size()) != nullptr;
}

/// The one call whose caller sent `probe`; nullopt also when several did, as with a clip that all of them
/// say.
std::optional<std::size_t> sender_of(std::string_view probe, const std::vector<const CallFacts*>& calls) {
  std::optional<std::size_t> sender;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto* stream = started_stream(*calls[i]);
    if (stream == nullptr || !holds(stream->sent.mulaw, probe)) continue;
    if (sender) return std::nullopt;
    sender = i;
  }
  return sender;
}

/// By what it heard. The first stretch may be silence that the bridge put in: then a later one tells.
std::optional<std::size_t> owner_by_audio(const SessionFacts& session,
                                          const std::vector<const CallFacts*>& calls) {
  const std::string_view audio = session.caller_audio;
  std::optional<std::size_t> owner;
  for (std::size_t at = 0; at + kFingerprint <= std::min(audio.size(), kFingerprints) && !owner;
       at += kFingerprint) {
    owner = sender_of(audio.substr(at, kFingerprint), calls);
  }
  return owner;
}

bool running(const CallFacts& call, TimePoint at) {
  const auto* stream = started_stream(call);
  return stream != nullptr && *stream->started_at <= at && (!call.ended_at || at <= *call.ended_at);
}
}  // namespace

std::vector<std::vector<const SessionFacts*>> pair_sessions(const std::vector<const CallFacts*>& calls,
                                                            const std::deque<SessionFacts>& sessions) {
  std::vector<std::vector<const SessionFacts*>> pairs(calls.size());
  std::vector<const SessionFacts*> deaf;
  for (const auto& session : sessions) {
    const auto owner = calls.size() == 1 ? std::optional<std::size_t>{0} : owner_by_audio(session, calls);
    if (owner) {
      pairs[*owner].push_back(&session);
    } else {
      deaf.push_back(&session);
    }
  }
  // What was refused has heard nothing. Of the calls that were running, it goes to one that has none yet, and
  // else to the one with the fewest; the latest of them, since a stream's start is what makes a bridge dial.
  for (const auto* session : deaf) {
    std::optional<std::size_t> owner;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (running(*calls[i], session->handshake.at) && (!owner || pairs[i].size() <= pairs[*owner].size()))
        owner = i;
    }
    if (owner) pairs[*owner].push_back(session);
  }
  for (auto& pair : pairs) {
    std::ranges::sort(pair, {}, [](const SessionFacts* session) { return session->handshake.at; });
  }
  return pairs;
}

}  // namespace scenarios::engine
