#pragma once
#include "bridge/app/call_registry.hpp"
#include "bridge/app/call_slots.hpp"
#include "bridge/app/config.hpp"
#include "bridge/app/day_budget.hpp"
#include "bridge/app/token.hpp"
#include "bridge/call/dial_gate.hpp"
#include "metrics/sheet.hpp"
#include "runtime/core/random.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace spdlog {
class logger;
}

namespace bridge::app {

/// What the workers of one process and its Control know together. Everything else of them belongs to one
/// thread. Nothing that locks is asked on the audio path: a call comes by when it begins, when it ends and
/// with each webhook. Outlives all that share it.
class Commons {
 public:
  Commons(metrics::Book& book, const Config& config, runtime::Random& random);

  CallRegistry registry;  // these take care of themselves on any thread
  CallSlots slots;
  DayBudget day;
  call::DialGate dials;
  const Signer signer;

  /// Takes from a configuration what may change while the process runs.
  void reconfigure(const Config& config);
  /// The workers are to go on with this one: each takes it on its own thread.
  void publish(Config config);
  /// What was published last. None: they run as they were built.
  std::shared_ptr<const Config> published() const;

  /// Media streams that run, of all workers.
  std::size_t streaming() const { return streaming_.load(); }
  void stream_began() { ++streaming_; }
  void stream_ended() { --streaming_; }

  /// From the first call on, the process drains; that one says so in the log, and tells all. Any thread.
  void drain(const Config::Drain& within, runtime::TimePoint now, spdlog::logger& log);
  std::optional<runtime::TimePoint> draining_since() const;
  /// A worker failed: whoever drains for it stays until a scrape has told of it, or until this is too long
  /// ago.
  void worker_failed(runtime::TimePoint now);
  void scraped();
  bool has_failure_to_tell(runtime::TimePoint now) const;
  /// Ends the grace period.
  void cut() { cut_ = true; }
  bool is_cut() const { return cut_; }
  /// True for the first worker that comes to the end of the grace: it says what the process has to say of it.
  bool first_at_the_end() { return !at_the_end_.exchange(true); }

  /// A worker: `look` runs on its thread whenever tell_all() is called, also from another one.
  void join(boost::asio::any_io_executor executor, std::function<void()> look);
  void tell_all();
  /// A worker that joined has drained, and has cut calls short. The sum of all, once: by the last of them.
  std::optional<std::size_t> drained(std::size_t cut_short);

  /// Lets go of the calls of which nothing is told any more, and says of them, and of all that were judged
  /// without a stream, what became of them. Any thread; `log` is its own.
  void settle_calls(runtime::TimePoint now, spdlog::logger& log);

 private:
  std::atomic<std::size_t> streaming_{0};
  std::atomic<bool> cut_{false}, at_the_end_{false};
  struct Worker {
    boost::asio::any_io_executor executor;
    std::function<void()> look;
  };
  mutable std::mutex mutex_;  // guards what follows
  metrics::Gauge draining_, calls_limit_;
  std::optional<runtime::TimePoint> draining_since_, failure_untold_since_;
  std::shared_ptr<const Config> published_;
  std::vector<Worker> workers_;
  std::size_t drained_ = 0, cut_short_ = 0;  // workers; calls
};

}  // namespace bridge::app
