#include "scenarios/engine/truth.hpp"

#include "scenarios/engine/pairing.hpp"
#include "scenarios/engine/truth_caller_path.hpp"
#include "scenarios/engine/truth_response.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace scenarios::engine {
using runtime::TimePoint;
using simulators::openai::SessionFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::Direction;
using simulators::twilio::HttpExchange;
using simulators::twilio::StreamFacts;

namespace {
constexpr std::size_t kStuck = 16000;  // 2 s of the caller's audio on its way

/// The bridge turned the call away before it was answered: nothing was promised.
bool turned_away(const CallFacts& call) {
  return !call.verbs.empty() && call.verbs.front() == "Reject";
}

/// The bridge took no calls any more since it had SIGTERM, and said so to whoever asked for the call's
/// document.
bool sent_away(const CallFacts& call, const TruthSettings& settings) {
  constexpr int kDraining = 503;
  if (!settings.draining_since || !call.streams.empty()) return false;
  std::size_t asked = 0, away = 0;
  for (const auto& exchange : call.http) {
    if (exchange.purpose != HttpExchange::Purpose::voice) continue;
    ++asked;
    const auto at = exchange.answered_at.value_or(exchange.asked_at);
    if (exchange.status == kDraining && at >= *settings.draining_since) ++away;
  }
  return asked > 0 && away == asked;
}

/// It answered none of what was asked about the call, and so knows of no call.
bool refused_throughout(const CallFacts& call) {
  return std::ranges::all_of(call.http, [](const HttpExchange& asked) { return asked.status == 403; });
}

bool configured(const SessionFacts& session) {
  return !session.updated_sent.empty();
}

/// What OpenAI said, where it said anything: the body of an HTTP answer says more than its status.
std::string code_of_refusal(const simulators::openai::HandshakeFacts& handshake) {
  const auto body = nlohmann::json::parse(handshake.refused_body, nullptr, false);
  const auto code = nlohmann::json::json_pointer("/error/code");
  const bool has_one = body.is_object() && body.contains(code) && body[code].is_string();
  return has_one ? body[code].get<std::string>() : handshake.refused_with;
}

CallTruth unreachable(const std::vector<const SessionFacts*>& sessions) {
  std::string reason = "network";
  for (const auto* session : sessions) {
    if (!session->updates.empty() && !session->errors_sent.empty()) return {"openai_misconfigured"};
    const auto code = code_of_refusal(session->handshake);
    const int status = session->handshake.http_status;
    const auto says = [&](std::string_view word) { return code.find(word) != std::string::npos; };
    if (says("quota") || says("rate_limit") || says("billing") || says("deactivated") || status == 429 ||
        status == 402) {
      reason = "quota";
    } else if (says("model") || says("Deployment")) {
      reason = "model";
    } else if (says("key") || says("authentication") || says("permission") || !session->handshake.key_valid ||
               status == 401 || status == 403) {
      reason = "auth";
    }
  }
  return {"openai_unreachable", reason};
}

/// `blocked_until`: OpenAI took nothing of the caller's audio until then. An answer that was due from then on
/// shows that it hears him again.
CallTruth from_responses(CallTruth truth, std::optional<TimePoint> blocked_until) {
  std::string_view last;
  TimePoint judged_at{}, due_at{};
  for (const auto& response : truth.responses) {
    if (response.verdict.empty() || response.verdict == "excused") continue;
    if (!last.empty() && response.judged_at < judged_at) continue;
    last = response.verdict;
    judged_at = response.judged_at;
    due_at = response.response->due_at;
    truth.reason = response.reason;
  }
  for (const auto& missed : truth.missed) {
    if (!last.empty() && missed.at < judged_at) continue;
    last = "silent";
    judged_at = missed.at;
    truth.reason = missed.reason;
  }
  if (last.empty()) truth.verdict = "too_short";
  if (last == "silent") truth.verdict = "openai_not_generating";
  if (last == "stuck") truth.verdict = "pipeline_blockage";
  if (last == "unconfirmed") truth.verdict = "twilio_or_network";
  if (last == "heard") truth.verdict = "normal";
  const bool nothing_else = last.empty() || (last == "heard" && due_at < blocked_until);
  if (blocked_until && nothing_else) {
    truth.verdict = "pipeline_blockage";
    truth.reason = "caller_path_blocked";
  }
  return truth;
}
}  // namespace

CallTruth find_truth(const CallFacts& call, const std::vector<const SessionFacts*>& sessions,
                     const TruthSettings& settings) {
  if (call.direction == Direction::outbound && !call.answered_at) return {"not_answered"};
  if (!call.answered_at && turned_away(call)) return {};
  if (sent_away(call, settings)) return {};
  if (settings.forged && refused_throughout(call)) return {};
  const auto* stream = started_stream(call);
  // Told that a machine had answered, the bridge asked for no stream at all.
  const bool machine = call.answered_by.starts_with("machine") || call.answered_by == "fax";
  if (machine && call.streams.empty()) return {"not_answered", "machine"};
  if (stream == nullptr) return {"stream_never_started"};
  // Its `start` was not admitted: it was no call of the bridge's.
  if (settings.ours && stream->bridge_close_code == 1008 && sessions.empty()) return {"stream_never_started"};
  const bool model_told = std::any_of(sessions.begin(), sessions.end(), [](const SessionFacts* session) {
    return session->close_received && session->close_received->code == 1011;
  });
  if (stream->bridge_close_code == 1011 && (model_told || sessions.empty())) return {"bridge_fault"};
  if (std::none_of(sessions.begin(), sessions.end(), [](const SessionFacts* s) { return configured(*s); })) {
    return unreachable(sessions);
  }
  CallTruth truth = find_response_truths(call, sessions, settings);
  const bool due = std::any_of(sessions.begin(), sessions.end(),
                               [](const SessionFacts* s) { return !s->responses.empty(); });
  const bool deaf = stream->sent.pieces.empty();
  std::size_t appended = 0;
  for (const auto* session : sessions) appended += session->caller_audio.size();
  if (!due) {
    if (stream->sent.mulaw.size() > appended + kStuck) return {"pipeline_blockage", "caller_path_blocked"};
    return {deaf ? "no_caller_audio" : "no_turn"};
  }
  const auto end = stream->ended_at.value_or(call.ended_at.value_or(TimePoint::max()));
  truth = from_responses(std::move(truth), caller_blocked_until(*stream, sessions, settings, end));
  if (deaf && truth.verdict == "normal") truth.verdict = "no_caller_audio";
  return truth;
}

}  // namespace scenarios::engine
