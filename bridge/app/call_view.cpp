#include "bridge/app/call_view.hpp"

#include <nlohmann/json.hpp>

namespace bridge::app {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(std::string_view text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

ordered_json counters_of(const call::Tally& tally) {
  ordered_json counters;
  counters["frames_from_caller"] = tally.frames_from_caller;
  counters["appends_to_model"] = tally.appends_to_model;
  counters["deltas_from_model"] = tally.deltas_from_model;
  counters["frames_to_caller"] = tally.frames_to_caller;
  counters["marks_from_twilio"] = tally.marks_from_twilio;
  counters["clears_to_twilio"] = tally.clears_to_twilio;
  return counters;
}

}  // namespace

ordered_json call_summary(const CallSummary& call, runtime::TimePoint now) {
  ordered_json shown;
  shown["call_sid"] = call.call_sid;
  shown["direction"] = to_string(call.direction);
  shown["state"] = call.state;
  shown["age_seconds"] = runtime::seconds(now - call.first_seen);
  shown["verdict"] = call.verdict ? ordered_json(to_string(*call.verdict)) : ordered_json();
  shown["reason"] = call.verdict ? ordered_json(to_string(call.reason)) : ordered_json();
  shown["counters"] = counters_of(call.carried);
  return shown;
}

ordered_json call_details(std::string_view call_sid, const CallRecord& call, runtime::TimePoint now) {
  auto shown = call_summary(summary_of(call_sid, call), now);
  shown["status"] = text_or_null(call.status);
  shown["answered_by"] = text_or_null(call.answered_by);
  auto timeline = ordered_json::array();
  for (const auto& moment : call.moments) {
    ordered_json entry;
    entry["at_seconds"] = runtime::seconds(moment.at - call.first_seen);
    entry["what"] = moment.what;
    if (!moment.detail.empty()) entry["detail"] = moment.detail;
    timeline.push_back(std::move(entry));
  }
  shown["timeline"] = std::move(timeline);
  return shown;
}

}  // namespace bridge::app
