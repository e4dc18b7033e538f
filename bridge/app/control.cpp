#include "bridge/app/control.hpp"

#include "bridge/app/bridge.hpp"
#include "bridge/app/certificates.hpp"
#include "bridge/app/reload.hpp"
#include "bridge/app/twiml.hpp"
#include "metrics/catalogue.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace bridge::app {
namespace {

constexpr std::string_view kTokens = "voicebridge_openai_tokens_total";

/// So that rate() sees what the first response of a model uses.
void count_tokens_from_zero(const Config& config, metrics::Sheet& sheet) {
  const auto begin = [&](const call::Settings& agent) {
    for (const auto& kind : metrics::find_family(kTokens)->labels.front().values)
      sheet.counter(kTokens, {kind, agent.model.name}).add(0);
  };
  if (config.agents.empty()) begin(config.call);
  for (const auto& [name, agent] : config.agents) begin(agent);
}

}  // namespace

Control::Control(Seams seams, Config config, Commons& commons)
    : seams_(seams),
      config_(std::move(config)),
      commons_(commons),
      sheet_(seams.book.add_sheet({"voicebridge_config_", kTokens})),
      admin_(seams, config_, commons) {}

runtime::Result<void> Control::start() {
  return admin_.start();
}

void Control::say_what_is_configured() {
  for (const auto& warning : config_.warnings) seams_.log.warn("{}", warning);
  const auto wall_now = seams_.clock.wall_now();
  if (config_.listen.tls) {
    const auto why = out_of_its_time(*config_.listen.tls, wall_now);
    if (!why.empty()) seams_.log.error("{}", why);
  }
  seams_.log.info("{}", track_marker(config_.twiml.track));
  const auto since_epoch = std::chrono::duration_cast<runtime::Duration>(wall_now.time_since_epoch());
  sheet_.gauge("voicebridge_config_last_reload_success_timestamp_seconds").set(runtime::seconds(since_epoch));
  sheet_.gauge("voicebridge_config_last_reload_successful").set(1);
  count_tokens_from_zero(config_, sheet_);
}

void Control::reload(Config config) {
  constexpr std::string_view kWaits = "voicebridge_config_restart_needed";
  auto next = reloaded(config_, std::move(config));
  config_ = std::move(next.config);
  commons_.publish(config_);
  seams_.log.info("configuration reloaded: the {} running calls keep theirs", commons_.streaming());
  for (const auto& key : kept_) sheet_.gauge(kWaits, {key}).set(0);
  kept_ = std::move(next.kept);
  for (const auto& key : kept_) {
    seams_.log.warn("configuration reloaded, but for `{}`: it is kept until a restart", key);
    sheet_.gauge(kWaits, {key}).set(1);
  }
  say_what_is_configured();
}

void Control::reload(const ConfigErrors& errors) {
  for (const auto& problem : errors.problems) {
    seams_.log.error("{}", in_one_line(problem));
  }
  seams_.log.error("configuration not reloaded, {} errors: the running one is kept", errors.problems.size());
  sheet_.gauge("voicebridge_config_last_reload_successful").set(0);
}

boost::asio::awaitable<void> Control::tell_failures() {
  constexpr runtime::Duration kLook = std::chrono::milliseconds(50);
  auto& clock = seams_.clock;
  const auto since = commons_.draining_since();
  if (!since) co_return;
  const auto end = *since + config_.drain.accept_for + config_.drain.grace;
  while (commons_.has_failure_to_tell(clock.now()) && !commons_.is_cut() && clock.now() < end) {
    const bool slept = co_await clock.sleep_until(clock.now() + kLook);
    if (!slept) co_return;
  }
}

runtime::Duration Control::longest_drain() const {
  return config_.drain.accept_for + config_.drain.grace + config_.call.goodbye + Bridge::kReturnFollows;
}

}  // namespace bridge::app
