#include "runtime/core/encoding.hpp"
#include "simulators/openai/audio_format.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>
#include <variant>

// The conversation's items as a client handles them.
namespace simulators::openai {
namespace {

/// Fields that the tables of the event have checked.
std::string id_in(const ControlEvent& event) {
  return event.body["item_id"].get<std::string>();
}

/// A user's, written.
std::string words_in(const Json& message) {
  std::string words;
  for (const Json& part : message["content"]) {
    if (part["type"] == "input_text" && part["text"].is_string()) words += part["text"].get<std::string>();
  }
  return words;
}

}  // namespace

void Session::announce_item(const std::string& id, const std::string& previous) {
  const auto* item = conversation_.find(id);
  if (item == nullptr) return;  // deleted while it was held back
  for (const std::string_view type : {"conversation.item.added", "conversation.item.done"}) {
    Json event = outlet_.event(type);
    event["previous_item_id"] = previous.empty() ? Json() : Json(previous);
    event["item"] = item->body;
    outlet_.send(event);
  }
}

void Session::announce_held_back() {
  for (const auto& item : std::exchange(held_back_, {})) announce_item(item.id, item.previous);
}

void Session::create_item(const ControlEvent& event, TimePoint now) {
  auto outcome = conversation_.create(event.body, outlet_.ids().make("item_"), outlet_.ids().call_id());
  if (const auto* wrong = std::get_if<ErrorBody>(&outcome)) return fail(*wrong, event, now);
  const auto& added = std::get<Conversation::Added>(outcome);
  const bool early = event.body["item"]["type"] == "function_call_output" && active() != nullptr;
  if (early || !held_back_.empty()) {
    // A tool's result that is faster than response.done: taken, and announced after it and the rate limits
    // that follow it (6.3, recorded with gpt-realtime in July 2026), or before the next response.
    held_back_.push_back(added);
  } else {
    announce_item(added.id, added.previous);
  }
  note_item(conversation_.find(added.id)->body, event.arrived);
}

/// What a new item says to the model, and what the facts keep of it.
void Session::note_item(const Json& item, TimePoint arrived) {
  take_in(item, inputs_);
  if (item["type"] == "function_call_output") {
    ToolOutputFacts output;
    output.at = arrived;
    output.call_id = item["call_id"].get<std::string>();
    output.tool = conversation_.tool_called(output.call_id);
    output.output = item["output"].get<std::string>();
    output.arguments = conversation_.arguments_of(output.call_id);
    facts_.tool_outputs.push_back(std::move(output));
  } else if (item["type"] == "message" && item["role"] == "user") {
    if (auto words = words_in(item); !words.empty()) facts_.user_texts.push_back({arrived, std::move(words)});
  }
}

/// Adds what an item asks of the model.
void Session::take_in(const Json& item, std::vector<Input>& inputs) const {
  if (item["type"] == "function_call_output") {
    inputs.push_back(
        {Input::Kind::tool_result, conversation_.tool_called(item["call_id"].get<std::string>())});
    return;
  }
  if (item["type"] == "mcp_approval_response") {
    if (item["approve"] != true) return;  // nothing comes of a call that may not be made
    auto tool = conversation_.tool_to_approve(item["approval_request_id"].get<std::string>());
    if (!tool.empty()) inputs.push_back({Input::Kind::tool_result, std::move(tool)});
    return;
  }
  if (item["type"] != "message" || item["role"] == "system") return;
  if (item["role"] == "assistant") {
    // What was said before it has its answer: a conversation that goes on in a
    // new session.
    std::erase_if(inputs, [](const Input& input) { return input.kind == Input::Kind::text; });
    return;
  }
  if (auto words = words_in(item); !words.empty()) {
    inputs.push_back({Input::Kind::text, std::move(words)});
    return;
  }
  const Json& content = item["content"];
  const bool audio = std::any_of(content.begin(), content.end(),
                                 [](const Json& part) { return part["type"] == "input_audio"; });
  if (audio) inputs.push_back({Input::Kind::caller_turn, {}});
}

void Session::delete_item(const ControlEvent& event, TimePoint now) {
  const std::string id = id_in(event);
  if (!conversation_.remove(id)) return fail(errors::no_such_item("delete", "deleting", id), event, now);
  Json deleted = outlet_.event("conversation.item.deleted");
  deleted["item_id"] = id;
  outlet_.send(deleted);
}

void Session::retrieve_item(const ControlEvent& event, TimePoint now) {
  const std::string id = id_in(event);
  const auto* item = conversation_.find(id);
  if (item == nullptr) return fail(errors::no_such_item("retrieve", "retrieving", id), event, now);
  Json retrieved = outlet_.event("conversation.item.retrieved");
  Json body;
  body["id"] = item->id;
  body["object"] = "realtime.item";
  for (const auto& [key, value] : item->body.items()) body[key] = value;
  if (body.contains("content")) {
    for (Json& part : body["content"]) {
      if (part["type"] != "input_audio" && part["type"] != "output_audio") continue;
      if (part["type"] == "output_audio") name_audio(part);
      part["audio"] = audio_of(*item);
      // What was cut off was not heard: the model forgets that it said it.
      if (item->truncated_ms) part["transcript"] = nullptr;
    }
  }
  retrieved["item"] = std::move(body);
  outlet_.send(retrieved);
}

/// The documentation's example names the model's audio otherwise than the events do.
void Session::name_audio(Json& part) const {
  if (behaviour_.open_points.retrieved_audio == OpenPoints::AudioPart::output_audio) return;
  part["type"] = "audio";
  const AudioFormat format = facts_.output_format;
  part["format"] = format == AudioFormat::pcm    ? "pcm16"
                   : format == AudioFormat::pcmu ? "g711_ulaw"
                                                 : "g711_alaw";
}

/// In base64: the caller's as it came, the model's in the session's format and up to where it was truncated.
std::string Session::audio_of(const Conversation::Item& item) const {
  if (!item.given_audio.empty()) return item.given_audio;
  if (!item.model_audio) {
    const std::size_t from = std::min(item.caller_from, item.caller_to);
    return runtime::base64_encode(std::string_view(facts_.caller_audio).substr(from, item.caller_to - from));
  }
  std::string mulaw;
  for (const ResponseFacts& response : facts_.responses) {
    for (const ChunkFacts& chunk : response.chunks) {
      if (chunk.output >= response.items.size() || response.items[chunk.output].id != item.id) continue;
      if (chunk.again) continue;
      mulaw += response.audio.substr(chunk.offset, chunk.bytes);
    }
  }
  mulaw.resize(std::min(mulaw.size(), static_cast<std::size_t>(item.audio_ms()) * 8));
  return runtime::base64_encode(in_format(mulaw, facts_.output_format));
}

void Session::truncate(const ControlEvent& event, TimePoint now) {
  parts_.counts.truncates.add();
  TruncationFacts facts;
  facts.at = event.arrived;
  facts.item = id_in(event);
  facts.audio_end_ms = event.body["audio_end_ms"].get<std::int64_t>();
  const auto* item = conversation_.find(facts.item);
  facts.generated_ms = item == nullptr ? 0 : item->audio_bytes / 8;
  const auto wrong = conversation_.truncate(facts.item, facts.audio_end_ms);
  facts.accepted = !wrong;
  facts_.truncations.push_back(facts);
  if (wrong) return fail(*wrong, event, now);
  Json truncated = outlet_.event("conversation.item.truncated");
  truncated["item_id"] = facts.item;
  truncated["content_index"] = 0;
  truncated["audio_end_ms"] = facts.audio_end_ms;
  outlet_.send(truncated);
  if (parts_.observer != nullptr) parts_.observer->truncated(facts_, facts_.truncations.back());
}

}  // namespace simulators::openai
