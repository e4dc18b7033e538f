#include "scenarios/report/results_json.hpp"

#include "scenarios/report/escape.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace scenarios::report {
namespace {

using Ordered = nlohmann::ordered_json;
constexpr std::size_t kMostValue = 16'000;  // bytes of one text

std::string text(std::string_view value) {
  return bounded(value, kMostValue);
}

Ordered texts(const std::vector<std::string>& values) {
  Ordered list = Ordered::array();
  for (const auto& value : values) list.push_back(text(value));
  return list;
}

Ordered expectations_json(const ScenarioRecord& scenario) {
  Ordered list = Ordered::array();
  for (const auto& judged : scenario.result.judged) {
    Ordered one{{"line", judged.at.line}, {"text", judged.text}, {"status", word(judged.outcome.status)}};
    if (judged.at.file != 0) one["file"] = scenario.source->part(judged.at.file).file().string();
    one["why"] = text(judged.outcome.why);
    if (!judged.outcome.nearest_miss.empty()) one["nearest_miss"] = text(judged.outcome.nearest_miss);
    if (judged.window) one["window"] = {judged.window->from, judged.window->to};
    list.push_back(std::move(one));
  }
  return list;
}

Ordered calls_json(const engine::Result& result) {
  Ordered list = Ordered::array();
  for (const auto& call : result.calls) {
    Ordered answers = Ordered::array();
    for (const auto& answer : call.answers) {
      answers.push_back({{"as", answer.as},
                         {"generated_seconds", answer.generated_seconds},
                         {"arrived_seconds", answer.arrived_seconds},
                         {"played_seconds", answer.played_seconds},
                         {"verdict", answer.verdict},
                         {"reason", answer.reason}});
    }
    list.push_back({{"sid", call.sid},
                    {"verdict", call.verdict},
                    {"reason", call.reason},
                    {"bridge_verdict", call.bridge_verdict},
                    {"bridge_reason", call.bridge_reason},
                    {"answers", std::move(answers)}});
  }
  return list;
}

Ordered scenario_json(const ScenarioRecord& scenario) {
  const auto& result = scenario.result;
  Ordered one{{"name", result.name}};
  one["file"] = scenario.source ? scenario.source->file().string() : "";
  one["tags"] = scenario.tags;
  one["status"] = word(result.status);
  one["verdict"] = result.verdict;
  one["seed"] = scenario.seed;
  one["scenario_seconds"] = result.scenario_seconds;
  one["wall_seconds"] = result.wall_seconds;
  one["expectations"] = expectations_json(scenario);
  one["other_failures"] = texts(could_not_be_run(result.status) ? result.failures : result.unasked);
  one["calls"] = calls_json(result);
  one["notes"] = texts(result.notes);
  one["replay"] = result.replay;
  if (scenario.kept_folder) one["folder"] = scenario.key;
  return one;
}

Ordered unrun_json(const RunRecord& run) {
  Ordered list = Ordered::array();
  for (const auto& one : run.unrun)
    list.push_back(
        {{"name", one.name}, {"file", one.source ? one.source->file().string() : ""}, {"why", one.words}});
  return list;
}

}  // namespace

std::string results_json(const RunRecord& run) {
  const Totals all = totals(run);
  Ordered json{{"linecheck", run.version}, {"bridge", run.bridge}, {"time", run.time}};
  json["passed"] = all.passed;
  json["failed"] = all.failed;
  json["broken"] = all.broken;
  json["known_failing"] = all.known_failing;
  json["inconclusive"] = all.inconclusive;
  json["left_out"] = all.left_out;
  json["not_run"] = all.not_reached;
  json["other_time"] = all.other_time;
  json["interrupted"] = run.interrupted;
  json["expectations"] = all.expectations;
  json["not_applicable"] = all.not_applicable;
  json["scenario_seconds"] = all.scenario_seconds;
  json["wall_seconds"] = run.wall_seconds;
  json["scenarios"] = Ordered::array();
  for (const auto& scenario : run.scenarios) json["scenarios"].push_back(scenario_json(scenario));
  json["unrun"] = unrun_json(run);
  return json.dump(1, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace scenarios::report
