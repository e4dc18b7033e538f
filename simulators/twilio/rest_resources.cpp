#include "simulators/twilio/rest_resources.hpp"

#include "simulators/twilio/parameters.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace simulators::twilio {
namespace {
using nlohmann::ordered_json;

/// In 100,000ths of a US dollar a minute.
constexpr long kInboundRate = 850;
constexpr long kOutboundRate = 1400;

constexpr std::array<std::pair<const char*, const char*>, 9> kSubresources{
    {{"notifications", "Notifications"},
     {"recordings", "Recordings"},
     {"payments", "Payments"},
     {"events", "Events"},
     {"siprec", "Siprec"},
     {"streams", "Streams"},
     {"transcriptions", "Transcriptions"},
     {"user_defined_message_subscriptions", "UserDefinedMessageSubscriptions"},
     {"user_defined_messages", "UserDefinedMessages"}}};

/// "+14155551212" as "(415) 555-1212"; other countries' numbers stay as they are.
std::string formatted(const std::string& number) {
  if (!number.starts_with("+1") || number.size() != 12) return number;
  return "(" + number.substr(2, 3) + ") " + number.substr(5, 3) + "-" + number.substr(8);
}

/// Twilio bills whole minutes, begun ones too.
std::string price(long seconds, Direction direction) {
  const long minutes = (seconds + 59) / 60;
  const long amount = minutes * (direction == Direction::inbound ? kInboundRate : kOutboundRate);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "-%ld.%05ld", amount / 100'000, amount % 100'000);
  return text.data();
}

bool rang(const CallFacts& call) {
  return std::ranges::find(call.statuses, "ringing", &StatusChange::status) != call.statuses.end();
}

/// Begun seconds count, as in the callbacks' CallDuration.
std::chrono::seconds talked(const CallFacts& call) {
  if (!call.answered_at || !call.ended_at) return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(*call.ended_at - *call.answered_at);
}

/// Dates are whole seconds: the end's is such that `duration` lies between the two.
std::optional<runtime::WallTime> end_time(const CallFacts& call, RestMoment moment) {
  if (!call.ended_at) return std::nullopt;
  if (!call.answered_at) return moment.wall_at(*call.ended_at);
  return std::chrono::floor<std::chrono::seconds>(moment.wall_at(*call.answered_at)) + talked(call);
}

void add_outcome(ordered_json& body, const CallFacts& call, const RestSettings& settings, TimePoint now) {
  body["duration"] = nullptr;
  body["price"] = nullptr;
  body["price_unit"] = "USD";
  if (!call.ended_at || !rang(call)) return;
  const long seconds = talked(call).count();
  body["duration"] = std::to_string(seconds);
  if (call.answered_at && now - *call.ended_at >= settings.priced_after)
    body["price"] = price(seconds, call.direction);
}

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

}  // namespace

std::string account_path(const Account& account) {
  return "/2010-04-01/Accounts/" + account.sid;
}

ordered_json account_resource(const Account& account) {
  return {{"sid", account.sid},
          {"friendly_name", "linecheck"},
          {"status", "active"},
          {"type", "Full"},
          {"auth_token", account.auth_token},
          {"date_created", nullptr},
          {"date_updated", nullptr},
          {"owner_account_sid", account.sid},
          {"uri", account_path(account) + ".json"},
          {"subresource_uris", {{"calls", account_path(account) + "/Calls.json"}}}};
}

std::optional<TimePoint> start_time(const CallFacts& call) {
  if (call.answered_at) return call.answered_at;
  return rang(call) ? call.dialled_at : std::nullopt;
}

std::string rest_status(const CallFacts& call) {
  if (call.ended_at && !call.end_status.empty()) return call.end_status;
  return call.status() == "initiated" ? "queued" : call.status();
}

ordered_json call_resource(const CallFacts& call, const Account& account, const RestSettings& settings,
                           RestMoment moment) {
  const auto dated = [&moment](std::optional<TimePoint> at) -> ordered_json {
    return at ? ordered_json(rfc2822(moment.wall_at(*at))) : ordered_json(nullptr);
  };
  const std::string base = account_path(account) + "/Calls/" + call.sid;
  ordered_json body{{"sid", call.sid}, {"account_sid", account.sid}};
  body["parent_call_sid"] = text_or_null(call.parent_sid);
  body["status"] = rest_status(call);
  body["direction"] = name_of(call.direction);
  body["to"] = call.to;
  body["to_formatted"] = formatted(call.to);
  body["from"] = call.from;
  body["from_formatted"] = formatted(call.from);
  body["phone_number_sid"] = "PN" + call.sid.substr(2);
  const bool undated = settings.null_dates && rest_status(call) == "queued";
  body["date_created"] = undated ? ordered_json(nullptr) : dated(call.placed_at);
  body["date_updated"] = undated ? ordered_json(nullptr)
                                 : dated(call.statuses.empty() ? call.placed_at : call.statuses.back().at);
  body["start_time"] = dated(start_time(call));
  const auto end = end_time(call, moment);
  body["end_time"] = end ? ordered_json(rfc2822(*end)) : ordered_json(nullptr);
  add_outcome(body, call, settings, moment.now);
  body["answered_by"] = text_or_null(call.answered_by);
  for (const char* name : {"annotation", "forwarded_from", "group_sid", "caller_name", "trunk_sid"})
    body[name] = nullptr;
  const Duration queued = call.dialled_at.value_or(call.ended_at.value_or(moment.now)) - call.placed_at;
  body["queue_time"] = std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(queued).count());
  body["api_version"] = "2010-04-01";
  body["uri"] = base + ".json";
  for (const auto& [name, title] : kSubresources)
    body["subresource_uris"][name] = base + "/" + title + ".json";
  return body;
}

ordered_json stream_resource(const CallFacts& call, const StreamFacts& stream, const Account& account,
                             RestMoment moment) {
  ordered_json body{{"sid", stream.sid}, {"account_sid", account.sid}, {"call_sid", call.sid}};
  body["name"] = text_or_null(stream.name);
  body["status"] = stream.stopping || stream.ended_at ? "stopped" : "in-progress";
  const auto updated = stream.ended_at ? *stream.ended_at : stream.started_at.value_or(moment.now);
  body["date_updated"] = rfc2822(moment.wall_at(updated));
  body["uri"] = account_path(account) + "/Calls/" + call.sid + "/Streams/" + stream.sid + ".json";
  return body;
}

}  // namespace simulators::twilio
