#include "bridge/call/tool_runner.hpp"

#include "bridge/call/call_control.hpp"
#include "bridge/call/tool_exchange.hpp"
#include "runtime/async/first_of.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace bridge::call {
namespace asio = boost::asio;

namespace {

ToolResult took_too_long() {
  return tool_error(ToolOutcome::timed_out,
                    "the service behind this tool took too long; it may or may not have done what was asked");
}

/// A transfer. Where Twilio cannot be told, the stream is closed, and the call transferred when it comes
/// back.
asio::awaitable<ToolResult> run_transfer(const Surroundings& around, Machine& machine, ToolTask task) {
  if (around.control == nullptr)
    co_return tool_error(ToolOutcome::failed, "calls cannot be transferred from here");
  auto leaving = around.control->leave(machine.call_sid(), machine.transfer_of(task));
  const auto answer = co_await std::move(leaving);
  if (answer.leaves == CallControl::Leaves::by_closing) machine.transfer_by_closing(task);
  bool stays = answer.leaves == CallControl::Leaves::not_at_all;
  if (answer.leaves == CallControl::Leaves::as_over) {  // then `stop` comes, and cancels this
    stays = co_await around.clock.sleep_until(around.clock.now() + machine.settings().goodbye);
  }
  if (!stays) co_return tool_done();
  co_return tool_error(ToolOutcome::failed,
                       "the transfer could not be made; tell the caller, and offer something else",
                       answer.why);
}

}  // namespace

asio::awaitable<ToolResult> run_http(const Surroundings& around, const ToolSettings& settings,
                                     ToolTask task) {
  auto& clock = around.clock;
  ToolExchange exchange(*task.http, settings.hosts, task.arguments);
  for (;;) {
    const auto left = task.deadline - clock.now();
    if (left <= runtime::Duration(0)) co_return took_too_long();
    auto url = exchange.url();
    auto request = exchange.request();
    auto fetching = around.network.fetch(std::move(url), std::move(request), left);
    const auto first = co_await runtime::first_of(std::move(fetching), clock.sleep_until(task.deadline));
    // A server that stays silent until the deadline ends both at once.
    if (first.index() == 1 || clock.now() >= task.deadline) co_return took_too_long();
    const auto& fetched = std::get<0>(first);
    if (fetched.error == asio::error::operation_aborted) {
      co_return tool_error(ToolOutcome::unanswered, "the call is over");
    }
    if (auto result = exchange.answered(fetched)) co_return std::move(*result);
  }
}

asio::awaitable<void> carry_out(const Surroundings& around, Machine& machine, ToolTask task) {
  auto running = task.http != nullptr ? run_http(around, machine.settings().model.tools, task)
                                      : run_transfer(around, machine, task);
  auto result = co_await std::move(running);
  machine.tool_finished(task.no, std::move(result), around.clock.now());
}

asio::awaitable<bool> leave_stream(const Surroundings& around, const Machine& machine, bool fault,
                                   runtime::TimePoint deadline) {
  if (around.control == nullptr || !machine.begun() || machine.stopped()) co_return false;
  if (fault) {
    around.control->note(machine.call_sid(), machine.way_on());
    co_return false;
  }
  auto leaving = around.control->leave(machine.call_sid(), machine.way_on());
  const auto first = co_await runtime::first_of(std::move(leaving), around.clock.sleep_until(deadline));
  co_return first.index() == 0 && std::get<0>(first).leaves == CallControl::Leaves::by_twilio;
}

}  // namespace bridge::call
