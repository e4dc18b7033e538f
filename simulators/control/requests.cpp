#include "simulators/control/requests.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace simulators::control {
namespace {
constexpr std::int64_t kLongestWait = 300;  // seconds
}

std::optional<std::int64_t> whole(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return std::nullopt;
  return value;
}

Body::Body(const std::string& text) : json_(Json::parse(text, nullptr, false)) {}

std::string Body::text(std::string_view key) const {
  if (!json_.is_object()) return {};
  const auto found = json_.find(key);
  return found != json_.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> Body::whole(std::string_view key, std::int64_t least, std::int64_t most) const {
  if (!json_.is_object()) return std::nullopt;
  const auto found = json_.find(key);
  if (found == json_.end() || !found->is_number_integer()) return std::nullopt;
  const auto value = found->get<std::int64_t>();
  return value < least || value > most ? std::nullopt : std::optional(value);
}

std::optional<HttpResponse> refuse_unknown(const Arguments& arguments,
                                           std::initializer_list<std::string_view> taken) {
  for (const auto& [name, value] : arguments.query) {
    if (std::ranges::find(taken, name) != taken.end()) continue;
    return refuse(400, {"this route takes no '" + name + "'", "query " + name, "of these: " + listed(taken)});
  }
  return std::nullopt;
}

std::string listed(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::optional<runtime::Duration> seconds_to_wait(const Arguments& arguments) {
  const auto text = arguments.asked("wait");
  if (text.empty()) return runtime::Duration(0);
  const auto seconds = whole(text, 0, kLongestWait);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(*seconds);
}

HttpResponse refuse_wait(const Arguments& arguments) {
  return refuse(400, {"wait=" + std::string(arguments.asked("wait")) + " cannot be read", "query wait",
                      "whole seconds, at most " + std::to_string(kLongestWait)});
}

void add_health(Api& api, const metrics::Book& book) {
  api.on("GET", "/metrics", [&book](const Arguments&) {
    return runtime::net::make_response(200, "text/plain; version=0.0.4; charset=utf-8", book.expose());
  });
  api.on("GET", "/healthz", [](const Arguments&) { return show({{"status", "ok"}}); });
}

void add_document(Api& api, std::string_view text) {
  api.on("GET", "/openapi.yaml", [text](const Arguments&) {
    return runtime::net::make_response(200, "application/yaml", std::string(text));
  });
}

}  // namespace simulators::control
