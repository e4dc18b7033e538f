#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"
#include "scenarios/engine/scenario.hpp"
#include "simulators/twilio/facts.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace scenarios::engine {

/// Opens the stream, sends `connected` and `start`, and gives the bridge three seconds to close. The answer
/// is a value of the label `answer` of intruder_streams_total: refused (no 101), closed (after `start`),
/// taken. `call` has a stream.
boost::asio::awaitable<std::string_view> intrude(Intrusion with, const simulators::twilio::CallFacts& call,
                                                 std::string auth_token, runtime::net::Network& network,
                                                 runtime::Clock& clock);

}  // namespace scenarios::engine
