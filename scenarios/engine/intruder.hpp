#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"
#include "scenarios/engine/scenario.hpp"
#include "simulators/twilio/facts.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scenarios::engine {

/// What the bridge did about an intruder.
struct Answer {
  std::string_view what;  // label of intruder_streams_total: refused (no 101), closed (after `start`), taken
  std::optional<std::uint16_t> close_code;  // of what was closed; 1006: without a close frame
};

/// Opens the stream, sends `connected` and `start`, and gives the bridge three seconds to close. `call` has a
/// stream.
boost::asio::awaitable<Answer> intrude(Intrusion with, const simulators::twilio::CallFacts& call,
                                       std::string auth_token, runtime::net::Network& network,
                                       runtime::Clock& clock);

}  // namespace scenarios::engine
