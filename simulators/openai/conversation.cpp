#include "simulators/openai/conversation.hpp"

#include "simulators/openai/errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace simulators::openai {
namespace {

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<ErrorBody> check_content(const Json& item, const std::string& role) {
  const auto content = item.find("content");
  if (content == item.end()) return errors::missing_parameter("item.content");
  if (!content->is_array()) return errors::invalid_type("item.content", "an array", content->type_name());
  constexpr std::array<std::string_view, 3> kUser = {"input_text", "input_audio", "input_image"};
  constexpr std::array<std::string_view, 1> kSystem = {"input_text"};
  constexpr std::array<std::string_view, 1> kAssistant = {"output_text"};
  const auto allowed = role == "user"     ? std::span<const std::string_view>(kUser)
                       : role == "system" ? std::span<const std::string_view>(kSystem)
                                          : std::span<const std::string_view>(kAssistant);
  for (std::size_t i = 0; i < content->size(); ++i) {
    const std::string path = "item.content[" + std::to_string(i) + "]";
    const Json& part = (*content)[i];
    if (!part.is_object()) return errors::invalid_type(path, "an object", part.type_name());
    if (!part.contains("type")) return errors::missing_parameter(path + ".type");
    const std::string type = text_of(part, "type");
    if (std::find(allowed.begin(), allowed.end(), type) == allowed.end()) {
      return errors::invalid_value(path + ".type", type, allowed);
    }
    if (type != "input_audio" && type != "input_image" && !part.contains("text")) {
      return errors::missing_parameter(path + ".text");
    }
  }
  return std::nullopt;
}

std::optional<ErrorBody> check_item(const Json& item) {
  constexpr std::array<std::string_view, 4> kTypes = {"message", "function_call", "function_call_output",
                                                      "mcp_approval_response"};
  constexpr std::array<std::string_view, 3> kRoles = {"system", "user", "assistant"};
  if (!item.is_object()) return errors::invalid_type("item", "an object", item.type_name());
  if (!item.contains("type")) return errors::missing_parameter("item.type");
  const std::string type = text_of(item, "type");
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
    return errors::invalid_value("item.type", type, kTypes);
  }
  if (type == "message") {
    if (!item.contains("role")) return errors::missing_parameter("item.role");
    const std::string role = text_of(item, "role");
    if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
      return errors::invalid_value("item.role", role, kRoles);
    }
    return check_content(item, role);
  }
  if (type == "function_call_output") {
    if (text_of(item, "call_id").empty()) return errors::missing_parameter("item.call_id");
    if (!item.contains("output")) return errors::missing_parameter("item.output");
    if (!item["output"].is_string()) {
      return errors::invalid_type("item.output", "a string", item["output"].type_name());
    }
  }
  return std::nullopt;
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

}  // namespace

std::string Conversation::append(Json body) {
  std::string previous = items_.empty() ? std::string() : items_.back().id;
  Item item;
  item.id = body["id"].get<std::string>();
  item.body = std::move(body);
  items_.push_back(std::move(item));
  return previous;
}

std::variant<Conversation::Added, ErrorBody> Conversation::create(const Json& event, std::string id) {
  const auto sent = event.find("item");
  if (sent == event.end()) return errors::missing_parameter("item");
  if (auto wrong = check_item(*sent)) return *wrong;
  if (std::string chosen = text_of(*sent, "id"); !chosen.empty()) id = std::move(chosen);
  if (find(id) != nullptr) return errors::duplicate_item(id);
  if ((*sent)["type"] == "function_call_output" && tool_called(text_of(*sent, "call_id")).empty()) {
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

std::string Conversation::tool_called(std::string_view call_id) const {
  for (const Item& item : items_) {
    if (text_of(item.body, "type") == "function_call" && text_of(item.body, "call_id") == call_id) {
      return text_of(item.body, "name");
    }
  }
  return {};
}

std::optional<ErrorBody> Conversation::truncate(std::string_view id, std::int64_t audio_end_ms) {
  Item* item = find(id);
  if (item == nullptr) return errors::no_such_item("truncate", "truncating", id);
  if (!item->model_audio || item->audio_bytes == 0) return errors::truncate_not_audio();
  if (audio_end_ms < 0) return errors::below_minimum("audio_end_ms", 0, audio_end_ms);
  if (audio_end_ms > item->audio_ms()) return errors::truncate_beyond(item->audio_ms(), audio_end_ms);
  item->truncated_ms = audio_end_ms;
  return std::nullopt;
}

}  // namespace simulators::openai
