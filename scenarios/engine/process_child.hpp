#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "scenarios/engine/bridge_under_test.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/types.h>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// The end of a log, indented, for a message. Of each line its beginning.
std::string last_words(const std::deque<LogLine>& log);

/// A program that runs as a child of this one. What it writes is read line by line; it is ended politely and,
/// when it does not go, with SIGKILL. Runs once.
class ChildProcess {
 public:
  struct Command {
    std::vector<std::string> words;        // the program, then its arguments
    std::vector<std::string> environment;  // NAME=VALUE, over this program's own
    /// A process group of its own: signals reach what it starts in turn, and the terminal's reach none of it.
    bool own_group = false;
  };
  using OnLine = std::function<void(const std::string& line)>;
  ChildProcess(boost::asio::any_io_executor executor, runtime::Clock& clock, OnLine on_line);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  std::optional<std::string> start(const Command& command);
  void terminate();
  /// SIGHUP.
  void hang_up();
  void kill();
  /// SIGSTOP, and SIGCONT: what is sent to it between the two comes when it is let go, but for a kill.
  void hold();
  void let_go();
  bool running() const { return pid_ > 0 && !end_; }
  /// Asks for a polite end, waits for it `gone_within`, and no longer than that again after a SIGKILL.
  boost::asio::awaitable<void> stop(runtime::Duration gone_within);
  runtime::Event& output_ended() { return output_ended_; }
  const std::deque<LogLine>& log() const { return log_; }
  /// The last lines that it wrote, indented, for a message.
  std::string last_words() const { return engine::last_words(log_); }
  std::optional<ProcessEnd> end() const { return end_; }
  std::optional<int> exit_code() const { return end_ ? std::optional(end_->code) : std::nullopt; }

 private:
  boost::asio::awaitable<void> read_output();
  void take_line(std::string line);
  void signal(int number, ProcessEnd::Asked asked);
  void reap();

  runtime::Clock& clock_;
  OnLine on_line_;
  boost::asio::posix::stream_descriptor output_;
  pid_t pid_ = -1;
  bool own_group_ = false;
  ProcessEnd::Asked asked_ = ProcessEnd::Asked::no;
  std::optional<ProcessEnd> end_;
  std::deque<LogLine> log_;
  runtime::Event output_ended_;
  runtime::TaskGroup tasks_;
};

}  // namespace scenarios::engine
