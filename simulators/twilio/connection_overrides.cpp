#include "simulators/twilio/connection_overrides.hpp"

#include "runtime/net/url.hpp"

#include <charconv>
#include <optional>

namespace simulators::twilio {
namespace {

/// A whole number within [least, most].
std::optional<unsigned> number(std::string_view text, unsigned least, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value < least || value > most ? std::nullopt : std::optional(value);
}

/// None: a word of it is not known.
std::optional<RetryPolicy> policy_of(std::string_view words) {
  RetryPolicy policy{false, false, false, false};
  while (true) {
    const auto comma = words.find(',');
    const auto word = words.substr(0, comma);
    const bool all = word == "all";
    if (!all && word != "ct" && word != "rt" && word != "4xx" && word != "5xx") return std::nullopt;
    policy.connection |= all || word == "ct";
    policy.read |= all || word == "rt";
    policy.client_errors |= all || word == "4xx";
    policy.server_errors |= all || word == "5xx";
    if (comma == std::string_view::npos) return policy;
    words.remove_prefix(comma + 1);
  }
}

}  // namespace

ConnectionOverrides read_overrides(std::string_view url, Duration webhook_timeout) {
  ConnectionOverrides overrides;
  overrides.read = webhook_timeout;
  overrides.total = webhook_timeout;
  const auto hash = url.find('#');
  overrides.url = url.substr(0, hash);
  if (hash == std::string_view::npos) return overrides;
  for (const auto& [name, value] : runtime::net::decode_form(url.substr(hash + 1))) {
    if (const auto count = number(value, 0, 5); name == "rc" && count) overrides.retries = *count;
    if (const auto policy = policy_of(value); name == "rp" && policy) overrides.retry = *policy;
    const auto ms = number(value, 100, 15'000);
    if (!ms) continue;
    const auto length = std::chrono::milliseconds(*ms);
    if (name == "ct" && length <= 10s) overrides.connect = length;
    if (name == "rt") overrides.read = length;
    if (name == "tt") {
      overrides.total = length;
      overrides.total_set = true;
    }
  }
  return overrides;
}

}  // namespace simulators::twilio
