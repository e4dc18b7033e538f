#pragma once
#include "bridge/call/settings.hpp"
#include "runtime/net/network.hpp"

namespace bridge::call {

/// How a session of this model is dialled. Source: sections 1.1 and 1.2 of the reference of the Realtime API.
runtime::net::WebSocketRequest session_request(const Settings::Model& model);

}  // namespace bridge::call
