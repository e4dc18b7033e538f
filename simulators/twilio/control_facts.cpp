#include "simulators/twilio/control_facts.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>
#include <cmath>

namespace simulators::twilio {
namespace {

using control::Json;

/// Seconds to the microsecond.
double rounded(Duration length) {
  return std::round(runtime::seconds(length) * 1e6) / 1e6;
}

Json when(const CallFacts& call, std::optional<TimePoint> at) {
  return at ? Json(rounded(*at - call.placed_at)) : Json(nullptr);
}

Json audio_seconds(std::size_t bytes) {
  return rounded(runtime::mulaw_length(bytes));
}

std::string_view name_of(EndedBy by) {
  switch (by) {
    case EndedBy::caller:
      return "caller";
    case EndedBy::bridge:
      return "bridge";
    case EndedBy::rest:
      return "rest";
    case EndedBy::twilio:
      return "twilio";
    case EndedBy::time_limit:
      return "time_limit";
    case EndedBy::not_answered:
      return "not_answered";
  }
  return "?";
}

std::string_view name_of(StreamEnd end) {
  switch (end) {
    case StreamEnd::call_ended:
      return "call_ended";
    case StreamEnd::bridge_closed:
      return "bridge_closed";
    case StreamEnd::connection_lost:
      return "connection_lost";
    case StreamEnd::protocol_error:
      return "protocol_error";
    case StreamEnd::stopped:
      return "stopped";
    case StreamEnd::not_opened:
      return "not_opened";
  }
  return "?";
}

std::string_view name_of(MarkFact::How how) {
  switch (how) {
    case MarkFact::How::played:
      return "played";
    case MarkFact::How::cleared:
      return "cleared";
    case MarkFact::How::empty_queue:
      return "empty_queue";
    case MarkFact::How::swallowed_early:
      return "swallowed_early";
    case MarkFact::How::on_stop:
      return "on_stop";
    case MarkFact::How::none:
      return "none";
  }
  return "?";
}

std::string_view name_of(HttpExchange::Purpose purpose) {
  switch (purpose) {
    case HttpExchange::Purpose::voice:
      return "voice";
    case HttpExchange::Purpose::redirect:
      return "redirect";
    case HttpExchange::Purpose::action:
      return "action";
    case HttpExchange::Purpose::fallback:
      return "fallback";
    case HttpExchange::Purpose::media:
      return "media";
    case HttpExchange::Purpose::whisper:
      return "whisper";
    case HttpExchange::Purpose::recording_callback:
      return "recording_callback";
    case HttpExchange::Purpose::transcription_callback:
      return "transcription_callback";
    case HttpExchange::Purpose::debugger:
      return "debugger";
    case HttpExchange::Purpose::status_callback:
      return "status_callback";
    case HttpExchange::Purpose::stream_callback:
      return "stream_callback";
    case HttpExchange::Purpose::amd_callback:
      return "amd_callback";
  }
  return "?";
}

Json stream_json(const CallFacts& call, const StreamFacts& stream) {
  Json parameters = Json::object();
  for (const auto& [name, value] : stream.parameters) parameters[name] = value;
  Json marks = Json::array();
  for (const auto& mark : stream.marks) {
    marks.push_back({{"name", mark.name},
                     {"received", when(call, mark.received_at)},
                     {"after_audio_seconds", audio_seconds(mark.after_bytes)},
                     {"how", name_of(mark.how)},
                     {"echoed", when(call, mark.echoed_at)}});
  }
  Json clears = Json::array();
  for (const auto& clear : stream.clears) {
    clears.push_back({{"at", when(call, clear.at)},
                      {"dropped_seconds", audio_seconds(clear.dropped_bytes)},
                      {"marks_echoed", clear.marks_echoed}});
  }
  Json keys = Json::array();
  for (const auto& key : stream.keys)
    keys.push_back({{"at", when(call, key.at)}, {"key", std::string(1, key.key)}});
  return {{"sid", stream.sid},
          {"url", stream.url},
          {"verb", stream.verb},
          {"track", stream.track},
          {"parameters", parameters},
          {"swallowed", stream.swallowed},
          {"handshake_status", stream.handshake_status},
          {"handshake_error", stream.handshake_error},
          {"started", when(call, stream.started_at)},
          {"ended", when(call, stream.ended_at)},
          {"end", stream.ended_at || !stream.started_at ? Json(name_of(stream.end)) : Json(nullptr)},
          {"bridge_close_code", stream.bridge_close_code ? Json(*stream.bridge_close_code) : Json(nullptr)},
          {"sent_seconds", audio_seconds(stream.sent.mulaw.size())},
          {"received_seconds", audio_seconds(stream.received.mulaw.size())},
          {"messages_received", stream.messages_received},
          {"rejected_messages", stream.rejected_messages},
          {"marks", marks},
          {"clears", clears},
          {"keys", keys}};
}

Json http_json(const CallFacts& call) {
  Json all = Json::array();
  for (const auto& exchange : call.http) {
    const bool pending = !exchange.answered_at && exchange.error.empty();
    all.push_back({{"purpose", name_of(exchange.purpose)},
                   {"asked", when(call, exchange.asked_at)},
                   {"answered", when(call, exchange.answered_at)},
                   {"method", exchange.method},
                   {"url", exchange.url},
                   {"status", pending ? Json(nullptr) : Json(exchange.status)},
                   {"content_type", exchange.content_type},
                   {"error", exchange.error}});
  }
  return all;
}

Json errors_json(const CallFacts& call) {
  Json all = Json::array();
  for (const auto& error : call.errors) {
    all.push_back({{"at", when(call, error.at)},
                   {"code", error.code},
                   {"warning", error.warning},
                   {"text", error.text}});
  }
  return all;
}

/// `since`: the call whose beginning the moments count from.
Json steps_json(const CallFacts& since, const CallFacts& call) {
  Json all = Json::array();
  for (const auto& step : call.steps) {
    all.push_back({{"what", step.what},
                   {"as", step.as},
                   {"began", when(since, step.began_at)},
                   {"ended", when(since, step.ended_at)},
                   {"timed_out", step.timed_out}});
  }
  return all;
}

Json statuses_json(const CallFacts& since, const CallFacts& call) {
  Json all = Json::array();
  for (const auto& change : call.statuses)
    all.push_back({{"at", when(since, change.at)}, {"status", change.status}});
  return all;
}

/// The third parties of a call's `<Dial>`s.
Json legs_json(const CallFacts& call) {
  Json all = Json::array();
  for (const auto& leg : call.children) {
    all.push_back({{"sid", leg->sid},
                   {"party", leg->party},
                   {"from", leg->from},
                   {"to", leg->to},
                   {"status", leg->status()},
                   {"statuses", statuses_json(call, *leg)},
                   {"dialled", when(call, leg->placed_at)},
                   {"answered", when(call, leg->answered_at)},
                   {"ended", when(call, leg->ended_at)},
                   {"heard_seconds", audio_seconds(leg->heard.mulaw.size())},
                   {"heard_speech_seconds", rounded(leg->measured.heard_speech)},
                   {"steps", steps_json(call, *leg)}});
  }
  return all;
}

Json transcription_json(const CallFacts& call, const RecordingFacts& recording) {
  if (!recording.transcription) return nullptr;
  const Transcription& made = *recording.transcription;
  return {
      {"sid", made.sid}, {"text", made.text}, {"status", made.status}, {"over", when(call, made.over_at)}};
}

Json recordings_json(const CallFacts& call) {
  Json all = Json::array();
  for (const auto& recording : call.recordings) {
    all.push_back({{"sid", recording.sid},
                   {"url", recording.url},
                   {"source", recording.source},
                   {"track", recording.track},
                   {"channels", recording.channels()},
                   {"began", when(call, recording.began_at)},
                   {"seconds", audio_seconds(recording.mulaw.size())},
                   {"running", recording.running},
                   {"transcription", transcription_json(call, recording)}});
  }
  return all;
}

Json sounds_json(const Measurement& measured) {
  Json all = Json::array();
  for (const auto& sound : measured.sounds) {
    all.push_back({{"name", sound.name},
                   {"heard_seconds", rounded(sound.heard)},
                   {"share", sound.share},
                   {"resembled_seconds", rounded(sound.resembled)},
                   {"resembled_share", sound.resembled_share}});
  }
  return all;
}

Json measured_json(const CallFacts& call) {
  const Measurement& m = call.measured;
  Json utterances = Json::array();
  for (const auto& utterance : m.utterances) {
    utterances.push_back({{"begin", when(call, utterance.begin)}, {"end", when(call, utterance.end)}});
  }
  return {{"heard_seconds", audio_seconds(call.heard.mulaw.size())},
          {"heard_speech_seconds", rounded(m.heard_speech)},
          {"first_audio_seconds", m.first_audio ? Json(rounded(*m.first_audio)) : Json(nullptr)},
          {"longest_gap_seconds", rounded(m.longest_gap)},
          {"underruns", m.underruns},
          {"longest_silence_seconds", rounded(m.longest_silence)},
          {"talk_over_seconds", rounded(m.talk_over)},
          {"interruptions", m.interruptions},
          {"kept_talking_seconds", rounded(m.kept_talking)},
          {"stale_seconds", rounded(m.stale)},
          {"speech_dbfs", m.speech_dbfs ? Json(*m.speech_dbfs) : Json(nullptr)},
          {"clipped_samples", m.clipped_samples},
          {"static_seconds", rounded(m.static_sound)},
          {"cut_utterances", m.cut_utterances},
          {"sounds", sounds_json(m)},
          {"utterances", utterances}};
}

}  // namespace

Json summary_json(const CallFacts& call) {
  Json codes = Json::array();
  for (const auto& error : call.errors) codes.push_back(error.code);
  return {{"sid", call.sid},
          {"direction", call.direction == Direction::inbound ? "inbound" : "outbound"},
          {"from", call.from},
          {"to", call.to},
          {"status", call.status()},
          {"answered", when(call, call.answered_at)},
          {"ended", when(call, call.ended_at)},
          {"ended_by", call.ended_at ? Json(name_of(call.ended_by)) : Json(nullptr)},
          {"error_codes", codes},
          {"heard_speech_seconds", rounded(call.measured.heard_speech)}};
}

Json call_json(const CallFacts& call) {
  Json json = summary_json(call);
  Json documents = Json::array();
  for (const auto& [at, text] : call.documents)
    documents.push_back({{"at", when(call, at)}, {"twiml", text}});
  Json streams = Json::array();
  for (const auto& stream : call.streams) streams.push_back(stream_json(call, *stream));
  json["track_rules"] = call.rules == TrackRules::twilio_docs ? "twilio_docs" : "incident_report";
  json["errors"] = errors_json(call);
  json["statuses"] = statuses_json(call, call);
  json["verbs"] = call.verbs;
  json["documents"] = documents;
  json["http"] = http_json(call);
  json["streams"] = streams;
  json["legs"] = legs_json(call);
  json["recordings"] = recordings_json(call);
  json["steps"] = steps_json(call, call);
  json["measured"] = measured_json(call);
  return json;
}

std::string on_the_clock(const TimedAudio& audio, TimePoint begin) {
  std::string out;
  for (const auto& piece : audio.pieces) {
    const auto samples = std::chrono::duration_cast<runtime::Samples8k>(piece.at - begin).count();
    const auto at = static_cast<std::size_t>(std::max<std::int64_t>(samples, 0));
    if (at > out.size()) out.resize(at, runtime::audio::kMulawSilence);
    out.append(audio.bytes_of(piece));
  }
  return out;
}

std::string heard_audio(const CallFacts& call, TimePoint now) {
  std::string out = on_the_clock(call.heard, call.answered_at.value_or(call.placed_at));
  if (!call.answered_at) return out;
  const auto lasted = call.ended_at.value_or(now) - *call.answered_at;
  const auto samples = std::chrono::duration_cast<runtime::Samples8k>(lasted).count();
  const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(samples, 0));
  if (bytes > out.size()) out.resize(bytes, runtime::audio::kMulawSilence);
  return out;
}

}  // namespace simulators::twilio
