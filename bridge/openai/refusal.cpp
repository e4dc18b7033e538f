#include "bridge/openai/refusal.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <initializer_list>

namespace bridge::openai {
using namespace std::chrono_literals;
using runtime::Duration;

namespace {
bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_auth(std::string_view code) {
  return one_of(code, {"invalid_api_key", "insufficient_permissions"});
}
bool is_model(std::string_view code) {
  return one_of(code, {"invalid_model", "missing_model", "model_not_found"});
}
bool is_exhausted(std::string_view code) {
  return one_of(code, {"insufficient_quota", "billing_hard_limit_reached", "account_deactivated"});
}
struct Unit {
  std::string_view name;
  Duration length;
};
constexpr Unit kUnits[] = {{"ms", 1ms}, {"s", 1s}, {"m", 1min}, {"h", 1h}, {"d", 24h}};
constexpr double kLongest = 1e18;  // nanoseconds, in all: more is no wait but nonsense
}  // namespace

bool is_rate_limit(std::string_view code) {
  return code.find("rate_limit_exceeded") != std::string_view::npos;
}

std::string_view to_string(Unreachable reason) {
  switch (reason) {
    case Unreachable::network:
      return "network";
    case Unreachable::auth:
      return "auth";
    case Unreachable::model:
      return "model";
    case Unreachable::quota:
      return "quota";
  }
  return "network";
}

Unreachable classify_refusal(std::string_view error_code, int close_code, int http_status) {
  // The words of the service say more than its numbers: 4000 stands for any bad request.
  if (is_auth(error_code)) return Unreachable::auth;
  if (is_model(error_code)) return Unreachable::model;
  if (is_exhausted(error_code) || is_rate_limit(error_code)) return Unreachable::quota;
  if (close_code == 3000 || http_status == 401 || http_status == 403) return Unreachable::auth;
  if (close_code == 4004) return Unreachable::model;
  return http_status == 429 || http_status == 402 ? Unreachable::quota : Unreachable::network;
}

bool is_rate_limit(const Refusal& refusal) {
  if (is_rate_limit(refusal.error_code)) return true;
  return refusal.http_status == 429 && worth_another_try(refusal);
}

bool worth_another_try(const Refusal& refusal) {
  const auto code = refusal.error_code;
  if (is_rate_limit(code) || code == "server_error") return true;
  if (is_auth(code) || is_model(code) || is_exhausted(code) || code == "beta_api_shape_disabled")
    return false;
  const int close = refusal.close_code;
  if (close == 3000 || close == 4000 || close == 4004) return false;
  const int status = refusal.http_status;
  if (status == 429) return refusal.words.find("insufficient_quota") == std::string_view::npos;
  // 408 and 425 ask for it; any other 4xx will be said again.
  return status < 400 || status >= 500 || status == 408 || status == 425;
}

std::optional<Duration> told_wait(std::string_view words) {
  constexpr std::string_view kAsks = "try again in ";
  const auto found = words.find(kAsks);
  if (found == std::string_view::npos) return std::nullopt;
  auto rest = words.substr(found + kAsks.size());
  std::optional<double> wait;  // nanoseconds
  while (!rest.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (error != std::errc() || number < 0 || !std::isfinite(number)) break;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const auto letters = rest.substr(0, rest.find_first_not_of("mshd"));
    const auto unit = std::ranges::find(kUnits, letters, &Unit::name);
    if (unit == std::end(kUnits)) break;
    wait = wait.value_or(0) + number * static_cast<double>(unit->length.count());
    if (*wait > kLongest) return std::nullopt;
    rest.remove_prefix(letters.size());
  }
  if (!wait) return std::nullopt;
  return Duration(static_cast<Duration::rep>(*wait));
}

}  // namespace bridge::openai
