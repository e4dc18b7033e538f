#include "scenarios/report/junit.hpp"

#include "scenarios/report/escape.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <sstream>

namespace scenarios::report {
namespace {

using engine::Result;
constexpr std::size_t kMostText = 16'000;  // bytes of one case

void set(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(xml_text(value).c_str());
}

void set_counts(pugi::xml_node node, const RunRecord& run) {
  const Totals all = totals(run);
  set(node, "tests", std::to_string(run.scenarios.size() + run.unrun.size()));
  set(node, "failures", std::to_string(all.failed));
  set(node, "errors", std::to_string(all.broken + all.inconclusive));
  set(node, "skipped", std::to_string(all.known_failing + all.left_out + run.unrun.size()));
  set(node, "time", fmt::format("{:.3f}", run.wall_seconds));
}

void add_property(pugi::xml_node properties, const char* name, std::string_view value) {
  auto property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", value);
}

/// The folder that a scenario's file is in: its topic in the library.
std::string class_of(const engine::Source* source) {
  if (source == nullptr) return "scenarios";
  const auto folder = source->file().parent_path().filename().string();
  return folder.empty() || folder == "." ? "scenarios" : folder;
}

std::string text_of(const std::vector<Finding>& found, const ScenarioRecord& scenario) {
  std::string text;
  for (const auto& finding : found) {
    text += fmt::format("{}:{}: {}\n", finding.file, finding.line, finding.headline);
    if (!finding.detail.empty()) text += finding.detail + "\n";
  }
  if (!scenario.result.replay.empty()) text += "replay: " + scenario.result.replay + "\n";
  return bounded(text, kMostText);
}

/// Why it counts as skipped: its ticket, or what cannot be asked of this bridge.
std::string_view skipped_because(const Result& result) {
  if (!result.judged.empty() && result.status == Result::Status::not_applicable)
    return result.judged.front().outcome.why;
  return result.notes.empty() ? word(result.status) : std::string_view(result.notes.back());
}

/// What did not pass. A known failure is no failure of the run: a reader of JUnit knows it as skipped.
void add_outcome(pugi::xml_node node, const ScenarioRecord& scenario) {
  const auto& result = scenario.result;
  if (good(result.status)) {
    set(node.append_child("skipped"), "message", skipped_because(result));
    return;
  }
  const bool failed = result.status == Result::Status::failed;
  const auto found = findings(scenario);
  auto failure = node.append_child(failed ? "failure" : "error");
  set(failure, "message", found.empty() ? "failed" : bounded(found.front().headline, 300));
  const bool broken = result.status == Result::Status::broken;
  set(failure, "type", failed ? "expectation" : broken ? "could_not_be_run" : word(result.status));
  failure.text().set(xml_text(text_of(found, scenario)).c_str());
}

void add_case(pugi::xml_node suite, const ScenarioRecord& scenario) {
  const auto& result = scenario.result;
  auto node = suite.append_child("testcase");
  set(node, "classname", class_of(scenario.source.get()));
  set(node, "name", result.name);
  if (scenario.source) set(node, "file", scenario.source->file().string());
  set(node, "time", fmt::format("{:.3f}", result.wall_seconds));
  auto properties = node.append_child("properties");
  add_property(properties, "verdict", result.verdict);
  add_property(properties, "seed", std::to_string(scenario.seed));
  add_property(properties, "scenario_seconds", fmt::format("{:.3f}", result.scenario_seconds));
  if (result.not_applicable > 0)
    add_property(properties, "not_applicable", std::to_string(result.not_applicable));
  if (result.status != Result::Status::passed) add_outcome(node, scenario);
  std::string notes;
  for (const auto& note : result.notes) notes += "note: " + note + "\n";
  if (!notes.empty()) node.append_child("system-out").text().set(xml_text(bounded(notes, kMostText)).c_str());
}

void add_unrun(pugi::xml_node suite, const Unrun& one) {
  auto node = suite.append_child("testcase");
  set(node, "classname", class_of(one.source.get()));
  set(node, "name", one.name);
  if (one.source) set(node, "file", one.source->file().string());
  set(node, "time", "0.000");
  set(node.append_child("skipped"), "message", one.words);
}

}  // namespace

std::string junit_xml(const RunRecord& run) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto suites = document.append_child("testsuites");
  set(suites, "name", "linecheck");
  set_counts(suites, run);
  auto suite = suites.append_child("testsuite");
  set(suite, "name", "linecheck, " + run.time + " time");
  set_counts(suite, run);
  auto properties = suite.append_child("properties");
  add_property(properties, "bridge", run.bridge);
  add_property(properties, "version", run.version);
  for (const auto& scenario : run.scenarios) add_case(suite, scenario);
  for (const auto& one : run.unrun) add_unrun(suite, one);
  std::ostringstream out;
  document.save(out, "  ");
  return std::move(out).str();
}

}  // namespace scenarios::report
