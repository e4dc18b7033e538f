#include "scenarios/engine/process_bridge.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <utility>

extern char** environ;

namespace scenarios::engine {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
constexpr std::size_t kLongestLine = 64U << 10U;
}  // namespace

ProcessBridge::ProcessBridge(asio::any_io_executor executor, runtime::Clock& clock,
                             runtime::net::Network& network, Options options)
    : executor_(executor),
      clock_(clock),
      network_(network),
      options_(std::move(options)),
      output_(executor),
      ready_(executor),
      output_ended_(executor),
      tasks_(executor, [](std::exception_ptr) {}) {}

ProcessBridge::~ProcessBridge() {
  if (pid_ > 0 && !exit_code_) {
    ::kill(pid_, SIGKILL);
    reap();
  }
}

std::string ProcessBridge::name() const {
  return options_.executable.filename().string() + " (process, real time)";
}

std::optional<std::string> ProcessBridge::spawn(const std::filesystem::path& config) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    return "no pipe for the bridge's output: " + std::string(std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
  std::string program = options_.executable.string();
  std::string flag = "--config";
  std::string file = config.string();
  std::array<char*, 4> arguments{program.data(), flag.data(), file.data(), nullptr};
  const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failed != 0) {
    ::close(pipe[0]);
    pid_ = -1;
    return "cannot start " + program + ": " + std::strerror(failed);
  }
  output_.assign(pipe[0]);
  return std::nullopt;
}

asio::awaitable<std::optional<std::string>> ProcessBridge::start(std::string config) {
  using namespace asio::experimental::awaitable_operators;
  const auto file = options_.folder / options_.file;
  std::ofstream(file) << config;
  if (auto failure = spawn(file)) co_return failure;
  tasks_.spawn(read_output());
  const auto deadline = clock_.now() + options_.ready_within;
  (void)co_await (ready_.wait() || output_ended_.wait() || clock_.sleep_until(deadline));
  if (ready_.is_set()) co_return std::nullopt;
  std::string said;
  for (const auto& line : log_) said += "\n    " + line.text;
  co_return "the bridge did not become ready; it said:" + said;
}

asio::awaitable<void> ProcessBridge::read_output() {
  std::string buffer;
  for (;;) {
    auto [error, size] = co_await asio::async_read_until(output_, asio::dynamic_buffer(buffer, kLongestLine),
                                                         '\n', asio::as_tuple(asio::use_awaitable));
    if (error) break;
    take_line(buffer.substr(0, size - 1));
    buffer.erase(0, size);
  }
  if (!buffer.empty()) take_line(std::move(buffer));
  reap();
  output_ended_.set();
}

void ProcessBridge::take_line(std::string line) {
  if (!ready_.is_set()) {
    const auto at = line.find(" admin=");
    if (line.find(" ready public=") != std::string::npos && at != std::string::npos) {
      const auto colon = line.find(':', at);
      std::from_chars(line.data() + colon + 1, line.data() + line.size(), admin_port_);
      ready_.set();
    }
  }
  if (log_.size() == kMostLines) log_.pop_front();
  log_.push_back({clock_.now(), std::move(line)});
}

asio::awaitable<std::string> ProcessBridge::scrape() {
  if (admin_port_ == 0 || !running()) co_return std::string();
  runtime::net::Url url{"http", "127.0.0.1", admin_port_, "/metrics"};
  runtime::net::HttpRequest request;
  auto fetched = co_await network_.fetch(std::move(url), std::move(request), 5s);
  co_return fetched ? std::move(fetched.response.body) : std::string();
}

void ProcessBridge::signal(int number) {
  if (running()) ::kill(pid_, number);
}

void ProcessBridge::terminate() {
  signal(SIGTERM);
}

void ProcessBridge::kill() {
  signal(SIGKILL);
}

asio::awaitable<void> ProcessBridge::stop() {
  using namespace asio::experimental::awaitable_operators;
  if (pid_ > 0) {
    terminate();
    (void)co_await (output_ended_.wait() || clock_.sleep_until(clock_.now() + options_.gone_within));
    kill();
    (void)co_await (output_ended_.wait() || clock_.sleep_until(clock_.now() + options_.gone_within));
  }
  tasks_.cancel();
  co_await tasks_.join();
}

/// Its output has ended, so it is gone in a moment: nothing else holds that end of the pipe.
void ProcessBridge::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace scenarios::engine
