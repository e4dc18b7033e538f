#include "simulators/openai/beta.hpp"

#include "simulators/openai/codec.hpp"
#include "simulators/openai/event_fields.hpp"

#include <array>
#include <string>
#include <utility>

namespace simulators::openai {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;
constexpr std::array<Pair, 3> kFormatNames = {
    {{"audio/pcm", "pcm16"}, {"audio/pcmu", "g711_ulaw"}, {"audio/pcma", "g711_alaw"}}};

std::string_view beta_format(const Json& format) {
  for (const auto& [ga, beta] : kFormatNames) {
    if (format["type"] == ga) return beta;
  }
  return "pcm16";
}

Json ga_format(const Json& name) {
  for (const auto& [ga, beta] : kFormatNames) {
    if (name == beta) return {{"type", ga}};
  }
  return name;
}

Json beta_modalities(const Json& modalities) {
  return modalities == Json::array({"audio"}) ? Json::array({"audio", "text"}) : modalities;
}

Json ga_modalities(const Json& modalities) {
  return modalities.size() == 2 ? Json::array({"audio"}) : modalities;
}

bool transcribes(const Json& ga_session) {
  return ga_session["object"] == "realtime.transcription_session";
}

Json beta_session(const Json& ga, double temperature) {
  const Json& input = ga["audio"]["input"];
  Json beta;
  beta["id"] = ga["id"];
  beta["object"] = ga["object"];
  beta["expires_at"] = ga["expires_at"];
  beta["input_audio_noise_reduction"] = input["noise_reduction"];
  beta["turn_detection"] = input["turn_detection"];
  if (beta["turn_detection"].is_object()) beta["turn_detection"].erase("idle_timeout_ms");
  beta["input_audio_format"] = beta_format(input["format"]);
  beta["input_audio_transcription"] = input["transcription"];
  beta["client_secret"] = nullptr;
  beta["include"] = ga["include"];
  if (transcribes(ga)) return beta;
  const Json& output = ga["audio"]["output"];
  beta["model"] = ga["model"];
  beta["modalities"] = beta_modalities(ga["output_modalities"]);
  beta["instructions"] = ga["instructions"];
  beta["voice"] = output["voice"];
  beta["output_audio_format"] = beta_format(output["format"]);
  beta["tool_choice"] = ga["tool_choice"];
  beta["temperature"] = temperature;
  beta["max_response_output_tokens"] = ga["max_output_tokens"];
  beta["speed"] = output["speed"];
  beta["tools"] = ga["tools"];
  return beta;
}

Json beta_item(const Json& ga) {
  Json beta;
  beta["id"] = ga["id"];
  beta["object"] = "realtime.item";
  for (const auto& [key, value] : ga.items()) beta[key] = value;
  if (!beta.contains("content")) return beta;
  for (Json& part : beta["content"]) {
    if (part["type"] == "output_audio") part["type"] = "audio";
    if (part["type"] == "output_text") part["type"] = "text";
  }
  return beta;
}

/// Beta knew no servers of tools.
bool of_server(const Json& item) {
  return item.is_object() && item.value("type", "").starts_with("mcp_");
}

Json beta_response(const Json& ga, double temperature) {
  Json beta;
  for (const auto& [key, value] : ga.items()) {
    if (key == "output_modalities") {
      beta["modalities"] = beta_modalities(value);
    } else if (key == "audio") {
      beta["voice"] = value["output"]["voice"];
      beta["output_audio_format"] = beta_format(value["output"]["format"]);
      beta["temperature"] = ga.value("temperature", temperature);
    } else if (key == "output") {
      beta["output"] = Json::array();
      for (const Json& item : value) {
        if (!of_server(item)) beta["output"].push_back(beta_item(item));
      }
    } else {
      beta[key] = value;
    }
  }
  return beta;
}

/// Beta said so right after response.created, GA after response.done.
Json beta_rate_limits(Ids& ids) {
  const auto limit = [](std::string_view name, std::int64_t most, double reset) {
    return Json{{"name", name}, {"limit", most}, {"remaining", most - 1}, {"reset_seconds", reset}};
  };
  Json event;
  event["type"] = "rate_limits.updated";
  event["event_id"] = ids.make("event_");
  event["rate_limits"] = Json::array({limit("requests", 20'000, 0.003), limit("tokens", 15'000'000, 0.0)});
  return event;
}

Json ga_session(const Json& beta) {
  constexpr std::array<Pair, 5> kMoved = {{
      {"voice", "/audio/output/voice"},
      {"speed", "/audio/output/speed"},
      {"turn_detection", "/audio/input/turn_detection"},
      {"input_audio_transcription", "/audio/input/transcription"},
      {"input_audio_noise_reduction", "/audio/input/noise_reduction"},
  }};
  Json ga = {{"type", "realtime"}};
  for (const auto& item : beta.items()) {
    const std::string& key = item.key();
    const Json& value = item.value();
    const auto moved =
        std::find_if(kMoved.begin(), kMoved.end(), [&](const Pair& p) { return p.first == key; });
    if (moved != kMoved.end()) {
      ga[Json::json_pointer(std::string(moved->second))] = value;
    } else if (key == "modalities") {
      ga["output_modalities"] = ga_modalities(value);
    } else if (key == "input_audio_format") {
      ga["audio"]["input"]["format"] = ga_format(value);
    } else if (key == "output_audio_format") {
      ga["audio"]["output"]["format"] = ga_format(value);
    } else if (key == "max_response_output_tokens") {
      ga["max_output_tokens"] = value;
    } else if (key != "temperature" && key != "client_secret") {
      ga[key] = value;
    }
  }
  return ga;
}

/// Beta called what the assistant said `text`.
Json ga_item(Json item) {
  if (!item.is_object() || !item.contains("content") || !item["content"].is_array()) return item;
  for (Json& part : item["content"]) {
    if (part.is_object() && part.contains("type") && part["type"] == "text") part["type"] = "output_text";
  }
  return item;
}

Json ga_response(const Json& beta) {
  Json ga = Json::object();
  for (const auto& [key, value] : beta.items()) {
    if (key == "modalities") {
      ga["output_modalities"] = ga_modalities(value);
    } else if (key == "voice") {
      ga["audio"]["output"]["voice"] = value;
    } else if (key == "output_audio_format") {
      ga["audio"]["output"]["format"] = ga_format(value);
    } else if (key == "max_response_output_tokens") {
      ga["max_output_tokens"] = value;
    } else if (key == "input" && value.is_array()) {
      ga["input"] = Json::array();
      for (const Json& item : value) ga["input"].push_back(ga_item(item));
    } else if (key != "temperature") {
      ga[key] = value;
    }
  }
  return ga;
}

}  // namespace

std::vector<Json> to_beta(const Json& event, Ids& ids, double temperature) {
  const std::string type = event["type"];
  const std::string name = beta_name(type);
  if (name.empty() || type == "rate_limits.updated" || type.find("mcp_") != std::string::npos) return {};
  if (event.contains("item") && of_server(event["item"])) return {};
  Json beta = event;
  beta["type"] = name;
  beta.erase("obfuscation");
  if (beta.contains("session")) {
    if (transcribes(event["session"])) beta["type"] = "transcription_" + name;
    beta["session"] = beta_session(event["session"], temperature);
  }
  if (beta.contains("item")) beta["item"] = beta_item(beta["item"]);
  if (beta.contains("response")) beta["response"] = beta_response(beta["response"], temperature);
  if (type == "conversation.item.input_audio_transcription.completed") beta.erase("usage");
  if (type == "response.function_call_arguments.done") beta.erase("name");
  if (type == "response.created") return {beta, beta_rate_limits(ids)};
  return {beta};
}

std::string beta_param(std::string_view ga) {
  constexpr std::array<Pair, 3> kNames = {{
      {"session.audio.output.voice", "session.voice"},
      {"session.audio.input.turn_detection", "session.turn_detection"},
      {"response.audio.output.voice", "response.voice"},
  }};
  for (const auto& [name, beta] : kNames) {
    if (name == ga) return std::string(beta);
  }
  return std::string(ga);
}

std::optional<ErrorBody> check_beta(std::string_view type, const Json& body) {
  if (type == "session.update" && body.contains("session")) {
    return check(body["session"], beta_session_fields(Transcribers::deployments), "session");
  }
  if (type == kBetaTranscriptionUpdate && body.contains("session")) {
    return check(body["session"], beta_transcription_session_fields(), "session");
  }
  if (type == "response.create" && body.contains("response") && !body["response"].is_null()) {
    return check(body["response"], beta_response_fields(), "response");
  }
  return std::nullopt;
}

Json from_beta(std::string_view type, const Json& body) {
  Json ga = body;
  if (type == "session.update" && ga.contains("session")) ga["session"] = ga_session(ga["session"]);
  if (type == kBetaTranscriptionUpdate && ga.contains("session")) {
    ga["session"] = ga_session(ga["session"]);
    ga["session"]["type"] = "transcription";
  }
  if (type == "response.create" && ga.contains("response") && ga["response"].is_object()) {
    ga["response"] = ga_response(ga["response"]);
  }
  if (type == "conversation.item.create" && ga.contains("item")) ga["item"] = ga_item(ga["item"]);
  return ga;
}

}  // namespace simulators::openai
