#include "scenarios/engine/process_other_bridge.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace scenarios::engine {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// The shell has the signal too: it waits for what it started, and ends with that one's status.
constexpr auto kHandOnStatus = "trap 'exit $?' TERM; ";

std::string in_folder(const OtherBridge& other) {
  if (other.folder.empty()) return kHandOnStatus + other.command;
  std::string quoted;
  for (const char c : other.folder.string()) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return kHandOnStatus + ("cd '" + quoted + "' && " + other.command);
}

/// Waiting helps with a bridge that is being started, and not with one that runs already, or does not.
bool nobody_is_there(const runtime::error_code& error) {
  return error == asio::error::connection_refused || error == runtime::net::NetError::unresolved;
}

}  // namespace

ProcessOtherBridge::ProcessOtherBridge(asio::any_io_executor executor, runtime::Clock& clock,
                                       runtime::net::Network& network, OtherBridge other,
                                       Surroundings surroundings)
    : clock_(clock),
      network_(network),
      other_(std::move(other)),
      surroundings_(std::move(surroundings)),
      child_(executor, clock, {}) {}

asio::awaitable<std::optional<std::string>> ProcessOtherBridge::start(std::string) {
  if (other_.by_command()) {
    ChildProcess::Command command;
    command.words = {"/bin/sh", "-c", in_folder(other_)};
    command.environment = surroundings_.environment;
    command.own_group = true;
    if (auto failure = child_.start(command)) co_return failure;
  }
  const auto deadline = clock_.now() + surroundings_.ready_within;
  const auto& base = surroundings_.base;
  const std::string where = base.scheme + "://" + base.host + ":" + std::to_string(base.port);
  while (clock_.now() < deadline) {
    const auto answer = co_await ask();
    if (answer.connected) co_return std::nullopt;
    if (!other_.by_command() && nobody_is_there(answer.error)) {
      co_return "no bridge answers at " + where + " (" + answer.detail +
          "): start yours there first, or give --bridge-command, and linecheck starts it";
    }
    if (!running()) {
      co_return "the bridge ended with exit status " + std::to_string(exit_code().value_or(0)) +
          " before it listened on port " + std::to_string(base.port) +
          " (PORT); it said:" + child_.last_words();
    }
    const bool slept = co_await clock_.sleep_until(clock_.now() + 50ms);
    if (!slept) break;
  }
  std::string failure = "the bridge does not answer at " + where;
  if (other_.by_command())
    failure += " (the command is told by PORT where to listen); it said:" + child_.last_words();
  co_return failure;
}

asio::awaitable<runtime::net::Fetched> ProcessOtherBridge::ask() {
  runtime::net::HttpRequest request;
  auto url = surroundings_.base;
  url.target = "/";
  co_return co_await network_.fetch(std::move(url), std::move(request), 2s);
}

asio::awaitable<std::string> ProcessOtherBridge::scrape() {
  if (other_.metrics.empty() || !running()) co_return std::string();
  auto url = surroundings_.base;
  if (auto own = runtime::net::parse_url(other_.metrics)) {
    url = *own;
  } else {
    url.target = other_.metrics;
  }
  runtime::net::HttpRequest request;
  auto fetched = co_await network_.fetch(std::move(url), std::move(request), 5s);
  co_return fetched&& fetched.response.status == 200
      ? renamed_metrics(fetched.response.body, other_.metric_names)
      : std::string();
}

}  // namespace scenarios::engine
