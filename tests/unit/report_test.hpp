#pragma once
#include "scenarios/report/record.hpp"

#include <memory>
#include <string>
#include <utility>

namespace scenarios::report {

/// A run of three: one that passed, one that failed at line 7, one that could not be run.
inline RunRecord run_of_three() {
  using engine::Outcome;
  using engine::Result;
  const auto source =
      std::make_shared<engine::Source>("library/sound/three.yaml", "linecheck: 1\nname: three\n");
  const auto scenario = [&](std::string name, Result::Status status) {
    ScenarioRecord record;
    record.key = name;
    record.about = "A caller asks.";
    record.tags = {"smoke"};
    record.source = source;
    record.seed = 7;
    record.result.name = std::move(name);
    record.result.status = status;
    record.result.verdict = "normal";
    record.result.scenario_seconds = 9.5;
    record.result.wall_seconds = 0.25;
    record.result.replay = "linecheck run --seed 7 --filter 'x'";
    record.story = "{}";
    return record;
  };
  RunRecord run{"1.2.3", "a bridge", "virtual", 1.5, {}};
  run.scenarios.push_back(scenario("good", Result::Status::passed));
  run.scenarios.push_back(scenario("bad", Result::Status::failed));
  run.scenarios.push_back(scenario("ugly", Result::Status::broken));
  run.scenarios[0].result.notes = {"model rule 1 was never used"};
  auto& bad = run.scenarios[1].result;
  bad.expectations = 2;
  bad.judged = {{{6, 5, 0}, "verdict: normal", {Outcome::Status::passed, "the truth is normal", ""}, {}},
                {{7, 5, 0},
                 "caller_longest_gap_seconds == 0",
                 {Outcome::Status::failed, "it is 0.4", "it would have held at 5.10 s"},
                 engine::Judged::Span{1.5, 4}}};
  bad.unasked = {"call CA1: the bridge says normal, and the truth is other"};
  bad.failures = {"three.yaml:7: caller_longest_gap_seconds == 0", bad.unasked.front()};
  run.scenarios[2].result.failures = {"the fakes cannot listen: address in use"};
  return run;
}

}  // namespace scenarios::report
