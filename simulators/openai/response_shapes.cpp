#include "simulators/openai/codec.hpp"
#include "simulators/openai/response.hpp"

#include <algorithm>

// What a response and its items look like in events (openai-realtime.md, 5.3).
namespace simulators::openai {

Json Response::shown(const Item& item) const {
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
  body["content"] = Json::array();
  if (item.open) return body;
  Json part;
  part["type"] = item.audio ? "output_audio" : "output_text";
  part[item.audio ? "transcript" : "text"] = item.text;
  body["content"].push_back(std::move(part));
  return body;
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
  body["usage"] = status == "in_progress" ? Json() : usage();
  body["metadata"] = setup_.metadata;
  return body;
}

/// 20 audio tokens a second of speech, some 10 a second of what the caller said; zeros when nothing began.
Json Response::usage() const {
  std::int64_t audio_out = 0;
  std::int64_t text_out = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    audio_out += (static_cast<std::int64_t>(facts_.items[i].audio_bytes) + 399) / 400;
    text_out += static_cast<std::int64_t>(items_[i].text.size() + 3) / 4;
  }
  const bool began = !items_.empty();
  const std::int64_t audio_in = began ? setup_.caller_ms / 100 : 0;
  const std::int64_t text_in = began ? 14 : 0;
  const Json cached = {{"text_tokens", 0}, {"audio_tokens", 0}, {"image_tokens", 0}};
  Json usage;
  usage["total_tokens"] = audio_in + text_in + audio_out + text_out;
  usage["input_tokens"] = audio_in + text_in;
  usage["output_tokens"] = audio_out + text_out;
  usage["input_token_details"] = {{"text_tokens", text_in},
                                  {"audio_tokens", audio_in},
                                  {"image_tokens", 0},
                                  {"cached_tokens", 0},
                                  {"cached_tokens_details", cached}};
  usage["output_token_details"] = {{"text_tokens", text_out}, {"audio_tokens", audio_out}};
  return usage;
}

}  // namespace simulators::openai
