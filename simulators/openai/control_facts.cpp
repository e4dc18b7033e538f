#include "simulators/openai/control_facts.hpp"

#include "runtime/core/units.hpp"

#include <cmath>
#include <string_view>

namespace simulators::openai {
namespace {

using control::Json;

double rounded(Duration length) {
  return std::round(runtime::seconds(length) * 1e6) / 1e6;
}

Json when(const SessionFacts& session, std::optional<TimePoint> at) {
  return at ? Json(rounded(*at - session.handshake.at)) : Json(nullptr);
}

std::string_view name_of(AudioFormat format) {
  switch (format) {
    case AudioFormat::pcm:
      return "audio/pcm";
    case AudioFormat::pcmu:
      return "audio/pcmu";
    case AudioFormat::pcma:
      return "audio/pcma";
  }
  return "?";
}

std::string_view name_of(CancelledBy by) {
  switch (by) {
    case CancelledBy::nobody:
      return "nobody";
    case CancelledBy::client:
      return "client";
    case CancelledBy::turn_detected:
      return "turn_detected";
  }
  return "?";
}

std::string_view name_of(Trigger trigger) {
  switch (trigger) {
    case Trigger::greeting:
      return "greeting";
    case Trigger::caller_turn:
      return "caller_turn";
    case Trigger::text:
      return "text";
    case Trigger::tool_result:
      return "tool_result";
    case Trigger::out_of_band:
      return "out_of_band";
    case Trigger::retry:
      return "retry";
  }
  return "?";
}

Json turns_json(const SessionFacts& session) {
  Json all = Json::array();
  for (const auto& turn : session.turns) {
    all.push_back({{"item", turn.item},
                   {"by_vad", turn.by_vad},
                   {"audio_start_ms", turn.audio_start_ms},
                   {"audio_end_ms", turn.audio_end_ms},
                   {"committed", when(session, turn.committed_at)}});
  }
  return all;
}

Json responses_json(const SessionFacts& session) {
  Json all = Json::array();
  for (const auto& response : session.responses) {
    std::string transcript;
    for (const auto& item : response.items) transcript += item.transcript;
    all.push_back({{"id", response.id},
                   {"trigger", name_of(response.trigger)},
                   {"rule", response.rule ? Json(*response.rule) : Json(nullptr)},
                   {"as", response.as},
                   {"transcript", transcript},
                   {"audio_seconds", rounded(runtime::mulaw_length(response.audio.size()))},
                   {"deltas", response.chunks.size()},
                   {"due", when(session, response.due_at)},
                   {"created", when(session, response.created_at)},
                   {"first_audio", when(session, response.first_audio_at)},
                   {"cancelled", when(session, response.cancelled_at)},
                   {"cancelled_by", name_of(response.cancelled_by)},
                   {"status", response.status},
                   {"reason", response.reason},
                   {"done", when(session, response.done_at)}});
  }
  return all;
}

Json truncations_json(const SessionFacts& session) {
  Json all = Json::array();
  for (const auto& truncation : session.truncations) {
    all.push_back({{"at", when(session, truncation.at)},
                   {"item", truncation.item},
                   {"audio_end_ms", truncation.audio_end_ms},
                   {"generated_ms", truncation.generated_ms},
                   {"accepted", truncation.accepted}});
  }
  return all;
}

Json errors_json(const SessionFacts& session) {
  Json all = Json::array();
  for (const auto& sent : session.errors_sent) {
    all.push_back({{"at", when(session, sent.at)},
                   {"type", sent.error.type},
                   {"code", sent.error.code},
                   {"message", sent.error.message},
                   {"param", sent.error.param}});
  }
  return all;
}

Json close_json(const std::optional<runtime::net::CloseReason>& reason) {
  if (!reason) return nullptr;
  return {{"code", reason->code}, {"text", reason->text}};
}

}  // namespace

Json summary_json(const SessionFacts& session) {
  Json codes = Json::array();
  for (const auto& sent : session.errors_sent) codes.push_back(sent.error.code);
  return {{"number", session.number},
          {"id", session.session_id},
          {"model", session.handshake.model},
          {"http_status", session.handshake.http_status},
          {"refused_with", session.handshake.refused_with},
          {"ended", when(session, session.ended_at)},
          {"turns", session.turns.size()},
          {"responses", session.responses.size()},
          {"error_codes", codes}};
}

Json session_json(const SessionFacts& session) {
  Json json = summary_json(session);
  json["target"] = session.handshake.target;
  json["key_valid"] = session.handshake.key_valid;
  json["beta"] = session.handshake.beta;
  json["input_format"] = name_of(session.input_format);
  json["output_format"] = name_of(session.output_format);
  json["appends"] = session.appends.size();
  json["caller_audio_bytes"] = session.caller_audio.size();
  json["turns"] = turns_json(session);
  json["responses"] = responses_json(session);
  json["truncations"] = truncations_json(session);
  json["errors"] = errors_json(session);
  json["close_sent"] = close_json(session.close_sent);
  json["close_received"] = close_json(session.close_received);
  return json;
}

}  // namespace simulators::openai
