#include "simulators/twilio/call_reports.hpp"

#include "runtime/core/utf8.hpp"
#include "simulators/twilio/debugger_event.hpp"
#include "simulators/twilio/parameters.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace asio = boost::asio;
namespace {

/// With which kind of event a status is reported; empty: it is not.
std::string_view event_of(std::string_view status) {
  if (status == "initiated" || status == "ringing") return status;
  if (status == "in-progress") return "answered";
  return status == "queued" ? "" : "completed";
}

bool is_event(std::string_view event) {
  return event == "initiated" || event == "ringing" || event == "answered" || event == "completed";
}

}  // namespace

void CallReports::note(std::string_view sid, const std::string& text) {
  parts_.environment.wire_log.record({now(), "twilio.call", sid, runtime::WireLog::Direction::note, text});
}

void CallReports::check(StatusTarget& target) {
  if (target.url.empty()) return;
  const auto url = runtime::net::parse_url(target.url);
  const bool web = url && (url->scheme == "http" || url->scheme == "https");
  if (!web || url->host.find('_') != std::string::npos || target.url.size() > 4000) {
    error(21609, false,
          "StatusCallback \"" + std::string(runtime::utf8_prefix(target.url, 200)) +
              "\" is no absolute http or https url with a host name (without _) and at most 4000 characters: "
              "no "
              "callback is sent");
    target.url.clear();
    return;
  }
  const auto wrong = std::ranges::find_if_not(target.events, is_event);
  if (wrong == target.events.end()) return;
  error(21626, false,
        "StatusCallbackEvent \"" + *wrong +
            "\" is none of initiated, ringing, answered and completed: no callback is sent");
  target.url.clear();
}

void CallReports::status(CallFacts& call, StatusTarget& target, std::string status) {
  call.statuses.push_back({now(), std::move(status)});
  const auto& current = call.status();
  const nlohmann::ordered_json text{{"status", current}};
  note(call.sid, text.dump());
  const auto event = event_of(current);
  const unsigned sequence = target.counted++;
  if (target.url.empty() || std::ranges::find(target.events, event) == target.events.end()) return;
  CallbackFacts facts{current, parts_.environment.clock.wall_now(), sequence, std::nullopt};
  if (event == "completed") {
    facts.talked = call.answered_at && call.ended_at ? *call.ended_at - *call.answered_at : Duration(0);
  }
  send({HttpExchange::Purpose::status_callback, target.method, target.url, callback_parameters(call, facts)});
}

void CallReports::stream(const StreamFacts& stream, const StreamNoun& noun, std::string_view event) {
  if (noun.status_callback.empty()) return;
  runtime::net::Form form{
      {"AccountSid", call_.account_sid},   {"CallSid", call_.sid},
      {"StreamSid", stream.sid},           {"StreamName", noun.name.empty() ? stream.sid : noun.name},
      {"StreamEvent", std::string(event)}, {"Timestamp", iso8601(parts_.environment.clock.wall_now())}};
  if (event == "stream-error" && stream.error != 0) {
    const std::string code = std::to_string(stream.error);
    std::string text = plan_.knobs.stream_error_text;
    if (const auto at = text.find("{code}"); at != std::string::npos) text.replace(at, 6, code);
    form.emplace_back("StreamError", std::move(text));
    if (plan_.knobs.stream_error_code) form.emplace_back("StreamErrorCode", code);
  }
  send({HttpExchange::Purpose::stream_callback, noun.status_callback_method, noun.status_callback,
        std::move(form)});
}

void CallReports::recording(const RecordingFacts& recording, const RecordingTarget& target,
                            std::string_view status) {
  if (target.url.empty() || std::ranges::find(target.events, status) == target.events.end()) return;
  const auto& clock = parts_.environment.clock;
  runtime::net::Form form{{"AccountSid", call_.account_sid},
                          {"CallSid", call_.sid},
                          {"ErrorCode", "0"},
                          {"RecordingChannels", std::to_string(recording.channels())},
                          {"RecordingDuration", std::to_string(recording.seconds())},
                          {"RecordingSid", recording.sid},
                          {"RecordingSource", recording.source},
                          {"RecordingStartTime", rfc2822(clock.wall_now() - (now() - recording.began_at))},
                          {"RecordingStatus", std::string(status)},
                          {"RecordingTrack", recording.track},
                          {"RecordingUrl", recording.url}};
  send({HttpExchange::Purpose::recording_callback, target.method, target.url, std::move(form)});
}

void CallReports::send(Ask ask, Duration later) {
  auto& random = parts_.environment.random;
  const bool twice =
      plan_.knobs.callback_repeat_percent > 0 && random.below(100) < plan_.knobs.callback_repeat_percent;
  if (twice) spawn(ask, later);
  spawn(std::move(ask), later);
}

void CallReports::spawn(Ask ask, Duration later) {
  ++waiting_;
  const auto most =
      std::chrono::duration_cast<std::chrono::milliseconds>(plan_.knobs.callback_delay_max).count();
  Duration after = later;
  if (most > 0) {
    after += std::chrono::milliseconds(parts_.environment.random.below(static_cast<std::uint64_t>(most) + 1));
  }
  parts_.callbacks.spawn(deliver(std::move(ask), after));
}

asio::awaitable<void> CallReports::deliver(Ask ask, Duration after) {
  if (after > Duration(0)) {
    const bool slept = co_await parts_.environment.clock.sleep_until(now() + after);
    if (!slept) {
      --waiting_;
      co_return;
    }
  }
  const bool debugger = ask.purpose == HttpExchange::Purpose::debugger;
  const auto answer = co_await web_.send(std::move(ask));
  --waiting_;
  const bool taken = answer.code == 0 && answer.status >= 200 && answer.status <= 299;
  if (taken || debugger) co_return;  // nobody is told that the Debugger's own webhook failed
  const auto why = answer.code != 0 ? answer.error : "answered " + std::to_string(answer.status);
  if (answer.code == 11100) {
    error(11100, false, "callback " + why);
  } else {
    error(15003, true, "callback " + answer.url + ": " + why, answer.exchange);
  }
}

void CallReports::error(int code, bool warning, std::string text, std::optional<std::size_t> about) {
  const nlohmann::ordered_json shown{{"error", code}, {"warning", warning}, {"text", text}};
  note(call_.sid, shown.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  call_.errors.push_back({now(), code, warning, std::move(text)});
  parts_.instruments.error(code);
  tell_debugger(call_.errors.back(), about);
  parts_.observer.error_recorded(call_, call_.errors.back());
}

void CallReports::tell_debugger(const TwilioError& error, std::optional<std::size_t> about) {
  const std::string& url = plan_.debugger_url.empty() ? parts_.account.debugger_url : plan_.debugger_url;
  if (url.empty()) return;
  const DebuggerEvent event{error, call_.sid, "NO" + parts_.environment.random.hex(32),
                            parts_.environment.clock.wall_now(),
                            about && *about < call_.http.size() ? &call_.http[*about] : nullptr};
  send({HttpExchange::Purpose::debugger, "POST", url, debugger_parameters(call_.account_sid, event)});
}

}  // namespace simulators::twilio
