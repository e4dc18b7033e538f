#include "scenarios/engine/in_process_bridge.hpp"

#include "bridge/app/config.hpp"
#include "bridge/app/logging.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <utility>
#include <variant>

namespace scenarios::engine {
namespace asio = boost::asio;

/// Keeps every line with its virtual time.
class InProcessBridge::Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit Sink(runtime::Clock& clock) : clock_(clock) {}
  const std::deque<LogLine>& lines() const { return lines_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (lines_.size() == kMostLines) lines_.pop_front();
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string text(formatted.data(), formatted.size());
    while (!text.empty() && text.back() == '\n') text.pop_back();
    lines_.push_back({clock_.now(), std::move(text)});
  }
  void flush_() override {}

  runtime::Clock& clock_;
  std::deque<LogLine> lines_;
};

InProcessBridge::InProcessBridge(Seams seams) : seams_(seams), sink_(std::make_shared<Sink>(seams.clock)) {}
InProcessBridge::~InProcessBridge() = default;

std::string InProcessBridge::name() const {
  return "linecheck-bridge (in process, virtual time)";
}

asio::awaitable<std::optional<std::string>> InProcessBridge::start(std::string text) {
  bridge::app::ConfigSource source{"bridge.config", std::move(text), ".", {}};
  auto parsed = bridge::app::parse_config(source);
  if (const auto* errors = std::get_if<bridge::app::ConfigErrors>(&parsed)) co_return errors->text();
  auto& config = std::get<bridge::app::Config>(parsed);
  logger_ = bridge::app::make_direct_log(config.log, seams_.clock, sink_);
  bridge::app::Environment environment{seams_.executor, seams_.clock, seams_.ticker, seams_.network,
                                       seams_.random,   book_,        *logger_};
  bridge_ = std::make_unique<bridge::app::Bridge>(environment, std::move(config));
  const auto started = bridge_->start();
  if (!started) co_return "the bridge did not start: " + started.error().message();
  co_return std::nullopt;
}

asio::awaitable<std::string> InProcessBridge::scrape() {
  co_return book_.expose();
}

asio::awaitable<void> InProcessBridge::stop() {
  if (!bridge_) co_return;
  bridge_->drain();
  (void)co_await bridge_->run();
}

const std::deque<LogLine>& InProcessBridge::log() const {
  return sink_->lines();
}

}  // namespace scenarios::engine
