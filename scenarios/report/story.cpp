#include "scenarios/report/story.hpp"

#include "scenarios/report/course.hpp"
#include "scenarios/report/escape.hpp"
#include "scenarios/report/leg.hpp"
#include "scenarios/report/log_digest.hpp"
#include "scenarios/report/redact.hpp"
#include "scenarios/report/sound.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace scenarios::report {
namespace {

using Json = nlohmann::json;
using runtime::TimePoint;
using simulators::twilio::CallFacts;
using simulators::twilio::EndedBy;
constexpr std::size_t kMostSteps = 200;
constexpr std::size_t kMostReplies = 200;
constexpr std::size_t kMostTranscript = 300;

/// Seconds since the scenario's start, to the tenth of a millisecond; null: it never came to that.
class Clockwork {
 public:
  explicit Clockwork(TimePoint start) : start_(start) {}
  Json at(TimePoint time) const {
    return static_cast<double>((time - start_) / std::chrono::microseconds(100)) / 1e4;
  }
  Json at(const std::optional<TimePoint>& time) const { return time ? at(*time) : Json(); }
  TimePoint start() const { return start_; }

 private:
  TimePoint start_;
};

/// What one of the fakes took down, as it may be shown.
std::string shown(std::string_view text, std::size_t most) {
  return bounded(redacted(text), most);
}

std::string_view who_ended(EndedBy who) {
  switch (who) {
    case EndedBy::caller:
      return "the caller";
    case EndedBy::bridge:
      return "the bridge";
    case EndedBy::rest:
      return "the REST API";
    case EndedBy::twilio:
      return "Twilio";
    case EndedBy::time_limit:
      return "its time limit";
    case EndedBy::not_answered:
      break;
  }
  return "nobody answering";
}

Json expectations(const engine::Result& result) {
  Json list = Json::array();
  for (const auto& judged : result.judged) {
    Json one{{"line", judged.at.line}, {"part", judged.at.file}, {"text", judged.text}};
    one["status"] = word(judged.outcome.status);
    one["why"] = bounded(judged.outcome.why, 2'000);
    if (!judged.outcome.nearest_miss.empty()) one["miss"] = bounded(judged.outcome.nearest_miss, 500);
    if (judged.window) one["window"] = {judged.window->from, judged.window->to};
    list.push_back(std::move(one));
  }
  return list;
}

Json steps(const CallFacts& call, const Clockwork& clock) {
  Json list = Json::array();
  for (const auto& step : call.steps) {
    if (!step.began_at || list.size() >= kMostSteps) continue;
    list.push_back(
        {clock.at(step.began_at), clock.at(step.ended_at), redacted(step.what), step.as, step.timed_out});
  }
  return list;
}

/// The model's answers: due, first sound, done, what it is called, what it says, how it ended.
Json replies(const std::vector<const simulators::openai::SessionFacts*>& sessions, const Clockwork& clock) {
  Json list = Json::array();
  for (const auto* session : sessions) {
    for (const auto& response : session->responses) {
      if (list.size() >= kMostReplies) return list;
      std::string says;
      for (const auto& item : response.items) says += item.tool.empty() ? item.transcript : item.tool + "()";
      list.push_back({clock.at(response.due_at), clock.at(response.first_audio_at),
                      clock.at(response.done_at), response.as, shown(says, kMostTranscript),
                      response.status});
    }
  }
  return list;
}

Json errors(const CallFacts& call, const Clockwork& clock) {
  Json list = Json::array();
  for (const auto& error : call.errors)
    if (list.size() < kMostSteps) list.push_back({clock.at(error.at), error.code, shown(error.text, 500)});
  return list;
}

Json answers(const engine::CallResult& call) {
  Json list = Json::array();
  for (const auto& answer : call.answers) {
    if (list.size() >= kMostReplies) break;
    list.push_back({answer.as, answer.generated_seconds, answer.arrived_seconds, answer.played_seconds,
                    answer.verdict, answer.reason});
  }
  return list;
}

Json call_story(const CallFacts& call, const engine::CallResult* result,
                const std::vector<const simulators::openai::SessionFacts*>& sessions, const Clockwork& clock,
                const Depth& depth) {
  std::vector<const simulators::twilio::TimedAudio*> said;
  for (const auto& stream : call.streams) said.push_back(&stream->sent);
  const double most = depth.seconds;
  const std::size_t peaks = depth.bounds.peaks;
  Json json{{"sid", call.sid}, {"from", call.from}, {"to", call.to}};
  json["direction"] = call.direction == simulators::twilio::Direction::inbound ? "inbound" : "outbound";
  json["answered"] = clock.at(call.answered_at);
  json["ended"] = clock.at(call.ended_at);
  if (call.ended_at) json["ended_by"] = who_ended(call.ended_by);
  if (!call.statuses.empty()) json["status"] = call.status();
  json["caller"] = track_json(track_of(said, most), clock.start(), peaks, depth.sound);
  json["heard"] = track_json(track_of({&call.heard}, most), clock.start(), peaks, depth.sound);
  json["steps"] = steps(call, clock);
  json["errors"] = errors(call, clock);
  json["replies"] = replies(sessions, clock);
  if (result == nullptr) return json;
  json["sessions"] = result->sessions;
  json["verdict"] = result->verdict;
  json["reason"] = result->reason;
  json["bridge_verdict"] = result->bridge_verdict;
  json["bridge_reason"] = result->bridge_reason;
  json["answers"] = answers(*result);
  return json;
}

/// Which sessions served a call was found out when it was judged.
std::vector<const simulators::openai::SessionFacts*> sessions_of(const engine::CallResult* result,
                                                                 const engine::Conductor& conductor) {
  std::vector<const simulators::openai::SessionFacts*> sessions;
  if (result == nullptr) return sessions;
  for (const auto& session : conductor.openai().sessions()) {
    const bool served = std::ranges::find(result->sessions, session.session_id) != result->sessions.end();
    if (served && !session.session_id.empty()) sessions.push_back(&session);
  }
  return sessions;
}

Json call_stories(const engine::Result& result, const engine::Conductor& conductor, const Clockwork& clock,
                  const Depth& depth) {
  const auto calls = conductor.twilio().calls();
  const std::size_t shown = std::min(calls.size(), depth.bounds.calls);
  auto places = engine::worst_first(result.calls);
  for (std::size_t i = places.size(); i < calls.size(); ++i) places.push_back(i);
  Depth each = depth;
  each.seconds /= static_cast<double>(std::max<std::size_t>(shown, 1));
  Json list = Json::array();
  for (const auto number : places) {
    if (list.size() == shown) break;
    const auto* judged = number < result.calls.size() ? &result.calls[number] : nullptr;
    list.push_back(call_story(*calls[number], judged, sessions_of(judged, conductor), clock, each));
    list.back()["number"] = number + 1;
  }
  return list;
}

Json leg(const engine::Result& result) {
  const auto leg = leg_of(result);
  if (!leg) return {};
  return {{"verdict", leg->verdict}, {"says", leg->says}, {"next", leg->next}};
}

Json beginning(const engine::Result& result) {
  Json json{{"expectations", expectations(result)}, {"notes", result.notes}};
  Json others = Json::array();
  for (const auto& text : could_not_be_run(result.status) ? result.failures : result.unasked)
    others.push_back(bounded(text, 4'000));
  json["others"] = std::move(others);
  if (result.bridge_died) json["others_first"] = true;
  return json;
}

}  // namespace

Depth slim_depth() {
  Depth depth;
  depth.bounds = {.events = 300, .log_lines = 40, .peaks = 400, .calls = 2, .series = 2, .points = 60};
  depth.seconds = 600;
  return depth;
}

Depth full_depth() {
  Depth depth;
  depth.bounds = {.events = 4'000,
                  .text_bytes = 2'000,
                  .all_text_bytes = 512U << 10U,
                  .log_lines = 1'500,
                  .peaks = 4'000,
                  .calls = 8,
                  .series = 24,
                  .points = 600};
  depth.sound = true;
  depth.seconds = 600;
  depth.changes = 300;
  return depth;
}

std::string tell(const engine::Result& result, const engine::Performance& performance,
                 const std::vector<engine::Timeline::Point>& course, TimePoint course_start,
                 const Depth& depth) {
  const auto& conductor = performance.conductor();
  const Clockwork clock(conductor.started_at());
  Json json = beginning(result);
  json["lasts"] = result.scenario_seconds;
  json["calls"] = call_stories(result, conductor, clock, depth);
  json["more_calls"] = conductor.twilio().calls().size() - json["calls"].size();
  json["wires"] = wires_json(conductor.journal(), clock.start(), depth.bounds);
  json["log"] = log_json(conductor.fleet().log(), clock.start(), depth.bounds);
  json["course"] = course_json(course, course_start, depth.bounds);
  if (depth.changes > 0)
    json["changes"] = changes_json(conductor.first_scrape(), conductor.last_scrape(), depth.changes);
  const bool nothing_wrong = result.status == engine::Result::Status::passed ||
                             result.status == engine::Result::Status::not_applicable;
  if (!nothing_wrong) json["leg"] = leg(result);
  return script_json(json);
}

std::string tell(const engine::Result& result) {
  return script_json(beginning(result));
}

}  // namespace scenarios::report
