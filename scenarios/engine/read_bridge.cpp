#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <set>
#include <utility>

// The bridge under test: its configuration, its processes, what happens to them and what is expected of them.
namespace scenarios::engine {
namespace {

constexpr Word<BridgeEvent::What> kEvents[] = {
    {"sigterm", BridgeEvent::What::sigterm},     {"kill", BridgeEvent::What::kill},
    {"start", BridgeEvent::What::start},         {"reload", BridgeEvent::What::reload},
    {"end_calls", BridgeEvent::What::end_calls}, {"hold", BridgeEvent::What::hold}};

/// Everything below `config`, by its pointer from there.
std::vector<ConfigPlace> places_of(const Field& config) {
  const auto& places = config.reading().document.places;
  std::vector<ConfigPlace> found;
  for (auto entry = places.lower_bound(config.pointer()); entry != places.end(); ++entry) {
    if (!entry->first.starts_with(config.pointer())) break;
    const std::string below = entry->first.substr(config.pointer().size());
    if (below.empty() || below.front() == '/')
      found.push_back({below, entry->second.key, entry->second.value});
  }
  return found;
}

bool tells_to_record(const Field& config) {
  return config.has("recording") && config.at("recording").is_map() && config.at("recording").has("folder");
}

void read_hold(const Field& field, BridgeEvent& event) {
  if (event.what != BridgeEvent::What::hold) {
    for (const std::string_view key : {"for", "every", "until"}) {
      if (field.has(key)) field.at(key).problem("'" + std::string(key) + "' belongs to 'hold'");
    }
    return;
  }
  event.lasts = field.duration("for");
  event.every = field.duration_if("every");
  event.until = field.duration_if("until");
  if (event.lasts == runtime::Duration(0))
    field.problem("it does not say how long the process is held", "for: 80ms");
  if (event.every && *event.every <= event.lasts)
    field.at("every").problem("it would be held all the time: 'every' is from one beginning to the next",
                              "more than the " + field.text("for") + " of 'for'");
  if (event.until && *event.until <= event.in) field.at("until").problem("that is over before it begins");
}

BridgeEvent read_event(const Field& field) {
  BridgeEvent event;
  event.at = field.place().value;
  event.what = choose(field.text("do"), kEvents);
  event.replica = static_cast<std::size_t>(field.number("replica", 1));
  event.after = field.text("after");
  event.in = field.has("at") ? field.duration("at") : field.duration("in");
  event.as = field.text("as");
  if (field.has("at") && field.has("after"))
    field.at("at").problem("'at' and 'after' are two moments", "keep one");
  if (!field.has("at") && !field.has("after")) field.problem("it needs a moment", "at: 6s, or after: NAME");
  read_hold(field, event);
  const bool reloads = event.what == BridgeEvent::What::reload;
  event.broken = field.has("broken") && field.flag("broken");
  if (event.broken && !reloads) field.at("broken").problem("'broken' belongs to 'reload'");
  if (!field.has("config")) {
    if (reloads && !event.broken)
      field.problem("it reloads what the bridge has already", "config: {...}, or broken: true");
    return event;
  }
  if (event.what != BridgeEvent::What::start && !reloads)
    field.at("config").problem("'config' belongs to 'start' and 'reload'");
  if (event.broken) field.at("config").problem("'config' and 'broken' are two files", "keep one");
  check_http_references(field.at("config"));
  event.config = field.at("config").json().dump();
  event.config_places = places_of(field.at("config"));
  return event;
}

/// In the order of time: what is ended must have been begun, and what is begun must not run.
void check_course(const Field& list, const BridgePlan& plan) {
  std::vector<std::size_t> order(plan.events.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return plan.events[a].in < plan.events[b].in; });
  std::set<std::size_t> begun;
  for (std::size_t number = 1; number <= plan.replicas; ++number) begun.insert(number);
  const auto fields = list.each();
  for (const std::size_t i : order) {
    const auto& event = plan.events[i];
    const std::string which = "replica " + std::to_string(event.replica);
    if (event.what == BridgeEvent::What::start) {
      begun.insert(event.replica);
    } else if (event.after.empty() && !begun.contains(event.replica)) {
      fields[i].problem(which + " does not run then",
                        "bridge: {replicas: ...} says how many run from the start");
    }
  }
}

/// A call is judged by when its process was held, and which of several had it nobody says.
void check_holds(const Field& list, const BridgePlan& plan) {
  if (!plan.several()) return;
  for (const auto& entry : list.each()) {
    if (entry.text("do") != "hold") continue;
    return entry.at("do").problem("which calls a held process has is not known where there are several",
                                  "'hold' is for a bridge of one process");
  }
}

std::optional<std::size_t> read_route(const Field& field, std::string_view key, std::size_t most) {
  if (!field.has(key)) return std::nullopt;
  const auto number = static_cast<std::size_t>(field.number(key));
  if (number > most) field.at(key).problem("there is no replica " + std::to_string(number));
  return number;
}

void read_processes(const Field& field, BridgePlan& plan) {
  plan.replicas = static_cast<std::size_t>(field.number("replicas", 1));
  if (field.has("events")) {
    for (const auto& entry : field.at("events").each()) {
      plan.events.push_back(read_event(entry));
      plan.records = plan.records || (entry.has("config") && tells_to_record(entry.at("config")));
    }
    check_course(field.at("events"), plan);
    check_holds(field.at("events"), plan);
  }
  if (!field.has("route")) return;
  const Field route = field.at("route");
  if (!plan.several()) route.problem("there is one process, and all goes to it", "replicas: 2");
  plan.routes = {read_route(route, "webhook", plan.most()), read_route(route, "stream", plan.most()),
                 read_route(route, "callback", plan.most())};
}

/// The bridge is told where the clip is that `key` of its configuration names. `own`: one of its own.
void name_clip(const Field& config, std::string_view key, Json& json, std::string_view own = "none") {
  if (!config.has(key) || !config.at(key).is_text()) return;
  if (config.text(key) == "none" || config.text(key) == own) return;
  auto found = config.reading().clips.find(config.text(key), config.reading().folder);
  if (const auto* error = std::get_if<std::string>(&found)) return config.at(key).problem(*error);
  json[std::string(key)] = std::filesystem::absolute(std::get<std::filesystem::path>(found)).string();
}

}  // namespace

void read_bridge(const Field& field, Scenario& scenario) {
  read_processes(field, scenario.bridge);
  if (field.has("any_bridge")) {
    scenario.bridge.any_bridge = field.flag("any_bridge");
    if (!field.has("config"))
      field.at("any_bridge")
          .problem("there is no 'config' that another bridge would not be told", "remove it");
  }
  if (!field.has("config")) return;
  const Field config = field.at("config");
  Json json = config.json();
  check_http_references(config);
  scenario.config_places = places_of(config);
  scenario.bridge.records = scenario.bridge.records || tells_to_record(config);
  scenario.sets_track = config.has("twiml") && config.at("twiml").has("track");
  name_clip(config, "fallback", json);
  if (config.has("openai") && config.at("openai").has("retry"))
    name_clip(config.at("openai").at("retry"), "hold", json["openai"]["retry"], "tones");
  if (config.has("budgets")) name_clip(config.at("budgets"), "goodbye", json["budgets"]);
  scenario.bridge_config = json.dump();
}

BridgeCheck read_bridge_check(const Field& field, const BridgePlan& plan) {
  BridgeCheck check;
  check.replica = static_cast<std::size_t>(field.number("replica", 1));
  if (check.replica > plan.most())
    field.at("replica").problem("there is no replica " + std::to_string(check.replica));
  if (field.has("exit_code")) check.exit_code = static_cast<int>(field.number("exit_code"));
  if (field.has("running")) check.running = field.flag("running");
  return check;
}

}  // namespace scenarios::engine
