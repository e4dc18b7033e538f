#include "simulators/twilio/rest_form.hpp"

#include "runtime/core/utf8.hpp"
#include "simulators/twilio/user_info.hpp"

#include <algorithm>
#include <charconv>

namespace simulators::twilio {

bool RestForm::has(std::string_view name) const {
  return std::any_of(form_.begin(), form_.end(), [name](const auto& entry) { return entry.first == name; });
}

std::string RestForm::method(std::string_view name) {
  std::string value = text(name);
  if (value.empty()) return "POST";
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (value != "GET" && value != "POST")
    refuse(21209, std::string(name) + " must be GET or POST, not " + value);
  return value;
}

bool RestForm::flag(std::string_view name, int code) {
  const std::string value = text(name);
  if (value.empty() || value == "false" || value == "False") return false;
  if (value != "true" && value != "True")
    refuse(code, std::string(name) + " must be true or false, not " + value);
  return true;
}

std::optional<long> RestForm::number(std::string_view name, long least, long most, int code) {
  const std::string value = text(name);
  if (value.empty()) return std::nullopt;
  long parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error == std::errc() && end == value.data() + value.size() && parsed >= least && parsed <= most)
    return parsed;
  refuse(code, std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                   std::to_string(most) + ", not " + value);
  return std::nullopt;
}

std::optional<runtime::Duration> RestForm::seconds(std::string_view name, long least, long most, int code) {
  const auto count = number(name, least, most, code);
  if (!count) return std::nullopt;
  return std::chrono::seconds(*count);
}

std::string RestForm::word(std::string_view name, std::initializer_list<std::string_view> words, int code) {
  const std::string value = text(name);
  if (value.empty()) return std::string(*words.begin());
  if (std::find(words.begin(), words.end(), value) == words.end()) {
    std::string list;
    for (const auto known : words) list += (list.empty() ? "" : ", ") + std::string(known);
    refuse(code, std::string(name) + " must be one of " + list + ", not " + value);
  }
  return value;
}

void RestForm::refuse_long_twiml() {
  constexpr std::size_t kMost = 4000;
  if (const auto length = runtime::utf8_length(text("Twiml")); length > kMost)
    refuse(21205, "Twiml has " + std::to_string(length) + " characters; at most 4000 are taken");
}

void RestForm::refuse_bad_fallback() {
  if (const auto url = text("FallbackUrl"); !url.empty() && !is_web_url(url))
    refuse(21205, "FallbackUrl is not a valid URL: " + url);
}

void RestForm::refuse(int code, std::string message) {
  if (!refusal_) refusal_ = Refusal{code, std::move(message)};
}

std::vector<std::string> unknown_parameters(const runtime::net::Form& form,
                                            std::span<const char* const> known) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : form) {
    const bool named = std::ranges::find(known, name) != known.end();
    if (!named && std::ranges::find(unknown, name) == unknown.end()) unknown.push_back(name);
  }
  return unknown;
}

bool is_address(std::string_view text) {
  for (const std::string_view scheme : {"client:", "sip:", "sips:"}) {
    if (text.starts_with(scheme)) return text.size() > scheme.size();
  }
  return text.size() >= 9 && text.size() <= 16 && text.front() == '+' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_web_url(std::string_view text) {
  const auto url = runtime::net::parse_url(without_user_info(text));
  return url && (url->scheme == "http" || url->scheme == "https");
}

}  // namespace simulators::twilio
