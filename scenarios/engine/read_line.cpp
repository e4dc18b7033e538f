#include "scenarios/engine/reading.hpp"
#include "simulators/twilio/line_presets.hpp"

#include <algorithm>
#include <charconv>

// The call as Twilio plans it: numbers and the line. read_twilio.cpp has Twilio's own manners.
namespace scenarios::engine {
namespace {

namespace twilio = simulators::twilio;
using twilio::Packets;

constexpr Word<twilio::Answerer::Kind> kAnswerers[] = {{"human", twilio::Answerer::Kind::human},
                                                       {"machine", twilio::Answerer::Kind::machine},
                                                       {"fax", twilio::Answerer::Kind::fax},
                                                       {"unknown", twilio::Answerer::Kind::unknown}};
constexpr Word<Packets> kPackets[] = {
    {"always", Packets::always}, {"dtx", Packets::dtx}, {"none", Packets::none}};

/// "2%" as 0.02: the schema has made sure of its shape.
double share(const Field& field) {
  const std::string text = field.text();
  double percent = 0;
  std::from_chars(text.data(), text.data() + text.size(), percent);
  if (percent > 100) field.problem("a share is at most 100%");
  return percent / 100;
}

void read_stalls(const Field& field, twilio::LineTraits& line) {
  line.stall_every = field.duration("every");
  const auto ends = field.at("of").each();
  line.stall_shortest = ends[0].duration();
  line.stall_longest = ends[1].duration();
  if (line.stall_every == Duration(0)) field.at("every").problem("stalls come every so often: more than 0s");
  if (line.stall_longest < line.stall_shortest)
    field.at("of").problem("the second time is shorter than the first");
}

void read_line(const Field& field, twilio::CallPlan& plan) {
  const std::string preset = field.is_text() ? field.text() : field.text("preset");
  if (const auto* found = twilio::find_line_preset(preset)) {
    plan.line = found->traits;
    plan.packets = found->packets;
  }
  if (field.is_text()) return;
  auto& line = plan.line;
  if (field.has("packets")) plan.packets = choose(field.text("packets"), kPackets);
  if (field.has("dtx")) {
    if (field.has("packets")) field.at("dtx").problem("'packets' says that already", "keep one");
    plan.packets = field.flag("dtx") ? Packets::dtx : Packets::always;
  }
  line.latency = field.duration("latency", line.latency);
  line.jitter = field.duration("jitter", line.jitter);
  if (field.has("stalls")) read_stalls(field.at("stalls"), line);
  line.callbacks_late = field.duration("callbacks_late", line.callbacks_late);
  line.handset_delay = field.duration("handset_delay", line.handset_delay);
  if (field.has("missing")) line.missing = share(field.at("missing"));
  line.first_media_later = field.duration("first_media_later", line.first_media_later);
  line.upgrade_answered = static_cast<int>(field.number("upgrade_answered"));
}

void read_parameters(const Field& field, twilio::CallPlan& plan) {
  for (const auto& [name, value] : field.json().items()) {
    for (const std::string_view own : {"AccountSid", "CallSid", "CallStatus", "Direction", "From", "To"}) {
      if (name == own)
        field.at(name).problem("'" + name + "' is what the call is",
                               "call: {from: ..., to: ..., direction: ...}");
    }
    plan.parameters.emplace_back(name, value.get<std::string>());
  }
}

void read_call(const Field& call, twilio::CallPlan& plan) {
  if (call.text("direction") == "outbound") plan.direction = twilio::Direction::outbound;
  plan.from = call.text("from", plan.from);
  plan.to = call.text("to", plan.to);
  plan.outcome = read_outcome(call);
  plan.knobs.outbound_answers_after = call.duration("answered_after", plan.knobs.outbound_answers_after);
  const bool outbound = plan.direction == twilio::Direction::outbound;
  plan.answerer.kind = choose(call.text("answered_by", "human"), kAnswerers);
  for (const std::string_view key : {"outcome", "answered_by", "answered_after", "refused_with"}) {
    if (call.has(key) && !outbound)
      call.at(key).problem("'" + std::string(key) + "' is about calls that the bridge places",
                           "add 'direction: outbound'");
  }
  if (call.has("parameters")) read_parameters(call.at("parameters"), plan);
  plan.voice_url = call.text("voice_url");
  plan.fallback_url = call.text("fallback_url");
  for (const std::string_view key : {"voice_url", "fallback_url"}) {
    if (call.has(key) && outbound)
      call.at(key).problem("an outbound call's URLs come with the bridge's request", "leave it out");
  }
}

}  // namespace

twilio::CallPlan read_plan(const Field& root) {
  twilio::CallPlan plan;
  if (root.text("track_rules") == "incident_report") plan.rules = twilio::TrackRules::incident_report;
  if (root.has("call")) read_call(root.at("call"), plan);
  if (root.has("line")) read_line(root.at("line"), plan);
  plan.knobs.callback_delay_max = plan.line.callbacks_late;
  if (root.has("caller")) plan.caller = read_caller(root.at("caller"), plan.sounds);
  if (root.has("others")) plan.others = read_others(root.at("others"), plan.sounds);
  if (!root.has("twilio")) return plan;
  const Field knobs = root.at("twilio");
  if (knobs.text("swallowed_marks") == "early") plan.swallowed_marks = twilio::SwallowedMarks::early;
  read_knobs(knobs, plan.knobs);
  plan.answerer.detected_after = knobs.duration("detected_after", plan.answerer.detected_after);
  plan.debugger_url = knobs.text("debugger_url");
  if (plan.knobs.outbound_media && plan.rules != twilio::TrackRules::incident_report)
    knobs.at("outbound_media")
        .problem("under twilio_docs no <Connect> carries the outbound track", "track_rules: incident_report");
  return plan;
}

}  // namespace scenarios::engine
