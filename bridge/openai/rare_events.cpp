#include "bridge/openai/rare_events.hpp"

#include "bridge/json/fields.hpp"
#include "bridge/json/text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace bridge::openai {
namespace {
using json::Fields;

constexpr std::size_t kMostLimits = 16;  // of rate_limits.updated

Event session_created(const Fields& event) {
  const Fields session = event.object("session");
  return SessionCreated{session.text("id"), session.optional_integer("expires_at")};
}

Event session_updated(const Fields& event) {
  const Fields audio = event.object("session").optional_object("audio");
  const Fields input = audio.optional_object("input").optional_object("format");
  const Fields output = audio.optional_object("output").optional_object("format");
  return SessionUpdated{input.optional_text("type"), output.optional_text("type"),
                        input.optional_integer("rate"), output.optional_integer("rate")};
}

Event session_updated_beta(const Fields& event) {
  const Fields session = event.object("session");
  return SessionUpdated{std::string(format_in_ga(session.optional_text("input_audio_format"))),
                        std::string(format_in_ga(session.optional_text("output_audio_format"))), 0, 0};
}

Event speech_started(const Fields& event) {
  return SpeechStarted{ItemId(event.text("item_id")), event.integer("audio_start_ms")};
}

Event speech_stopped(const Fields& event) {
  return SpeechStopped{ItemId(event.text("item_id")), event.integer("audio_end_ms")};
}

Event committed(const Fields& event) {
  return Committed{ItemId(event.text("item_id"))};
}

Event idle_timeout(const Fields& event) {
  return IdleTimeout{ItemId(event.text("item_id"))};
}

Event response_created(const Fields& event) {
  const Fields response = event.object("response");
  ResponseCreated created;
  created.response = ResponseId(response.text("id"));
  created.out_of_band = response.is_null("conversation_id");
  // Not said: a voice session's responses are spoken.
  const auto& of_ga = response.optional_array("output_modalities");
  const auto& modalities = of_ga.empty() ? response.optional_array("modalities") : of_ga;  // the beta's
  created.audio =
      modalities.empty() || std::find(modalities.begin(), modalities.end(), "audio") != modalities.end();
  created.create_tag = response.optional_object("metadata").optional_text("linecheck");
  return created;
}

ItemKind kind_of(std::string_view type) {
  if (type == "message") return ItemKind::message;
  constexpr std::string_view kCalls[] = {"function_call", "mcp_call", "mcp_approval_request"};
  return std::ranges::find(kCalls, type) != std::end(kCalls) ? ItemKind::tool_call : ItemKind::other;
}

Event output_item_added(const Fields& event) {
  const Fields item = event.object("item");
  return OutputItemAdded{ResponseId(event.text("response_id")), ItemId(item.text("id")),
                         kind_of(item.text("type")), item.optional_text("name")};
}

Event function_call(const Fields& event) {
  return FunctionCall{ResponseId(event.text("response_id")), ItemId(event.text("item_id")),
                      event.text("call_id"), event.optional_text("name"), event.text("arguments")};
}

ResponseStatus status_of(std::string_view status) {
  if (status == "completed") return ResponseStatus::completed;
  if (status == "cancelled") return ResponseStatus::cancelled;
  if (status == "incomplete") return ResponseStatus::incomplete;
  return status == "failed" ? ResponseStatus::failed : ResponseStatus::unknown;
}

/// What no response can cost is not believed: sums of what is stay far within their type.
std::int64_t tokens(const Fields& details, std::string_view key) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const auto said = details.optional_integer(key);
  return said <= kMost ? said : 0;
}

Usage usage_of(const Fields& response) {
  const Fields usage = response.optional_object("usage");
  const Fields input = usage.optional_object("input_token_details");
  const Fields output = usage.optional_object("output_token_details");
  return {tokens(input, "text_tokens"), tokens(input, "audio_tokens"), tokens(input, "cached_tokens"),
          tokens(output, "text_tokens"), tokens(output, "audio_tokens")};
}

Event response_done(const Fields& event) {
  const Fields response = event.object("response");
  const Fields details = response.optional_object("status_details");
  const Fields error = details.optional_object("error");
  ResponseDone done;
  done.response = ResponseId(response.text("id"));
  done.status = status_of(response.text("status"));
  done.reason = json::excerpt(details.optional_text("reason"));
  done.error_code = json::excerpt(error.optional_text("code"));
  done.error_message = json::excerpt(error.optional_text("message"), kErrorWords);
  done.out_of_band = response.is_null("conversation_id");
  done.create_tag = response.optional_object("metadata").optional_text("linecheck");
  done.usage = usage_of(response);
  for (const auto& item : response.optional_array("output")) {
    const bool typed = item.is_object() && item.contains("type") && item["type"].is_string();
    const ItemKind kind = typed ? kind_of(item["type"].get_ref<const std::string&>()) : ItemKind::other;
    done.has_message_item = done.has_message_item || kind == ItemKind::message;
    done.has_tool_call = done.has_tool_call || kind == ItemKind::tool_call;
  }
  return done;
}

Event truncated(const Fields& event) {
  return Truncated{ItemId(event.text("item_id")), event.integer("audio_end_ms")};
}

Event input_transcript(const Fields& event) {
  return InputTranscript{ItemId(event.text("item_id")), event.text("transcript")};
}

Event item_added(const Fields& event) {
  const Fields item = event.optional_object("item");
  ItemAdded added;
  added.item = ItemId(item.optional_text("id"));
  const std::string type = item.optional_text("type");
  if (type == "function_call_output") {
    added.kind = ItemAdded::Kind::function_output;
    added.call_id = item.optional_text("call_id");
    added.text = item.optional_text("output");
  }
  if (type != "message" || item.optional_text("role") != "user") return added;
  for (const auto& part : item.optional_array("content")) {
    const bool typed = part.is_object() && part.contains("type") && part["type"] == "input_text";
    if (!typed || !part.contains("text") || !part["text"].is_string()) continue;
    added.kind = ItemAdded::Kind::user_text;
    added.text += part["text"].get_ref<const std::string&>();
  }
  return added;
}

Event rate_limits(const Fields& event) {
  RateLimits read;
  for (const auto& entry : event.optional_array("rate_limits")) {
    const auto number = [&](const char* key) -> std::int64_t {
      return entry.is_object() && entry.contains(key) && entry[key].is_number_integer()
                 ? entry[key].get<std::int64_t>()
                 : 0;
    };
    if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string()) continue;
    if (read.limits.size() == kMostLimits) break;
    read.limits.push_back(
        {json::excerpt(entry["name"].get_ref<const std::string&>()), number("limit"), number("remaining")});
  }
  return read;
}

Event api_error(const Fields& event) {
  const Fields error = event.object("error");
  ApiError read;
  read.type = json::excerpt(error.optional_text("type"));
  read.code = json::excerpt(error.optional_text("code"));
  read.message = json::excerpt(error.optional_text("message"), kErrorWords);
  read.param = json::excerpt(error.optional_text("param"));
  read.event_id = error.optional_text("event_id");
  return read;
}

struct Known {
  std::string_view type;
  Event (*read)(const Fields&);
};

constexpr Known kActedOn[] = {
    {"session.created", session_created},
    {"session.updated", session_updated},
    {"input_audio_buffer.speech_started", speech_started},
    {"input_audio_buffer.speech_stopped", speech_stopped},
    {"input_audio_buffer.committed", committed},
    {"input_audio_buffer.timeout_triggered", idle_timeout},
    {"response.created", response_created},
    {"response.output_item.added", output_item_added},
    {"response.function_call_arguments.done", function_call},
    {"response.done", response_done},
    {"conversation.item.added", item_added},
    {"conversation.item.truncated", truncated},
    {"conversation.item.input_audio_transcription.completed", input_transcript},
    {"rate_limits.updated", rate_limits},
    {"error", api_error},
};

constexpr std::string_view kIgnored[] = {
    "conversation.created",
    "conversation.item.deleted",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.failed",
    "conversation.item.input_audio_transcription.segment",
    "conversation.item.retrieved",
    "input_audio_buffer.cleared",
    "input_audio_buffer.dtmf_event_received",
    "mcp_list_tools.completed",
    "mcp_list_tools.failed",
    "mcp_list_tools.in_progress",
    "output_audio_buffer.cleared",
    "output_audio_buffer.started",
    "output_audio_buffer.stopped",
    "response.content_part.added",
    "response.content_part.done",
    "response.function_call_arguments.delta",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call.in_progress",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.output_audio_transcript.done",
    "response.output_item.done",
    "response.output_text.done",
};

Rejected unknown(std::string_view type) {
  std::string detail = "event type \"" + json::excerpt(type) + "\"";
  if (in_ga(type) != type || type == "transcription_session.updated")
    detail += ", of the beta dialect; expected the GA dialect";
  return {Breach::unknown_event, std::move(detail)};
}
}  // namespace

std::variant<Event, Rejected> decode_rare(std::string_view type, std::string_view payload, Dialect dialect) {
  const auto ignored = std::ranges::find(kIgnored, type);
  if (ignored != std::end(kIgnored)) return Event(Ignored{*ignored});
  const auto known = std::ranges::find(kActedOn, type, &Known::type);
  if (known == std::end(kActedOn)) return unknown(type);

  const auto tree = nlohmann::json::parse(payload, nullptr, false);
  if (!tree.is_object()) return Rejected{Breach::malformed_json, "a message that is no JSON object"};
  std::string problem;
  const Fields fields(tree, problem);
  const bool beta_session = dialect == Dialect::beta && type == "session.updated";
  Event event = beta_session ? session_updated_beta(fields) : known->read(fields);
  if (!fields.ok())
    return Rejected{Breach::wrong_type, json::excerpt(std::string(type) + ": " + problem, 200)};
  return event;
}

}  // namespace bridge::openai
