#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/network.hpp"

namespace scenarios::cli {

/// One HTTP exchange over real sockets, waited for: for commands that do one thing after another.
runtime::net::Fetched fetch_now(const runtime::net::Url& url, runtime::net::HttpRequest request);

/// For as long, likewise.
void wait_now(runtime::Duration length);

}  // namespace scenarios::cli
