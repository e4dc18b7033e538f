#pragma once
#include "bridge/call/call.hpp"
#include "bridge/call/machine.hpp"

#include <boost/asio/awaitable.hpp>

namespace bridge::call {

/// Carries out an HTTP tool, redirects included, by the task's deadline. `settings` outlive it.
boost::asio::awaitable<ToolResult> run_http(const Surroundings& around, const ToolSettings& settings,
                                            ToolTask task);

/// Carries out one task of the call's functions and tells `machine` what came of it. Both outlive it.
boost::asio::awaitable<void> carry_out(const Surroundings& around, Machine& machine, ToolTask task);

/// Sends a call that is over on its way, by `deadline`. True: Twilio ends the stream. After a fault the
/// stream is closed in any case: that is how an observer knows it.
boost::asio::awaitable<bool> leave_stream(const Surroundings& around, const Machine& machine, bool fault,
                                          runtime::TimePoint deadline);

}  // namespace bridge::call
