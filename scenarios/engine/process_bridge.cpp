#include "scenarios/engine/process_bridge.hpp"

#include "runtime/async/first_of.hpp"
#include "scenarios/engine/bridge_config.hpp"

#include <charconv>
#include <fstream>
#include <utility>

namespace scenarios::engine {
namespace asio = boost::asio;
using namespace std::chrono_literals;

ProcessBridge::ProcessBridge(asio::any_io_executor executor, runtime::Clock& clock,
                             runtime::net::Network& network, Options options)
    : clock_(clock),
      network_(network),
      options_(std::move(options)),
      ready_(executor),
      child_(executor, clock, [this](const std::string& line) { watch_for_ready(line); }) {}

std::string ProcessBridge::name() const {
  return options_.executable.filename().string() + " (process, real time)";
}

asio::awaitable<std::optional<std::string>> ProcessBridge::start(std::string config) {
  const auto file = options_.folder / options_.file;
  std::ofstream(file) << config;
  authorization_ = admin_authorization(config);
  ChildProcess::Command command;
  command.words = {options_.executable.string(), "--config", file.string()};
  // Those of whoever runs the harness would be stronger than the file's, and go to the fakes.
  for (const auto* secret : {"OPENAI_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
                             "LINECHECK_TOKEN_SECRET", "LINECHECK_API_TOKEN", "LINECHECK_ADMIN_PASSWORD"})
    command.environment.push_back(std::string(secret) + "=");  // empty: as if it were not there
  if (auto failure = child_.start(command)) co_return failure;
  const auto deadline = clock_.now() + options_.ready_within;
  (void)co_await runtime::first_of(runtime::first_of(ready_.wait(), child_.output_ended().wait()),
                                   clock_.sleep_until(deadline));
  if (ready_.is_set()) co_return std::nullopt;
  co_return "the bridge did not become ready; it said:" + child_.last_words();
}

std::optional<std::string> ProcessBridge::reload(std::string config) {
  const auto file = options_.folder / options_.file;
  std::ofstream(file) << config;
  // Which of the two holds is seen when it is asked: it takes its time to reload, and may refuse to.
  other_authorization_ = std::exchange(authorization_, admin_authorization(config));
  child_.hang_up();
  return std::nullopt;
}

void ProcessBridge::watch_for_ready(const std::string& line) {
  if (ready_.is_set()) return;
  const auto at = line.find(" admin=");
  if (line.find(" ready public=") == std::string::npos || at == std::string::npos) return;
  const auto colon = line.find(':', at);
  std::from_chars(line.data() + colon + 1, line.data() + line.size(), admin_port_);
  ready_.set();
}

asio::awaitable<std::string> ProcessBridge::scrape() {
  if (admin_port_ == 0 || !running()) co_return std::string();
  runtime::net::Fetched fetched;
  for (int tries = 1; tries <= 2; ++tries) {
    runtime::net::Url url{"http", "127.0.0.1", admin_port_, "/metrics"};
    runtime::net::HttpRequest request;
    if (!authorization_.empty()) request.headers.add("Authorization", authorization_);
    fetched = co_await network_.fetch(std::move(url), std::move(request), 5s);
    if (!fetched || fetched.response.status != 401) break;
    std::swap(authorization_, other_authorization_);
  }
  const bool good = fetched && fetched.response.status == 200;
  co_return good ? std::move(fetched.response.body) : std::string();
}

}  // namespace scenarios::engine
