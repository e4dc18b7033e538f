#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/url.hpp"
#include "simulators/twilio/facts.hpp"

#include <string>
#include <string_view>

namespace simulators::twilio {

/// An error or warning, as the Debugger's webhook tells it.
struct DebuggerEvent {
  const TwilioError& error;
  std::string_view call_sid;
  std::string sid;  // NO...
  runtime::WallTime at;
  const HttpExchange* webhook = nullptr;  // the request that it is about, if it is about one
};
runtime::net::Form debugger_parameters(const std::string& account_sid, const DebuggerEvent& event);

}  // namespace simulators::twilio
