#include "scenarios/cli/refused_webhook.hpp"

#include "scenarios/diagnosis/log_line.hpp"

#include <fmt/format.h>

namespace scenarios::cli {

std::string on_refusal(int status, std::string_view body, bool has_token) {
  constexpr std::size_t kShown = 200;
  if (status < 400) return {};
  const auto told = fmt::format("the bridge answered {}: {}\n", status, diagnosis::printable(body, kShown));
  if (status != 403) return told;
  if (!has_token)
    return told + "No --auth-token was given, nor TWILIO_AUTH_TOKEN: the bridge wants its own.\n";
  return told + "Is --auth-token (or TWILIO_AUTH_TOKEN) the bridge's own, and the URL its public_url's?\n";
}

}  // namespace scenarios::cli
