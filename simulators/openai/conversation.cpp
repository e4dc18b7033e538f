#include "simulators/openai/conversation.hpp"

#include "simulators/openai/errors.hpp"

#include <algorithm>
#include <utility>

namespace simulators::openai {
namespace {

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The item as the service shows it: id first, audio left out, and a transcript wherever there was audio.
Json shown(const Json& item, const std::string& id) {
  Json body;
  body["id"] = id;
  body["type"] = item["type"];
  if (item["type"] != "function_call_output") body["status"] = "completed";
  for (const auto& [key, value] : item.items()) {
    if (key != "id" && key != "type" && key != "status" && key != "object") body[key] = value;
  }
  if (body.contains("content")) {
    for (Json& part : body["content"]) {
      if (text_of(part, "type") != "input_audio") continue;
      part.erase("audio");
      if (!part.contains("transcript")) part["transcript"] = nullptr;
    }
  }
  return body;
}

/// The audio that a client put into a message, in base64.
std::string audio_in(const Json& item) {
  if (!item.contains("content")) return {};
  for (const Json& part : item["content"]) {
    if (std::string audio = text_of(part, "audio"); !audio.empty()) return audio;
  }
  return {};
}

}  // namespace

Tokens& Tokens::operator+=(const Tokens& other) {
  text += other.text;
  audio += other.audio;
  return *this;
}

std::int64_t text_tokens(std::string_view text) {
  return static_cast<std::int64_t>(text.size() + 3) / 4;
}

/// 20 audio tokens a second of the model's speech, 10 of the caller's.
Tokens Conversation::Item::tokens() const {
  Tokens tokens;
  for (const char* key : {"name", "arguments", "output"}) tokens.text += text_tokens(text_of(body, key));
  if (body.contains("content")) {
    for (const Json& part : body["content"]) {
      tokens.text += text_tokens(text_of(part, "text"));
      if (model_audio && !truncated_ms) tokens.text += text_tokens(text_of(part, "transcript"));
    }
  }
  tokens.audio = model_audio ? (audio_ms() + 49) / 50 : caller_ms / 100;
  return tokens;
}

Tokens Conversation::tokens() const {
  Tokens tokens;
  for (const Item& item : items_) tokens += item.tokens();
  return tokens;
}

std::string Conversation::append(Json body) {
  std::string previous = items_.empty() ? std::string() : items_.back().id;
  Item item;
  item.id = body["id"].get<std::string>();
  item.body = std::move(body);
  items_.push_back(std::move(item));
  return previous;
}

std::variant<Conversation::Added, ErrorBody> Conversation::create(const Json& event, std::string id,
                                                                  const std::string& call_id) {
  const auto sent = event.find("item");
  if (std::string chosen = text_of(*sent, "id"); !chosen.empty()) id = std::move(chosen);
  if (find(id) != nullptr) return errors::duplicate_item(id);
  const bool calls_matter = points_.unknown_call_id == OpenPoints::Taken::refused;
  if (calls_matter && (*sent)["type"] == "function_call_output" &&
      tool_called(text_of(*sent, "call_id")).empty()) {
    return errors::no_such_call(text_of(*sent, "call_id"));
  }
  auto at = items_.end();
  if (const std::string previous = text_of(event, "previous_item_id"); previous == "root") {
    at = items_.begin();
  } else if (!previous.empty()) {
    at = std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.id == previous; });
    if (at == items_.end()) return errors::no_previous_item(previous);
    ++at;
  }
  Item item;
  item.id = id;
  item.body = shown(*sent, id);
  item.given_audio = audio_in(*sent);
  if (item.body["type"] == "function_call" && !item.body.contains("call_id")) item.body["call_id"] = call_id;
  items_.insert(at, std::move(item));
  std::string before = predecessor(id);
  return Added{std::move(id), std::move(before)};
}

Conversation::Item* Conversation::find(std::string_view id) {
  const auto found =
      std::find_if(items_.rbegin(), items_.rend(), [&](const Item& item) { return item.id == id; });
  return found == items_.rend() ? nullptr : &*found;
}

bool Conversation::remove(std::string_view id) {
  return std::erase_if(items_, [&](const Item& item) { return item.id == id; }) > 0;
}

std::string Conversation::predecessor(std::string_view id) const {
  for (std::size_t i = 1; i < items_.size(); ++i) {
    if (items_[i].id == id) return items_[i - 1].id;
  }
  return {};
}

std::string Conversation::of_call(std::string_view call_id, const char* field) const {
  for (const Item& item : items_) {
    if (text_of(item.body, "type") == "function_call" && text_of(item.body, "call_id") == call_id) {
      return text_of(item.body, field);
    }
  }
  return {};
}

std::string Conversation::tool_to_approve(std::string_view id) const {
  for (const Item& item : items_) {
    if (item.id == id && text_of(item.body, "type") == "mcp_approval_request")
      return text_of(item.body, "name");
  }
  return {};
}

std::string Conversation::approved(std::string_view server, std::string_view tool) const {
  std::string found;
  for (const Item& answer : items_) {
    if (text_of(answer.body, "type") != "mcp_approval_response" || answer.body["approve"] != true) continue;
    const std::string asked = text_of(answer.body, "approval_request_id");
    for (const Item& request : items_) {
      if (request.id == asked && text_of(request.body, "server_label") == server &&
          text_of(request.body, "name") == tool)
        found = asked;
    }
  }
  return found;
}

std::optional<ErrorBody> Conversation::truncate(std::string_view id, std::int64_t audio_end_ms) {
  Item* item = find(id);
  if (item == nullptr) return errors::no_such_item("truncate", "truncating", id);
  if (!item->model_audio || item->audio_bytes == 0) return errors::truncate_not_audio();
  const bool once = points_.second_truncation == OpenPoints::Taken::refused;
  if (once && item->truncated_ms) return errors::already_truncated(id);
  if (audio_end_ms > item->audio_ms()) return errors::truncate_beyond(item->audio_ms(), audio_end_ms);
  item->truncated_ms = audio_end_ms;
  return std::nullopt;
}

}  // namespace simulators::openai
