#include "bridge/openai/http_refusal.hpp"

#include "bridge/openai/refusal.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <system_error>

namespace bridge::openai {
namespace {

std::optional<runtime::Duration> seconds_of(std::string_view header) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error != std::errc() || end != header.data() + header.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

HttpRefusal read_http_refusal(std::string_view body, std::string_view retry_after) {
  HttpRefusal refusal;
  refusal.words = body;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_object()) {
    const auto& error = json["error"];
    refusal.code = text_of(error, "code");
    if (refusal.code.empty()) refusal.code = text_of(error, "type");
    const auto message = text_of(error, "message");
    refusal.words =
        refusal.code.empty() || message.empty() ? refusal.code + message : refusal.code + ": " + message;
    if (refusal.code == "DeploymentNotFound") refusal.code = "model_not_found";
  }
  const auto header = seconds_of(retry_after), words = told_wait(refusal.words);
  refusal.wait = std::max(header, words);  // nothing is less than any wait
  return refusal;
}

}  // namespace bridge::openai
