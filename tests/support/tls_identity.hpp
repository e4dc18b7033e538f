#pragma once
#include "runtime/net/network.hpp"

#include <string>
#include <vector>

namespace tests {

/// A certificate for the names ("DNS:localhost", "IP:127.0.0.1") that signs itself, and
/// its key. Who shall trust it is given the certificate.
/// `valid_seconds` from now; negative: it has expired.
runtime::net::TlsIdentity make_tls_identity(const std::vector<std::string>& names, long valid_seconds = 3600);

/// The one that most tests use: localhost, 127.0.0.1 and ::1. Made once.
const runtime::net::TlsIdentity& local_tls_identity();

}  // namespace tests
