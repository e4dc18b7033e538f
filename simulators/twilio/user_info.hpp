#pragma once
#include <optional>
#include <string>
#include <string_view>

// The url of a webhook may carry "user:password@", which asks for HTTP Basic authentication. No connection's
// url does (runtime::net::Url).
namespace simulators::twilio {

std::string without_user_info(std::string_view url);

/// The header Authorization that `url` asks for; empty: none.
std::string basic_authorization(std::string_view url);

/// `reference` as seen from `base`, with the user info of the one that names the host. Nullopt when the
/// outcome is no http or https url. A `base` that is none leaves absolute references alone.
std::optional<std::string> resolve_web_url(std::string_view base, std::string_view reference);

}  // namespace simulators::twilio
