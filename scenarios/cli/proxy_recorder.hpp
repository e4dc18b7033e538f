#pragma once
#include "scenarios/cli/recorded_files.hpp"

#include <cstdint>
#include <string>

namespace scenarios::cli {

/// What the recording proxy is asked on the command line.
struct ProxyRequest {
  std::string twilio, bridge, openai, upstream;  // LISTEN, URL, LISTEN, URL
  std::string trust;                             // file of certificates trusted besides the system's
  std::string wires;                             // also written, keys blotted out; empty: not
  std::int64_t within_minutes = 60;              // for the call to come
  std::int64_t longest_minutes = 60;             // of it
};

/// "http://HOST:PORT" and the like; what is wrong with it, else empty.
std::string wrong_url(const std::string& text);

/// Waits for one call, passes it on both ways, and writes what it was. A signal ends it: what there is is
/// written.
Exit record_by_proxy(const ProxyRequest& request, const RecordTo& to);

}  // namespace scenarios::cli
