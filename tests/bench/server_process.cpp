#include "tests/bench/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

extern char** environ;

namespace bench {
namespace {
constexpr int kReadyWithinMs = 20'000;
constexpr int kEndsWithinMs = 5'000;

bool wait_for_end(pid_t pid, int most_ms) {
  for (int waited = 0; waited < most_ms; waited += 10) {
    if (::waitpid(pid, nullptr, WNOHANG) != 0) return true;
    ::poll(nullptr, 0, 10);
  }
  return false;
}

/// The port in "... KEY127.0.0.1:PORT ...", 0 while the line is not complete.
std::uint16_t port_in(const std::string& line, std::string_view key) {
  const auto at = line.find(key);
  if (at == std::string::npos || line.find('\n') == std::string::npos) return 0;
  const auto colon = line.find(':', at);
  return static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1)));
}
}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& command) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed =
      ::posix_spawn(&pid_, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failed != 0) throw std::runtime_error("cannot start " + words.front());

  std::string said;
  pollfd readable{pipe[0], POLLIN, 0};
  while (port_ == 0 && ::poll(&readable, 1, kReadyWithinMs) == 1) {
    std::array<char, 512> bytes{};
    const auto got = ::read(pipe[0], bytes.data(), bytes.size());
    if (got <= 0) break;
    said.append(bytes.data(), static_cast<std::size_t>(got));
    port_ = port_in(said, "public=");
    admin_port_ = port_in(said, "admin=");
  }
  ::close(pipe[0]);
  if (port_ != 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  throw std::runtime_error(words.front() + " did not say that it is ready; it said: " + said);
}

ServerProcess::~ServerProcess() {
  ::kill(pid_, SIGTERM);
  if (wait_for_end(pid_, kEndsWithinMs)) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

double ServerProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  // The command's name, in parentheses, may hold anything; field 3 follows it.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  if (!fields) throw std::runtime_error("the server under test has ended");
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double ServerProcess::peak_megabytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  double kilobytes = 0;
  while (file >> word) {
    if (word == "VmHWM:") file >> kilobytes;
  }
  return kilobytes / 1024;
}

}  // namespace bench
