#pragma once
#include <string>

namespace simulators::twilio {

/// Whether `host` names a machine that nobody reaches from outside: a loopback, link-local or private address
/// (RFC 1918, RFC 4193), or localhost.
bool is_private_host(const std::string& host);

}  // namespace simulators::twilio
