#include "scenarios/report/page.hpp"

#include "scenarios/report/escape.hpp"
#include "scenarios/report/redact.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

namespace scenarios::report {
namespace {

using Json = nlohmann::json;

/// What the authors wrote, without its secrets, each file once: scenarios of one matrix share it.
class Sources {
 public:
  std::size_t number(const engine::Source& source) {
    const auto [at, is_new] = numbers_.try_emplace(source.file().string(), list_.size());
    if (is_new) list_.push_back({{"file", source.file().string()}, {"text", redacted(source.text())}});
    return at->second;
  }
  Json take() { return std::move(list_); }

 private:
  std::map<std::string, std::size_t> numbers_;
  Json list_ = Json::array();
};

/// Numbers of the scenario's own file and of what it includes, by the `part` of its expectations.
Json parts(const ScenarioRecord& scenario, Sources& sources) {
  if (!scenario.source) return Json::object();
  std::set<std::size_t> asked{0};
  for (const auto& judged : scenario.result.judged) asked.insert(judged.at.file);
  Json json = Json::object();
  for (const auto part : asked) json[std::to_string(part)] = sources.number(scenario.source->part(part));
  return json;
}

Json row(const ScenarioRecord& scenario, Sources& sources) {
  const auto& result = scenario.result;
  Json json{{"key", scenario.key}, {"name", result.name}, {"status", word(result.status)}};
  json["verdict"] = result.verdict;
  json["about"] = scenario.about;
  json["tags"] = scenario.tags;
  json["seed"] = scenario.seed;
  json["lasts"] = result.scenario_seconds;
  json["took"] = result.wall_seconds;
  json["expectations"] = result.expectations;
  json["not_applicable"] = result.not_applicable;
  json["parts"] = parts(scenario, sources);
  json["replay"] = result.replay;
  if (scenario.kept_folder) json["folder"] = scenario.key;
  return json;
}

Json index(const RunRecord& run) {
  Sources sources;
  Json rows = Json::array();
  for (const auto& scenario : run.scenarios) rows.push_back(row(scenario, sources));
  return {{"version", run.version},
          {"bridge", run.bridge},
          {"time", run.time},
          {"ended_early", ended_early(run)},
          {"other_time", totals(run).other_time},
          {"wall_seconds", run.wall_seconds},
          {"scenarios", std::move(rows)},
          {"sources", sources.take()}};
}

}  // namespace

void write_page(std::ostream& out, const RunRecord& run) {
  const Totals all = totals(run);
  std::string title = fmt::format("linecheck: {} passed, {} failed", all.passed, all.failed + all.broken);
  if (all.not_reached > 0) title += fmt::format(", {} not run", all.not_reached);
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; "
         "script-src 'unsafe-inline'; media-src data:; img-src data:\">\n"
         "<title>"
      << html_text(title) << "</title>\n<style>\n"
      << page_style() << "</style>\n</head>\n<body>\n"
      << page_body();
  out << "<script type=\"application/json\" id=\"run\">" << script_json(index(run)) << "</script>\n";
  for (std::size_t i = 0; i < run.scenarios.size(); ++i) {
    out << "<script type=\"application/json\" id=\"story-" << i << "\">" << run.scenarios[i].story
        << "</script>\n";
  }
  out << "<script>\n" << page_script() << "</script>\n</body>\n</html>\n";
}

}  // namespace scenarios::report
