#pragma once
#include <string>
#include <string_view>

namespace scenarios::cli {

/// What a bridge said when it refused a webhook, and what that has to do with --auth-token; ready to print,
/// a line or more. Empty: `status` is no refusal. `has_token`: it was signed with a token that was given.
std::string on_refusal(int status, std::string_view body, bool has_token);

}  // namespace scenarios::cli
