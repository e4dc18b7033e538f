#pragma once
#include "runtime/core/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <optional>
#include <string>

namespace scenarios::engine {

inline constexpr runtime::Duration kTick = std::chrono::milliseconds(20);  // of a bridge's ticker
inline constexpr std::size_t kMostLines = 200'000;                         // kept of a bridge's log

struct LogLine {
  runtime::TimePoint at;  // when it was written or, of another process, read
  std::string text;       // as written, without its line break
};

/// How a process came to its end.
struct ProcessEnd {
  enum class Asked {
    no,        // it went by itself
    sigterm,   // the scenario or the harness had asked it to
    sigkill,   // the scenario killed it
    too_late,  // the harness killed it, since it had not gone in time
  };
  int code = 0;             // as a shell has it: 128 and the number of the signal that ended it
  runtime::TimePoint at{};  // when that was seen
  Asked asked = Asked::no;
};

/// One process of the bridge that a scenario drives: ours inside of this process, our executable, or somebody
/// else's. It runs once; to start it again another one is made.
class BridgeUnderTest {
 public:
  virtual ~BridgeUnderTest() = default;
  /// What the first line of output calls it.
  virtual std::string name() const = 0;
  /// Starts it with this configuration (YAML). The error says what to do.
  virtual boost::asio::awaitable<std::optional<std::string>> start(std::string config) = 0;
  /// The text of /metrics now; empty where the bridge publishes none, or has ended.
  virtual boost::asio::awaitable<std::string> scrape() = 0;
  /// Writes its configuration anew and tells it so (SIGHUP). The error says why that cannot be done; what it
  /// makes of the new one is its own affair.
  virtual std::optional<std::string> reload(std::string config) = 0;
  /// SIGTERM: it ends by itself, politely. Again: sooner.
  virtual void terminate() = 0;
  /// SIGKILL: its connections are reset, and what it knew is lost.
  virtual void kill() = 0;
  /// SIGSTOP: it runs nothing until it is let go, or killed; what comes to it meanwhile waits for it.
  virtual void hold() = 0;
  /// SIGCONT; without effect on one that is not held.
  virtual void let_go() = 0;
  virtual bool running() const = 0;
  /// It was there before the scenario, and nobody here may end it.
  virtual bool outlives_scenario() const { return false; }
  /// Asks for a polite end, unless it has ended, and waits for it. To be awaited before destruction.
  virtual boost::asio::awaitable<void> stop() = 0;
  virtual const std::deque<LogLine>& log() const = 0;
  /// Once it has ended.
  virtual std::optional<ProcessEnd> end() const = 0;
  std::optional<int> exit_code() const {
    const auto ended = end();
    return ended ? std::optional(ended->code) : std::nullopt;
  }
};

}  // namespace scenarios::engine
