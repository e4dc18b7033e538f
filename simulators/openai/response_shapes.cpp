#include "simulators/openai/audio_format.hpp"
#include "simulators/openai/response.hpp"

#include <algorithm>
#include <variant>

// What a response and its items look like in events (openai-realtime.md, 5.3).
namespace simulators::openai {

Json Response::shown(const Item& item) const {
  if (item.mcp != nullptr || item.approval != nullptr) return shown_mcp(item);
  Json body;
  body["id"] = item.id;
  body["type"] = item.tool ? "function_call" : "message";
  body["status"] = item.status;
  if (item.tool) {
    body["name"] = std::get<ToolCall>(*item.output).name;
    body["call_id"] = item.call_id;
    body["arguments"] = item.open ? "" : item.text;
    return body;
  }
  body["role"] = "assistant";
  if (setup_.reasons) body["phase"] = phase_of(item);
  body["content"] = Json::array();
  if (item.open) return body;
  Json part;
  part["type"] = item.audio ? "output_audio" : "output_text";
  part[item.audio ? "transcript" : "text"] = item.text;
  body["content"].push_back(std::move(part));
  return body;
}

/// What is said before a tool is called is not the last word.
std::string_view Response::phase_of(const Item& item) const {
  bool after = false;
  for (const Output& output : setup_.reply->outputs) {
    if (after && (std::holds_alternative<ToolCall>(output) || std::holds_alternative<McpCall>(output)))
      return "commentary";
    after = after || &output == item.output;
  }
  return "final_answer";
}

Json Response::shown_response(std::string_view status) const {
  Json body;
  body["object"] = "realtime.response";
  body["id"] = facts_.id;
  body["status"] = status;
  body["status_details"] = status_details_;
  body["output"] = Json::array();
  if (status != "in_progress") {
    for (const Item& item : items_) body["output"].push_back(shown(item));
  }
  body["conversation_id"] = out_of_band() ? Json() : Json(setup_.conversation_id);
  body["output_modalities"] = Json::array({setup_.with_audio ? "audio" : "text"});
  body["max_output_tokens"] = setup_.max_output_tokens;
  Json format;
  format["type"] = format_name(setup_.format);
  if (setup_.format == AudioFormat::pcm) format["rate"] = 24'000;
  body["audio"]["output"]["format"] = std::move(format);
  body["audio"]["output"]["voice"] = setup_.voice;
  if (setup_.temperature) body["temperature"] = *setup_.temperature;
  body["usage"] = status == "in_progress" ? Json() : usage();
  body["metadata"] = setup_.metadata;
  return body;
}

/// In parts the types are `audio` and `text`, in items `output_audio` and `output_text`.
Json Response::shown_part(const Item& item) {
  return item.audio ? Json{{"type", "audio"}, {"transcript", item.text}}
                    : Json{{"type", "text"}, {"text", item.text}};
}

std::optional<std::int64_t> Response::limit() const {
  if (!setup_.max_output_tokens.is_number()) return std::nullopt;
  return setup_.max_output_tokens.get<std::int64_t>();
}

/// Never more than the limit: of the last delta it costs what was left.
Tokens Response::spent() const {
  Tokens tokens;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    tokens.audio += (static_cast<std::int64_t>(facts_.items[i].audio_bytes) + 399) / 400;
    tokens.text += text_tokens(items_[i].text);
  }
  if (!items_.empty()) tokens.text += reasoning_tokens().value_or(0);
  if (const auto most = limit()) {
    tokens.text = std::min(tokens.text, *most);
    tokens.audio = std::min(tokens.audio, *most - tokens.text);
  }
  return tokens;
}

/// Of its text tokens; absent: the usage does not tell them apart.
std::optional<std::int64_t> Response::reasoning_tokens() const {
  constexpr std::int64_t kThought = 16;
  const bool shown = parts_.open_points.reasoning_tokens == OpenPoints::Shown::present;
  if (!shown || !setup_.reasons) return std::nullopt;
  return items_.empty() ? 0 : std::min(kThought, limit().value_or(kThought));
}

/// Zeros when nothing began.
Json Response::usage() const {
  const Tokens none;
  const bool began = !items_.empty();
  const Tokens& in = began ? setup_.input : none;
  const Tokens& cached = began ? setup_.cached : none;
  const Tokens out = spent();
  Json usage;
  usage["total_tokens"] = in.total() + out.total();
  usage["input_tokens"] = in.total();
  usage["output_tokens"] = out.total();
  usage["input_token_details"] = {
      {"text_tokens", in.text},
      {"audio_tokens", in.audio},
      {"image_tokens", 0},
      {"cached_tokens", cached.total()},
      {"cached_tokens_details",
       {{"text_tokens", cached.text}, {"audio_tokens", cached.audio}, {"image_tokens", 0}}}};
  usage["output_token_details"] = {{"text_tokens", out.text}, {"audio_tokens", out.audio}};
  if (const auto thought = reasoning_tokens()) usage["output_token_details"]["reasoning_tokens"] = *thought;
  return usage;
}

/// Azure has none. What the answer cost, or what a fault leaves, and the milliseconds until the account has
/// it back.
void Response::rate_limits() {
  if (parts_.dialect == Dialect::azure) return;
  constexpr std::int64_t kPerMinute = 15'000'000;
  const std::int64_t used = (items_.empty() ? 0 : setup_.input.total()) + spent().total();
  const std::int64_t left =
      std::clamp<std::int64_t>(setup_.reply->faults.tokens_left.value_or(kPerMinute - used), 0, kPerMinute);
  const std::int64_t reset_ms = (kPerMinute - left) * 60'000 / kPerMinute;
  Json made = event("rate_limits.updated");
  made["rate_limits"] = Json::array({{{"name", "tokens"},
                                      {"limit", kPerMinute},
                                      {"remaining", left},
                                      {"reset_seconds", static_cast<double>(reset_ms) / 1000}}});
  const bool told = send(made) != Fate::withheld;
  if (const auto fault = setup_.reply->faults.limits_fault; told && fault)
    parts_.facts.faults_struck.insert(*fault);
}

}  // namespace simulators::openai
