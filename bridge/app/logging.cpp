#include "bridge/app/logging.hpp"

#include "bridge/app/async_log_queue.hpp"

#include <spdlog/pattern_formatter.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace bridge::app {
namespace {

constexpr auto kTime = "%Y-%m-%dT%H:%M:%S.%eZ";

std::string text_of(spdlog::string_view_t view) {
  return std::string(view.data(), view.size());
}

/// One JSON object per line: time, level, component, call and stream where the line names them, message. The
/// message is whole, so that what is grepped for in the one format is found in the other.
class JsonFormatter final : public spdlog::formatter {
 public:
  JsonFormatter() : time_(kTime, spdlog::pattern_time_type::utc, "") {}

  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    spdlog::memory_buf_t time;
    time_.format(line, time);
    nlohmann::ordered_json json;
    json["time"] = std::string(time.data(), time.size());
    json["level"] = text_of(spdlog::level::to_string_view(line.level));
    json["component"] = text_of(line.logger_name);
    const auto message = text_of(line.payload);
    for (const char* name : {"call", "stream", "session"}) {
      if (auto value = field(message, name); !value.empty()) json[name] = std::move(value);
    }
    json["message"] = message;
    // What a peer sent may hold broken UTF-8.
    const auto text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }

 private:
  /// The value of `name=` among the `key=value` words that a line begins with.
  static std::string field(std::string_view message, std::string_view name) {
    while (true) {
      const auto word = message.substr(0, message.find(' '));
      const auto equals = word.find('=');
      if (equals == std::string_view::npos) return {};
      if (word.substr(0, equals) == name) return std::string(word.substr(equals + 1));
      if (word.size() == message.size()) return {};
      message.remove_prefix(word.size() + 1);
    }
  }

  spdlog::pattern_formatter time_;
};

spdlog::level::level_enum level_of(std::string_view component, const Config::Log& config) {
  const auto own = config.levels.find(component);
  return spdlog::level::from_str(own == config.levels.end() ? config.level : own->second);
}

std::unique_ptr<spdlog::formatter> make_formatter(bool json) {
  if (json) return std::make_unique<JsonFormatter>();
  return std::make_unique<spdlog::pattern_formatter>(std::string(kTime) + " %^%-7l%$ %v",
                                                     spdlog::pattern_time_type::utc);
}

}  // namespace

ClockLogger::ClockLogger(std::string name, runtime::Clock& clock, spdlog::sink_ptr sink)
    : spdlog::logger(std::move(name), std::move(sink)), clock_(clock) {}

std::shared_ptr<spdlog::logger> ClockLogger::clone(std::string name) {
  auto copy = std::make_shared<ClockLogger>(std::move(name), clock_, sinks_.front());
  copy->set_level(level());
  return copy;
}

void ClockLogger::sink_it_(const spdlog::details::log_msg& line) {
  auto timed = line;
  timed.time = std::chrono::time_point_cast<spdlog::log_clock::duration>(clock_.wall_now());
  spdlog::logger::sink_it_(timed);
}

/// The queues and the thread that empties them.
class AsyncLog::Impl {
 public:
  Impl(const Config::Log& config, runtime::Clock& clock, spdlog::sink_ptr sink, std::size_t queues)
      : clock_(clock), sink_(std::move(sink)) {
    sink_->set_formatter(make_formatter(config.json));
    for (std::size_t i = 0; i < queues; ++i) {
      queues_.push_back(std::make_shared<LogQueue>(config.queue, work_));
      loggers_.push_back(std::make_unique<ClockLogger>("bridge", clock, queues_.back()));
      loggers_.back()->set_level(level_of("bridge", config));
    }
    writer_ = std::thread([this] { write(); });
  }
  ~Impl() {
    stop();
    writer_.join();
  }

  spdlog::logger& logger(std::size_t queue) { return *loggers_.at(queue); }
  std::uint64_t dropped() const {
    std::uint64_t sum = 0;
    for (const auto& queue : queues_) sum += queue->dropped();
    return sum;
  }
  bool finish(runtime::Duration limit) {
    stop();
    std::unique_lock lock(mutex_);
    return done_changed_.wait_for(lock, limit, [this] { return done_; });
  }

 private:
  void stop() {
    stopping_ = true;
    work_.announce();
  }

  void write() {
    for (;;) {
      const auto seen = work_.version();
      const bool last = stopping_;
      bool any = false;
      for (const auto& queue : queues_) {
        any = queue->take([this](const spdlog::details::log_msg& line) { put(line); }) || any;
      }
      own_up();
      if (any) continue;
      if (last) break;
      work_.wait_beyond(seen);
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    done_changed_.notify_all();
  }

  /// A destination that fails has lost the line; there is nobody else to tell.
  void put(const spdlog::details::log_msg& line) {
    try {
      sink_->log(line);
    } catch (const std::exception&) {
      ++failed_;
    }
  }

  void own_up() {
    const auto now = dropped() + failed_;
    if (now == told_) return;
    const auto text =
        fmt::format("{} log lines were dropped: the log's destination is too slow", now - told_);
    told_ = now;
    spdlog::details::log_msg line("bridge", spdlog::level::warn, text);
    line.time = std::chrono::time_point_cast<spdlog::log_clock::duration>(clock_.wall_now());
    put(line);
  }

  runtime::Clock& clock_;
  spdlog::sink_ptr sink_;
  Work work_;
  std::vector<std::shared_ptr<LogQueue>> queues_;
  std::vector<std::unique_ptr<ClockLogger>> loggers_;
  std::atomic<bool> stopping_{false};
  std::uint64_t failed_ = 0, told_ = 0;  // the writer's
  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool done_ = false;
  std::thread writer_;
};

AsyncLog::AsyncLog(const Config::Log& config, runtime::Clock& clock, spdlog::sink_ptr sink,
                   std::size_t queues)
    : impl_(std::make_unique<Impl>(config, clock, std::move(sink), queues)) {}
AsyncLog::~AsyncLog() = default;

spdlog::logger& AsyncLog::logger(std::size_t queue) {
  return impl_->logger(queue);
}
std::uint64_t AsyncLog::dropped() const {
  return impl_->dropped();
}
bool AsyncLog::finish(runtime::Duration limit) {
  return impl_->finish(limit);
}

std::unique_ptr<spdlog::logger> make_direct_log(const Config::Log& config, runtime::Clock& clock,
                                                spdlog::sink_ptr sink) {
  sink->set_formatter(make_formatter(config.json));
  auto log = std::make_unique<ClockLogger>("bridge", clock, std::move(sink));
  log->set_level(level_of("bridge", config));
  return log;
}

std::shared_ptr<spdlog::logger> component_log(spdlog::logger& log, std::string_view component,
                                              const Config::Log& config) {
  auto made = log.clone(std::string(component));
  made->set_level(level_of(component, config));
  return made;
}

}  // namespace bridge::app
