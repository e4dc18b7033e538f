#include "bridge/app/callbacks.hpp"

#include "metrics/catalogue.hpp"

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bridge::app {
namespace {

constexpr std::string_view kStreamErrors = "voicebridge_stream_errors_total";
constexpr std::string_view kDebugger = "voicebridge_debugger_events_total";

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// Counts `code` under its own label value where the catalogue has one, else under "other".
void count_code(metrics::Sheet& sheet, std::string_view family, int code) {
  const std::string text = std::to_string(code);
  const auto& known = metrics::find_family(family)->labels.front().values;
  const bool listed = std::ranges::find(known, std::string_view(text)) != known.end();
  sheet.counter(family, {listed ? std::string_view(text) : "other"}).add();
}

/// Words of Twilio's that go into a log line: one line, and not too long.
std::string one_line(const State& state, std::string_view text) {
  std::string out = state.loggable(text.substr(0, 200));
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '"'; }, ' ');
  return out;
}

std::string text_of(const nlohmann::json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return {};
  const auto& value = object[key];
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? value.dump() : std::string();
}

}  // namespace

int code_in(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && digit(text[end])) ++end;
    if (end - i == 5) return std::stoi(std::string(text.substr(i, 5)));
    i = std::max(end, i + 1);
  }
  return 0;
}

void Callbacks::stream_status(std::string_view call_sid, std::string_view query,
                              const runtime::net::Form& form) {
  const auto field = [&](std::string_view name) { return runtime::net::field(form, name); };
  const auto event = field("StreamEvent");
  static constexpr auto kEvents = {"stream-started", "stream-stopped", "stream-error"};
  if (std::ranges::find(kEvents, event) == kEvents.end()) {
    state_.env.log.warn("call={} a stream's callback says StreamEvent=\"{}\", which is none of Twilio's",
                        call_sid, one_line(state_, event));
    return;
  }
  state_.sheet.counter("voicebridge_stream_events_total", {event}).add();
  CallRegistry::StreamReport report;
  report.call_sid = call_sid;
  report.event = event;
  if (event == "stream-error") {
    report.code = code_in(field("StreamErrorCode"));
    if (report.code == 0) report.code = code_in(field("StreamError"));
    count_code(state_.sheet, kStreamErrors, report.code);
    state_.env.log.warn("call={} twilio says of its stream: code={} \"{}\"", call_sid, report.code,
                        one_line(state_, field("StreamError")));
  }
  const auto served = state_.signer.check_return(query, call_sid);
  if (!served) {
    state_.env.log.warn(
        "call={} a stream's callback came by a URL that is not signed with "
        "stream_token.secret: counted, and no evidence",
        call_sid);
    return;
  }
  report.direction = served->direction;
  report.attempt = served->attempt;
  report.can_heal = state_.can_heal();
  report.served = served->at;
  state_.registry.stream_reported(report, state_.env.clock.now());
}

bool Callbacks::debugger(const runtime::net::Form& form) {
  const auto payload = nlohmann::json::parse(runtime::net::field(form, "Payload"), nullptr, false);
  if (!payload.is_object()) return false;
  const int code = code_in(text_of(payload, "error_code"));
  const auto about = text_of(payload, "resource_sid");
  count_code(state_.sheet, kDebugger, code);
  const auto more = payload.contains("more_info") ? payload["more_info"] : nlohmann::json();
  // Twilio writes the same thing under either name, depending on the product.
  const auto said = text_of(more, "Msg").empty() ? text_of(more, "msg") : text_of(more, "Msg");
  state_.env.log.warn("call={} twilio's debugger: level={} code={} \"{}\"", one_line(state_, about),
                      one_line(state_, runtime::net::field(form, "Level")), code, one_line(state_, said));
  if (code == kTrackRefused) state_.registry.track_refused(about, state_.env.clock.now());
  return true;
}

}  // namespace bridge::app
