#include "bridge/app/config_parser.hpp"
#include "bridge/app/logging.hpp"
#include "bridge/app/twiml.hpp"
#include "runtime/audio/clip.hpp"
#include "runtime/audio/synth.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <string>

namespace bridge::app {
namespace {

constexpr auto kDay = std::chrono::hours(24);

/// By the names that Azure gives to its resources. A private endpoint may have another.
bool is_azure(std::string_view name) {
  const auto host = runtime::net::in_small_letters(std::string(name));
  constexpr std::array<std::string_view, 6> kDomains{
      ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com",
      ".openai.azure.us",  ".cognitiveservices.azure.us",  ".openai.azure.cn"};
  return std::ranges::any_of(kDomains, [&](std::string_view domain) { return host.ends_with(domain); });
}

}  // namespace

void ConfigParser::timing(Section& root) {
  auto& call = config_.call;
  auto playout = root.section("playout");
  playout.duration("lead", call.playout_lead, 20ms, 10s);
  playout.duration("mark_interval", call.mark_interval, 100ms, 10s);
  playout.duration("max_response", call.max_response, 1s, 10min);
  playout.duration("resume_within", call.resume_within, 100ms, 60s);
  playout.finish();

  auto watchdog = root.section("watchdog");
  watchdog.duration("response_start_timeout", call.response_start_timeout, 100ms, 60s);
  watchdog.duration("transcript_to_audio", call.transcript_to_audio, 100ms, 60s);
  watchdog.duration("delta_stall", call.delta_stall, 100ms, 60s);
  watchdog.duration("cancel_confirm", call.cancel_confirm, 100ms, 60s);
  watchdog.finish();

  auto section = root.section("call");
  section.duration("max_duration", call.max_call, 1s, kDay);
  section.duration("farewell", call.farewell, 0ms, 5min);
  section.text("farewell_prompt", call.farewell_prompt);
  section.duration("start_within", call.start_within, 100ms, 60s);
  section.duration("caller_buffer", call.caller_buffer, 100ms, 30s);
  section.duration("gap_after", call.gap_after, 40ms, 10s);
  section.duration("goodbye", call.goodbye, 100ms, 30s);
  section.finish();
  dtmf(root, call);
  idle(root, call);
}

void ConfigParser::clip(Section& section, std::string_view key, std::optional<runtime::audio::Clip>& into) {
  std::string name = "none";
  section.text(key, name);
  if (name == "none") return;
  const auto path = resolve(name);
  if (is_special_file(path)) {
    section.wrong(key, fmt::format("names {}, which is no regular file", path.string()),
                  "expected none, or a sound file");
    return;
  }
  auto clip = runtime::audio::read_clip(path);
  if (auto* error = std::get_if<std::string>(&clip)) {
    section.wrong(key, fmt::format("names a clip that cannot be used: {}", *error),
                  "expected none, or a sound file");
    return;
  }
  into = std::get<runtime::audio::Clip>(std::move(clip));
}

void ConfigParser::hold(Section& section, std::shared_ptr<const runtime::audio::Clip>& into) {
  std::string name = "tones";
  section.text("hold", name);
  std::optional<runtime::audio::Clip> sound;
  if (name == "tones") {
    sound = runtime::audio::hold_tones();
  } else {
    clip(section, "hold", sound);
  }
  if (sound) into = std::make_shared<const runtime::audio::Clip>(std::move(*sound));
}

void ConfigParser::fallback(Section& root) {
  clip(root, "fallback", config_.call.fallback);
}

void ConfigParser::recording(Section section) {
  std::string name;
  section.text("folder", name);
  section.finish();
  if (name.empty()) return;
  config_.recording_folder = resolve(name);
  config_.call.record = true;
  std::error_code error;
  const bool folder = std::filesystem::is_directory(config_.recording_folder, error);
  if (folder && ::access(config_.recording_folder.c_str(), W_OK | X_OK) == 0) return;
  section.wrong("folder",
                (folder ? "names a folder that may not be written to: " : "names no folder: ") +
                    config_.recording_folder.string(),
                "expected a folder that exists, and that the bridge may write to");
}

/// Azure's own URLs: the key in a header of its own, and at those of its preview the beta dialect.
void ConfigParser::azure(Section& section) {
  auto& model = config_.call.model;
  const bool azure = is_azure(model.url.host);
  const auto auth = section.choice("auth", {"bearer", "api_key"}, azure ? "api_key" : "bearer");
  model.key_in_header = auth ? *auth == 1 : azure;
  const auto path = runtime::net::path_of(model.url.target);
  const auto query = runtime::net::decode_form(runtime::net::query_of(model.url.target));
  const bool preview =
      path == "/openai/realtime" && runtime::net::field(query, "api-version").ends_with("-preview");
  using openai::Dialect;
  model.session.dialect = preview ? Dialect::beta : Dialect::ga;
  if (preview) preview_url(section, azure);
  const auto dialect = section.choice("dialect", {"ga", "beta"}, preview ? "beta" : "ga");
  if (!dialect || (*dialect == 1) == preview) return;
  if (preview) {
    section.wrong("dialect", "is ga, and openai.url is a preview URL of Azure, which speaks the beta dialect",
                  "expected no dialect here, or the GA URL, "
                  "wss://RESOURCE.openai.azure.com/openai/v1/realtime");
  } else {
    section.wrong("dialect", "is beta, which OpenAI switched off in May 2026",
                  "expected no dialect here, or a preview URL of Azure, "
                  "wss://RESOURCE.openai.azure.com/openai/realtime?api-version=...-preview&deployment=NAME");
  }
}

void ConfigParser::preview_url(Section& section, bool azure) {
  const auto query = runtime::net::decode_form(runtime::net::query_of(model_url_.target));
  if (runtime::net::field(query, "deployment").empty()) {
    section.wrong("url", "is a preview URL of Azure and names no deployment",
                  "expected ...&deployment=NAME at its end: there the model is a deployment's");
  }
  if (azure || section.has("dialect")) return;
  section.wrong(
      "url",
      fmt::format("has the path of Azure's preview, and `{}` is no host of Azure's: the beta dialect "
                  "is spoken nowhere else",
                  model_url_.host),
      "expected wss://RESOURCE.openai.azure.com/openai/realtime?..., or `dialect: beta` beside it for a "
      "private endpoint of Azure's with a name of your own");
}

void ConfigParser::retry(Section section) {
  auto& retry = config_.call.model.retry;
  section.duration("budget", retry.pace.budget, 0ms, 60s);
  section.duration("first", retry.pace.first, 10ms, 10s);
  section.duration("most", retry.pace.most, 10ms, 30s);
  hold(section, retry.hold);
  section.duration("hold_after", retry.hold_after, 0ms, 10s);
  if (retry.pace.most < retry.pace.first) {
    section.wrong("most", "is shorter than `first`", "the waits grow from `first` to `most`");
  }
  const auto& budget = retry.pace.budget;
  if (budget > 0s && config_.call.model.ready_within + retry.pace.first > budget) {
    config_.warnings.emplace_back(
        "openai.ready_within leaves nothing of openai.retry.budget: a session that never becomes ready ends "
        "the call without a second try; make it shorter, or the budget longer");
  }
  section.finish();
}

void ConfigParser::secrets(Section& root) {
  auto token = root.section("stream_token");
  secret(token, "secret", "LINECHECK_TOKEN_SECRET", config_.stream_token.secret);
  token.duration("valid_for", config_.stream_token.valid_for, 5s, kDay);
  token.finish();
  if (!config_.stream_token.secret.empty() && config_.stream_token.secret.size() < 16) {
    root.wrong("stream_token", "has a secret shorter than 16 characters",
               "expected 16 or more, hard to guess");
  }

  outbound(root.section("outbound"));
}

void ConfigParser::outbound(Section outbound) {
  secret(outbound, "api_token", "LINECHECK_API_TOKEN", config_.outbound.api_token);
  outbound.text("from", config_.outbound.from);
  const auto& from = config_.outbound.from;
  if (!from.empty() && !from.starts_with('+') && !from.starts_with("client:") && !from.starts_with("sip:")) {
    outbound.wrong("from", fmt::format("is `{}`, which begins without +", from),
                   "expected a number of the account, with its country: \"+14155550123\"");
  }
  outbound.duration("ring_timeout", config_.outbound.ring_timeout, 5s, 10min);
  machine_detection(outbound.section("machine_detection"));
  config_.outbound.allow = numbers_allowed(outbound, "allow");
  outbound.finish();
}

void ConfigParser::machine_detection(Section section) {
  auto& detection = config_.outbound.machine_detection;
  using Detection = Config::Outbound::MachineDetection;
  if (const auto mode = section.choice("mode", {"none", "enable", "detect_message_end"}, "none")) {
    detection.mode = static_cast<Detection::Mode>(*mode);
  }
  if (const auto what = section.choice("on_machine", {"hang_up", "leave_message", "talk"}, "hang_up")) {
    detection.on_machine = static_cast<Detection::OnMachine>(*what);
  }
  section.flag("asynchronous", detection.asynchronous);
  section.text("message", detection.message);
  if (const auto error = check_verbs(detection.message)) {
    section.wrong("message", *error, "expected TwiML verbs without <Response>: <Say>Please call back</Say>");
  }
  const bool leaves = detection.on_machine == Detection::OnMachine::leave_message;
  if (leaves && detection.message.empty()) {
    section.wrong("on_machine", "is leave_message, and there is no `message`",
                  "expected message: TwiML verbs, such as <Say>Please call back</Say>");
  }
  if (leaves && detection.mode == Detection::Mode::enable) {
    config_.warnings.emplace_back(
        "outbound.machine_detection: a message is left while the machine still speaks, unless mode is "
        "detect_message_end");
  }
  section.finish();
}

void ConfigParser::operation(Section& root) {
  root.count("workers", config_.workers, 1, 256);
  auto log = root.section("log");
  if (const auto style = log.choice("markers", {"every", "first_and_every_50"}, "every")) {
    config_.call.markers = *style == 0 ? call::MarkerStyle::every : call::MarkerStyle::first_and_every_50;
  }
  log.flag("mask_numbers", config_.call.mask_numbers);
  const auto level_of = [](Section& section, std::string_view key,
                           std::string_view otherwise) -> std::optional<std::string> {
    const auto levels = {"debug", "info", "warning", "error"};
    const auto level = section.choice(key, {"debug", "info", "warning", "error"}, otherwise);
    return level ? std::optional<std::string>(*(levels.begin() + *level)) : std::nullopt;
  };
  if (auto level = level_of(log, "level", config_.log.level)) config_.log.level = std::move(*level);
  auto levels = log.section("levels");
  for (const auto component : kComponents) {
    if (auto level = level_of(levels, component, config_.log.level))
      config_.log.levels[std::string(component)] = std::move(*level);
  }
  levels.finish();
  if (const auto format = log.choice("format", {"human", "json"}, "human")) config_.log.json = *format == 1;
  log.count("queue", config_.log.queue, 16, 1U << 20U);
  log.finish();

  auto limits = root.section("limits");
  limits.count("calls", config_.limits.calls, 1, 100'000);
  limits.count("calls_per_source", config_.limits.calls_per_source, 0, 100'000);
  limits.count("connections", config_.limits.connections, 1, 1'000'000);
  limits.size("message_size", config_.limits.message_size, 4096, 64U << 20U);
  limits.size("header_size", config_.limits.header_size, 1024, 1U << 20U);
  limits.size("body_size", config_.limits.body_size, 4096, 16U << 20U);
  limits.duration("handshake", config_.limits.handshake, 100ms, 60s);
  limits.duration("request", config_.limits.request, 100ms, 60s);
  limits.duration("idle", config_.limits.idle, 1s, 10min);
  limits.duration("stream_idle", config_.limits.stream_idle, 0ms, kDay);
  if (config_.limits.stream_idle > 0ms && config_.limits.stream_idle < 1s) {
    limits.wrong("stream_idle", "is shorter than a pause between two messages may be",
                 "expected 0s (never), or a duration from 1s to 24h");
  }
  limits.count("remembered_calls", config_.limits.remembered_calls, 100, 10'000'000);
  limits.number("openai_connections_per_second", config_.limits.openai_connections_per_second, 0, 10'000);
  limits.count("openai_requests", config_.call.model.requests, 16, 100'000);
  limits.finish();
  config_.call.model.limits.message_bytes = config_.limits.message_size;

  auto budgets = root.section("budgets");
  constexpr std::size_t kMostTokens = 1'000'000'000'000;
  budgets.count("call_tokens", config_.call.budget.call_tokens, 0, kMostTokens);
  budgets.count("daily_tokens", config_.limits.daily_tokens, 0, kMostTokens);
  clip(budgets, "goodbye", config_.call.budget.goodbye);
  budgets.finish();

  auto drain = root.section("drain");
  drain.duration("accept_for", config_.drain.accept_for, 0ms, 10min);
  drain.duration("grace", config_.drain.grace, 0ms, kDay);
  drain.finish();
}

}  // namespace bridge::app
