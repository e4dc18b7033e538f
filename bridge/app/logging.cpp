#include "bridge/app/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bridge::app {
namespace {

constexpr auto kTime = "%Y-%m-%dT%H:%M:%S.%eZ";

/// One JSON object per line: time, level, message.
class JsonFormatter final : public spdlog::formatter {
 public:
  JsonFormatter() : time_(kTime, spdlog::pattern_time_type::utc, "") {}

  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    spdlog::memory_buf_t time;
    time_.format(line, time);
    nlohmann::ordered_json json;
    json["time"] = std::string(time.data(), time.size());
    const auto level = spdlog::level::to_string_view(line.level);
    json["level"] = std::string(level.data(), level.size());
    json["message"] = std::string(line.payload.data(), line.payload.size());
    // What a peer sent may hold broken UTF-8.
    const auto text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }

 private:
  spdlog::pattern_formatter time_;
};

std::unique_ptr<spdlog::formatter> make_formatter(bool json) {
  if (json) return std::make_unique<JsonFormatter>();
  return std::make_unique<spdlog::pattern_formatter>(std::string(kTime) + " %^%-7l%$ %v",
                                                     spdlog::pattern_time_type::utc);
}

}  // namespace

ClockLogger::ClockLogger(std::string name, runtime::Clock& clock, std::shared_ptr<spdlog::logger> back)
    : spdlog::logger(std::move(name)), clock_(clock), back_(std::move(back)) {
  set_level(back_->level());
}

void ClockLogger::sink_it_(const spdlog::details::log_msg& line) {
  const auto time = std::chrono::time_point_cast<spdlog::log_clock::duration>(clock_.wall_now());
  back_->log(time, line.source, line.level, line.payload);
}

void ClockLogger::flush_() {
  back_->flush();
}

AsyncLog::AsyncLog(const Config::Log& config, runtime::Clock& clock, spdlog::sink_ptr sink)
    : pool_(std::make_shared<spdlog::details::thread_pool>(config.queue, 1)) {
  sink->set_formatter(make_formatter(config.json));
  back_ = std::make_shared<spdlog::async_logger>("bridge", std::move(sink), pool_,
                                                 spdlog::async_overflow_policy::overrun_oldest);
  back_->set_level(spdlog::level::from_str(config.level));
  front_ = std::make_unique<ClockLogger>("bridge", clock, back_);
}

AsyncLog::~AsyncLog() {
  front_.reset();
  back_.reset();
  pool_.reset();  // joins the thread once the queue is empty
}

std::uint64_t AsyncLog::dropped() const {
  return pool_->overrun_counter();
}

std::unique_ptr<spdlog::logger> make_direct_log(const Config::Log& config, runtime::Clock& clock,
                                                spdlog::sink_ptr sink) {
  sink->set_formatter(make_formatter(config.json));
  auto back = std::make_shared<spdlog::logger>("bridge", std::move(sink));
  back->set_level(spdlog::level::from_str(config.level));
  return std::make_unique<ClockLogger>("bridge", clock, std::move(back));
}

std::string masked(std::string_view number) {
  std::string text(number);
  const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits < 7 || digits + 4 < std::ssize(text)) return text;
  for (std::size_t i = 5; i + 2 < text.size(); ++i) text[i] = '*';
  return text;
}

}  // namespace bridge::app
