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

/// The bridge that a scenario drives: ours inside of this process, our executable, or somebody else's.
class BridgeUnderTest {
 public:
  virtual ~BridgeUnderTest() = default;
  /// What the first line of output calls it.
  virtual std::string name() const = 0;
  /// Starts it with this configuration (YAML). The error says what to do.
  virtual boost::asio::awaitable<std::optional<std::string>> start(std::string config) = 0;
  /// The text of /metrics now; empty where the bridge publishes none.
  virtual boost::asio::awaitable<std::string> scrape() = 0;
  /// Asks for a polite end and waits for it.
  virtual boost::asio::awaitable<void> stop() = 0;
  virtual const std::deque<LogLine>& log() const = 0;
  /// Of a process that has ended.
  virtual std::optional<int> exit_code() const { return std::nullopt; }
};

}  // namespace scenarios::engine
