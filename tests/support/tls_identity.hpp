#pragma once
#include "runtime/net/self_signed.hpp"

#include <chrono>

namespace tests {

/// The certificate that most tests use: this machine's. Made once.
inline const runtime::net::TlsIdentity& local_tls_identity() {
  static const auto identity =
      runtime::net::make_self_signed(runtime::net::local_names(), std::chrono::hours(1));
  return identity;
}

}  // namespace tests
