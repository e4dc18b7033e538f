#pragma once
#include <string>
#include <string_view>

namespace scenarios::report {

/// `text` with what looks like a secret replaced by `[redacted]`: keys that begin with sk- or ek_, what
/// follows Bearer or Basic, and the values of fields whose names say so (api_key, auth_token, password,
/// signature, ...), be they JSON, YAML, TwiML, `name=value` or part of a query. Reports are uploaded, and
/// shown to more people than may call.
std::string redacted(std::string_view text);

}  // namespace scenarios::report
