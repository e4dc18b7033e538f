#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/network.hpp"

#include <string>
#include <vector>

namespace runtime::net {

/// A fresh key, and a certificate for `names` ("DNS:localhost", "IP:127.0.0.1") that signs itself: the
/// identity of a server on this machine, trusted by whom it is given to. Valid from an hour ago, since clocks
/// differ, for `validity` from now; negative: it has expired.
TlsIdentity make_self_signed(const std::vector<std::string>& names, Duration validity);

/// The names under which this machine reaches itself.
std::vector<std::string> local_names();

}  // namespace runtime::net
