#include "scenarios/engine/process_child.hpp"

#include "runtime/async/first_of.hpp"
#include "runtime/async/use_tuple.hpp"
#include "runtime/core/utf8.hpp"

#include <boost/asio/read_until.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

extern char** environ;

namespace scenarios::engine {
namespace asio = boost::asio;

namespace {
constexpr std::size_t kLongestLine = 64U << 10U;
constexpr std::size_t kLastWords = 30;  // lines that are not empty; a crash of Node.js writes 25
constexpr std::size_t kMostWord = 500;  // bytes of each

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const std::vector<std::string>& over) {
  std::vector<std::string> all = over;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string own = *entry;
    const std::string name = own.substr(0, own.find('=') + 1);
    if (std::ranges::none_of(over, [&](const std::string& text) { return text.starts_with(name); }))
      all.push_back(own);
  }
  return all;
}

}  // namespace

std::string last_words(const std::deque<LogLine>& log) {
  std::vector<std::string_view> lines;  // the last first
  for (auto line = log.rbegin(); line != log.rend() && lines.size() < kLastWords; ++line) {
    if (!line->text.empty()) lines.push_back(line->text);
  }
  std::string said;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const auto shown = runtime::utf8_prefix(*line, kMostWord);
    said.append("\n    ").append(shown);
    if (shown.size() < line->size()) said += "...";
  }
  return said.empty() ? "\n    (nothing)" : said;
}

ChildProcess::ChildProcess(asio::any_io_executor executor, runtime::Clock& clock, OnLine on_line)
    : clock_(clock),
      on_line_(std::move(on_line)),
      output_(executor),
      output_ended_(executor),
      tasks_(executor, [](std::exception_ptr) {}) {}

ChildProcess::~ChildProcess() {
  if (running()) {
    kill();
    reap();
  }
}

std::optional<std::string> ChildProcess::start(const Command& command) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    return "no pipe for a program's output: " + std::string(std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
  // Asio opens sockets that children inherit: in a child's hands they would stay open when we close them, and
  // ports stay taken.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  own_group_ = command.own_group;
  if (own_group_) {
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  auto words = command.words;
  auto environment = environment_with(command.environment);
  const int failed = ::posix_spawn(&pid_, words.front().c_str(), &actions, &attributes,
                                   pointers(words).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failed != 0) {
    ::close(pipe[0]);
    pid_ = -1;
    return "cannot start " + words.front() + ": " + std::strerror(failed);
  }
  output_.assign(pipe[0]);
  tasks_.spawn(read_output());
  return std::nullopt;
}

asio::awaitable<void> ChildProcess::read_output() {
  std::string buffer;
  for (;;) {
    auto [error, size] = co_await asio::async_read_until(output_, asio::dynamic_buffer(buffer, kLongestLine),
                                                         '\n', runtime::use_tuple);
    if (error) break;
    take_line(buffer.substr(0, size - 1));
    buffer.erase(0, size);
  }
  if (!buffer.empty()) take_line(std::move(buffer));
  reap();
  output_ended_.set();
}

void ChildProcess::take_line(std::string line) {
  if (on_line_) on_line_(line);
  if (log_.size() == kMostLines) log_.pop_front();
  log_.push_back({clock_.now(), std::move(line)});
}

/// `asked`: what its end is put down to from now on.
void ChildProcess::signal(int number, ProcessEnd::Asked asked) {
  if (!running()) return;
  asked_ = asked;
  ::kill(own_group_ ? -pid_ : pid_, number);
}

void ChildProcess::hang_up() {
  signal(SIGHUP, asked_);
}

void ChildProcess::terminate() {
  signal(SIGTERM, ProcessEnd::Asked::sigterm);
}

void ChildProcess::kill() {
  signal(SIGKILL, ProcessEnd::Asked::sigkill);
}

void ChildProcess::hold() {
  signal(SIGSTOP, asked_);
}

void ChildProcess::let_go() {
  signal(SIGCONT, asked_);
}

asio::awaitable<void> ChildProcess::stop(runtime::Duration gone_within) {
  if (pid_ > 0) {
    terminate();
    (void)co_await runtime::first_of(output_ended_.wait(), clock_.sleep_until(clock_.now() + gone_within));
    signal(SIGKILL, ProcessEnd::Asked::too_late);
    (void)co_await runtime::first_of(output_ended_.wait(), clock_.sleep_until(clock_.now() + gone_within));
  }
  tasks_.cancel();
  co_await tasks_.join();
}

/// Its output has ended, so it is gone in a moment: nothing else holds that end of the pipe.
void ChildProcess::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  end_ = ProcessEnd{code, clock_.now(), asked_};
}

}  // namespace scenarios::engine
