#pragma once
#include "runtime/net/network.hpp"

namespace scenarios::engine {

/// A fresh self-signed certificate for `localhost` and 127.0.0.1, valid for a day: the identity of a fake in
/// real time, trusted by the bridge of that run alone.
runtime::net::TlsIdentity make_tls_identity();

}  // namespace scenarios::engine
