#include "simulators/twilio/parameters.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace simulators::twilio {
namespace {

std::string_view sip_code(std::string_view status) {
  if (status == "busy") return "486";
  if (status == "no-answer" || status == "canceled") return "487";
  if (status == "failed") return "404";
  return "200";
}

struct DateTime {
  std::chrono::year_month_day day;
  unsigned weekday;
  std::chrono::hh_mm_ss<std::chrono::nanoseconds> time;
};

DateTime split(runtime::WallTime at) {
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  return {std::chrono::year_month_day(midnight), std::chrono::weekday(midnight).c_encoding(),
          std::chrono::hh_mm_ss<std::chrono::nanoseconds>(at - midnight)};
}

}  // namespace

std::string name_of(Direction direction) {
  if (direction == Direction::inbound) return "inbound";
  return direction == Direction::outbound ? "outbound-api" : "outbound-dial";
}

runtime::net::Form call_parameters(const CallFacts& call, std::string_view status) {
  const bool inbound = call.direction == Direction::inbound;
  runtime::net::Form form{{"AccountSid", call.account_sid},
                          {"ApiVersion", "2010-04-01"},
                          {"CallSid", call.sid},
                          {"CallStatus", std::string(status)}};
  if (!call.application_sid.empty()) form.emplace(form.begin() + 2, "ApplicationSid", call.application_sid);
  if (inbound) {
    form.emplace_back("CallToken",
                      R"({"parentCallInfoToken":")" + call.sid.substr(2) + R"(","identityHeaderTokens":[]})");
  }
  form.emplace_back("Called", call.to);
  for (const char* part : {"City", "Country", "State", "Zip"})
    form.emplace_back(std::string("Called") + part, "");
  form.emplace_back("Caller", call.from);
  for (const char* part : {"City", "Country", "State", "Zip"})
    form.emplace_back(std::string("Caller") + part, "");
  form.emplace_back("Direction", name_of(call.direction));
  form.emplace_back("From", call.from);
  for (const char* part : {"City", "Country", "State", "Zip"})
    form.emplace_back(std::string("From") + part, "");
  if (!call.parent_sid.empty()) form.emplace_back("ParentCallSid", call.parent_sid);
  if (inbound) form.emplace_back("StirVerstat", "TN-Validation-Passed-A");
  form.emplace_back("To", call.to);
  for (const char* part : {"City", "Country", "State", "Zip"})
    form.emplace_back(std::string("To") + part, "");
  for (const auto& [name, value] : call.parameters) {
    std::erase_if(form, [&name = name](const auto& field) { return field.first == name; });
    form.emplace_back(name, value);
  }
  return form;
}

runtime::net::Form callback_parameters(const CallFacts& call, const CallbackFacts& facts) {
  runtime::net::Form form = call_parameters(call, facts.status);
  std::erase_if(form, [](const auto& field) { return field.first == "CallToken"; });
  form.emplace_back("Timestamp", rfc2822(facts.at));
  form.emplace_back("CallbackSource", "call-progress-events");
  form.emplace_back("SequenceNumber", std::to_string(facts.sequence));
  if (facts.talked) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*facts.talked).count();
    form.emplace_back("CallDuration", std::to_string(seconds));
    form.emplace_back("Duration", std::to_string((seconds + 59) / 60));
    form.emplace_back("SipResponseCode", sip_code(facts.status));
    if (!call.answered_by.empty()) form.emplace_back("AnsweredBy", call.answered_by);
    for (const RecordingFacts& recording : call.recordings) {
      if (recording.source != "OutboundAPI" || recording.running) continue;
      form.emplace_back("RecordingUrl", recording.url);
      form.emplace_back("RecordingSid", recording.sid);
      form.emplace_back("RecordingDuration", std::to_string(recording.seconds()));
    }
  }
  return form;
}

runtime::net::Form detection_parameters(const CallFacts& call) {
  if (call.answered_by.empty()) return {};
  const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(call.detected_after).count();
  return {{"AnsweredBy", call.answered_by}, {"MachineDetectionDuration", std::to_string(after)}};
}

runtime::net::Form transcription_parameters(const CallFacts& call, const RecordingFacts& recording,
                                            const std::string& api_url) {
  const Transcription& made = *recording.transcription;
  runtime::net::Form form = call_parameters(call, call.status());
  std::erase_if(form, [](const auto& field) { return field.first == "CallToken"; });
  form.emplace_back("RecordingSid", recording.sid);
  form.emplace_back("RecordingUrl", recording.url);
  form.emplace_back("TranscriptionSid", made.sid);
  form.emplace_back("TranscriptionStatus", made.status);
  form.emplace_back("TranscriptionText", made.text);
  form.emplace_back("TranscriptionType", "fast");
  form.emplace_back("TranscriptionUrl",
                    api_url + "/2010-04-01/Accounts/" + call.account_sid + "/Transcriptions/" + made.sid);
  return form;
}

std::string rfc2822(runtime::WallTime at) {
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const DateTime t = split(at);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000", kDays.at(t.weekday),
                static_cast<unsigned>(t.day.day()), kMonths.at(static_cast<unsigned>(t.day.month()) - 1),
                static_cast<int>(t.day.year()), static_cast<int>(t.time.hours().count()),
                static_cast<int>(t.time.minutes().count()), static_cast<int>(t.time.seconds().count()));
  return text.data();
}

std::string iso8601_seconds(runtime::WallTime at) {
  return iso8601(at).substr(0, 19) + "Z";
}

std::string iso8601(runtime::WallTime at) {
  const DateTime t = split(at);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
                static_cast<int>(t.day.year()), static_cast<unsigned>(t.day.month()),
                static_cast<unsigned>(t.day.day()), static_cast<int>(t.time.hours().count()),
                static_cast<int>(t.time.minutes().count()), static_cast<int>(t.time.seconds().count()),
                static_cast<long long>(t.time.subseconds().count()));
  return text.data();
}

}  // namespace simulators::twilio
