#include "bridge/app/commons.hpp"

#include "bridge/call/verdict.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/dispatch.hpp>

#include <chrono>
#include <utility>

namespace bridge::app {
namespace {

/// A failure waits no longer for a scrape.
constexpr runtime::Duration kToldWithin = std::chrono::seconds(30);

std::string secret_of(const Config& config, runtime::Random& random) {
  return config.stream_token.secret.empty() ? random.hex(64) : config.stream_token.secret;
}

}  // namespace

Commons::Commons(metrics::Book& book, const Config& config, runtime::Random& random)
    : registry(book.add_sheet({"voicebridge_"}),
               {config.limits.remembered_calls, config.stream_token.valid_for, config.replica.alone}),
      slots(book.add_sheet({"voicebridge_calls_refused_total"}),
            {config.limits.calls, config.limits.calls_per_source, config.stream_token.valid_for}),
      day(config.limits.daily_tokens),
      dials(config.limits.openai_connections_per_second),
      signer(secret_of(config, random)) {
  // What is true of the process stands in one sheet: the sheets' gauges add up.
  auto& sheet = book.add_sheet({"voicebridge_draining", "voicebridge_calls_limit"});
  draining_ = sheet.gauge("voicebridge_draining");
  calls_limit_ = sheet.gauge("voicebridge_calls_limit");
  reconfigure(config);
}

void Commons::reconfigure(const Config& config) {
  registry.remember_tokens_for(config.stream_token.valid_for);
  slots.limit({config.limits.calls, config.limits.calls_per_source, config.stream_token.valid_for});
  day.limit(config.limits.daily_tokens);
  dials.limit(config.limits.openai_connections_per_second);
  const std::lock_guard lock(mutex_);
  calls_limit_.set(static_cast<double>(config.limits.calls));
}

void Commons::publish(Config config) {
  reconfigure(config);
  auto next = std::make_shared<const Config>(std::move(config));
  {
    const std::lock_guard lock(mutex_);
    published_ = std::move(next);
  }
  tell_all();
}

std::shared_ptr<const Config> Commons::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void Commons::drain(const Config::Drain& within, runtime::TimePoint now, spdlog::logger& log) {
  {
    const std::lock_guard lock(mutex_);
    if (draining_since_) return;
    draining_since_ = now;
    draining_.set(1);
  }
  log.info("draining calls={} accept_for={}s grace={}s", streaming(), runtime::seconds(within.accept_for),
           runtime::seconds(within.grace));
  tell_all();
}

std::optional<runtime::TimePoint> Commons::draining_since() const {
  const std::lock_guard lock(mutex_);
  return draining_since_;
}

void Commons::worker_failed(runtime::TimePoint now) {
  const std::lock_guard lock(mutex_);
  failure_untold_since_ = now;
}

void Commons::scraped() {
  const std::lock_guard lock(mutex_);
  failure_untold_since_.reset();
}

bool Commons::has_failure_to_tell(runtime::TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return failure_untold_since_ && now < *failure_untold_since_ + kToldWithin;
}

void Commons::join(boost::asio::any_io_executor executor, std::function<void()> look) {
  const std::lock_guard lock(mutex_);
  workers_.push_back({std::move(executor), std::move(look)});
}

std::optional<std::size_t> Commons::drained(std::size_t cut_short) {
  const std::lock_guard lock(mutex_);
  cut_short_ += cut_short;
  return ++drained_ == workers_.size() ? std::optional(cut_short_) : std::nullopt;
}

void Commons::tell_all() {
  std::vector<Worker> workers;
  {
    const std::lock_guard lock(mutex_);
    workers = workers_;
  }
  for (auto& worker : workers) boost::asio::dispatch(worker.executor, std::move(worker.look));
}

void Commons::settle_calls(runtime::TimePoint now, spdlog::logger& log) {
  for (const auto& sid : registry.let_go_of_unheard(now)) {
    log.warn("call={} is let go of: nothing was told of it for too long, and its stream is not here", sid);
  }
  for (const auto& judged : registry.take_judged()) {
    log.info("call={} verdict={} reason={} ended_by=none seconds={:.1f}", judged.call_sid,
             call::to_string(judged.verdict), call::to_string(judged.reason),
             runtime::seconds(judged.lasted));
  }
}

}  // namespace bridge::app
