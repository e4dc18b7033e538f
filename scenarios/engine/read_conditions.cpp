#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <utility>

// What surrounds the two scripts: the calls, the line, the services, what breaks, the bridge's configuration.
namespace scenarios::engine {
namespace {

namespace twilio = simulators::twilio;

twilio::Moment moment_at_twilio(const Field& field) {
  using When = twilio::Moment::When;
  static constexpr Word<When> kMoments[] = {{"stream_started", When::stream_started},
                                            {"answered", When::answered},
                                            {"first_bot_frame", When::first_bot_frame}};
  twilio::Moment moment;
  moment.when = choose(field.text("at", "stream_started"), kMoments);
  moment.after = field.duration("in");
  if (field.has("after")) {
    moment.when = When::step;
    moment.step = field.text("after");
  }
  if (field.has("after_bot_audio")) {
    moment.when = When::bot_audio;
    moment.after = field.duration("after_bot_audio");
    if (field.has("in")) field.at("in").problem("'after_bot_audio' and 'in' are two moments", "keep one");
  }
  return moment;
}

std::string injected_text(const Field& field) {
  using twilio::BrokenMessage;
  static constexpr Word<BrokenMessage> kMessages[] = {{"bad_json", BrokenMessage::bad_json},
                                                      {"second_start", BrokenMessage::second_start},
                                                      {"wrong_sid", BrokenMessage::wrong_sid},
                                                      {"bad_base64", BrokenMessage::bad_base64},
                                                      {"unknown_event", BrokenMessage::unknown_event},
                                                      {"wrong_type", BrokenMessage::wrong_type},
                                                      {"huge", BrokenMessage::huge},
                                                      {"media", BrokenMessage::media}};
  const std::string text = field.text("message");
  for (const auto& entry : kMessages) {
    if (entry.word == text) return twilio::broken_message(entry.value);
  }
  return text;
}

std::optional<twilio::MediaFault> media_fault(const Field& field, const std::string& what) {
  if (what == "stop_reading") return twilio::StopReading{moment_at_twilio(field), field.duration_if("for")};
  if (what == "drop") return twilio::DropConnection{moment_at_twilio(field)};
  if (what != "inject") return std::nullopt;
  if (!field.has("message")) field.problem("'inject' needs a 'message'");
  return twilio::Inject{moment_at_twilio(field), injected_text(field), field.flag("before_start")};
}

Fault network_fault(const Field& field, const std::string& what) {
  using What = Fault::What;
  static constexpr Word<What> kWhats[] = {{"stall", What::stall},
                                          {"reset", What::reset},
                                          {"black_hole", What::black_hole},
                                          {"throw_in_write", What::throw_in_write},
                                          {"intrude", What::intrude}};
  static constexpr Word<Fault::Towards> kTowards[] = {
      {"both", Fault::Towards::both}, {"bridge", Fault::Towards::bridge}, {"peer", Fault::Towards::peer}};
  static constexpr Word<Intrusion> kIntrusions[] = {{"replay", Intrusion::replay},
                                                    {"no_token", Intrusion::no_token},
                                                    {"another_call", Intrusion::another_call},
                                                    {"no_signature", Intrusion::no_signature}};
  Fault fault;
  fault.at = field.place().value;
  fault.what = choose(what, kWhats);
  fault.with = choose(field.text("with", "replay"), kIntrusions);
  if (field.text("on") == "openai") fault.leg = Fault::Leg::openai;
  fault.towards = choose(field.text("towards", "both"), kTowards);
  if (field.text("at") == "first_bot_frame") fault.anchor = Fault::Anchor::first_bot_frame;
  if (field.text("at") == "answered")
    field.at("at").problem("'" + what + "' needs a connection: stream_started or later");
  if (field.has("after_bot_audio"))
    field.at("after_bot_audio").problem("this moment is for stop_reading, inject and drop");
  if (field.has("after")) {
    fault.anchor = Fault::Anchor::named;
    fault.after = field.text("after");
  }
  fault.in = field.duration("in");
  fault.lasts = field.duration_if("for");
  fault.call = static_cast<std::size_t>(field.number("call", 1));
  fault.as = field.text("as");
  return fault;
}

void check_fault_keys(const Field& field, const std::string& what) {
  const auto only = [&](std::string_view key, std::initializer_list<std::string_view> owners) {
    if (!field.has(key) || std::find(owners.begin(), owners.end(), what) != owners.end()) return;
    field.at(key).problem("'" + std::string(key) + "' does not belong to '" + what + "'");
  };
  only("for", {"stop_reading", "stall"});
  only("towards", {"stall"});
  only("with", {"intrude"});
  only("message", {"inject"});
  only("before_start", {"inject"});
  const bool at_twilio = what == "stop_reading" || what == "inject" || what == "drop";
  if ((at_twilio || what == "intrude") && field.text("on") == "openai")
    field.at("on").problem("'" + what + "' is a fault of Twilio's end");
  if (at_twilio && field.has("as"))
    field.at("as").problem("'" + what + "' takes no name", "name a step or a reply beside it");
  if (field.has("at") && field.has("after"))
    field.at("at").problem("'at' and 'after' are two moments", "keep one");
  for (const std::string_view other : {"at", "after"}) {
    if (!field.has("after_bot_audio") || !field.has(other)) continue;
    field.at("after_bot_audio")
        .problem("'" + std::string(other) + "' and 'after_bot_audio' are two moments", "keep one");
  }
}

}  // namespace

void read_calls(const Field& root, Scenario& scenario) {
  const twilio::CallPlan plan = read_plan(root);
  if (root.has("twilio")) scenario.api_latency = root.at("twilio").duration("api_latency");
  if (root.has("call") && root.at("call").has("refused_with"))
    scenario.placing_refused = static_cast<int>(root.at("call").number("refused_with"));
  if (!root.has("calls")) {
    scenario.calls.push_back({Duration(0), plan});
    return;
  }
  scenario.model_per_session = true;
  const Field calls = root.at("calls");
  if (calls.is_list()) {
    for (const auto& entry : calls.each()) {
      PlannedCall call{entry.duration("at"), plan};
      call.plan.from = entry.text("from", plan.from);
      if (entry.has("caller")) call.plan.caller = read_caller(entry.at("caller"), call.plan.sounds);
      scenario.calls.push_back(std::move(call));
    }
    return;
  }
  const std::int64_t count = calls.number("count");
  const Duration over = calls.duration("over");
  for (std::int64_t i = 0; i < count; ++i) scenario.calls.push_back({over * i / count, plan});
}

void read_conditions(const Field& field, LineConditions& line) {
  line.latency = field.duration("latency");
  line.jitter = field.duration("jitter");
  if (field.has("window")) line.window_bytes = field.at("window").size();
}

void read_window(const Field& line, Scenario& scenario) {
  if (line.has("window")) scenario.twilio_line.window_bytes = line.at("window").size();
}

void read_faults(const Field& list, Scenario& scenario) {
  for (const auto& entry : list.each()) {
    const std::string what = entry.text("do");
    check_fault_keys(entry, what);
    const auto number = static_cast<std::size_t>(entry.number("call", 1));
    if (number > scenario.calls.size()) {
      entry.at("call").problem("there is no call " + std::to_string(number));
      continue;
    }
    WrittenFault written{entry.place().value, what, number, {}, {}};
    if (auto fault = media_fault(entry, what)) {
      auto& faults = scenario.calls[number - 1].plan.faults;
      written.in_plan = faults.size();
      faults.push_back(std::move(*fault));
    } else {
      written.in_network = scenario.faults.size();
      scenario.faults.push_back(network_fault(entry, what));
    }
    scenario.written_faults.push_back(std::move(written));
  }
}

}  // namespace scenarios::engine
