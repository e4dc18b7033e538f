#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/core/wire_log.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <string>

namespace simulators::twilio {

/// What the fake stands on. All outlive it. One thread. The ticker's period must be 20 ms.
struct Environment {
  boost::asio::any_io_executor executor;
  runtime::Clock& clock;
  runtime::Ticker& ticker;
  runtime::net::Network& network;
  runtime::Random& random;
  runtime::WireLog& wire_log;
  metrics::Book& metrics;
};

/// One account; every call belongs to it.
struct Account {
  std::string sid = "AC00000000000000000000000000000001";
  std::string auth_token = "12345678901234567890123456789012";
  std::string debugger_url = {};                   // where errors and warnings are posted; empty: nowhere
  std::string api_url = "https://api.twilio.com";  // of what requests refer to: RecordingUrl
};

}  // namespace simulators::twilio
