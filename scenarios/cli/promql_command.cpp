#include "scenarios/cli/language_commands.hpp"
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/promql/production.hpp"

#include <charconv>
#include <cstdio>
#include <memory>
#include <set>
#include <string>

namespace scenarios::cli {
namespace {

using engine::QueryCheck;

struct PromqlRequest {
  std::string place;
  std::string range = "5m";
};

/// Of the last ':' of FILE:LINE. Zero: there is none.
std::size_t line_of(const std::string& place, std::string& file) {
  const auto colon = place.rfind(':');
  file = place.substr(0, colon);
  std::size_t line = 0;
  if (colon == std::string::npos) return 0;
  const auto [end, error] = std::from_chars(place.data() + colon + 1, place.data() + place.size(), line);
  return error == std::errc() && end == place.data() + place.size() ? line : 0;
}

/// What a production Prometheus does not have, said beside the query.
void say_what_is_missing(const engine::promql::Query& query) {
  for (const auto& name : query.metric_names()) {
    if (!name.starts_with("caller_") && !name.starts_with("fake_")) continue;
    std::fprintf(stderr, "%s is measured by the fakes: in production there is no such series\n",
                 name.c_str());
  }
}

Exit print_query(const PromqlRequest& request) {
  std::string file;
  const std::size_t line = line_of(request.place, file);
  if (line == 0) {
    std::fprintf(stderr, "linecheck: expected FILE:LINE, found '%s'\n", request.place.c_str());
    return Exit::usage;
  }
  engine::ClipLibrary clips;
  const auto loaded = engine::load_file(file, clips);
  if (!loaded.good()) {
    std::fputs(loaded.text().c_str(), stderr);
    return Exit::usage;
  }
  std::set<std::string> places;
  for (const auto& expectation : loaded.scenarios.front().expectations) {
    const auto* check = std::get_if<QueryCheck>(&expectation.check);
    if (check == nullptr) continue;
    const auto& part = loaded.source->part(check->text_at.file);
    places.insert(part.file().string() + ":" + std::to_string(check->text_at.line));
    const auto stands_here = [line](engine::Mark at) { return at.file == 0 && at.line == line; };
    if (!stands_here(check->text_at) && !stands_here(expectation.at)) continue;
    say_what_is_missing(*check->query);
    std::printf("%s\n", engine::promql::production_form(*check->query, request.range).c_str());
    return Exit::passed;
  }
  std::fprintf(stderr, "linecheck: no query begins in line %zu of %s; some do in:\n", line, file.c_str());
  for (const auto& place : places) std::fprintf(stderr, "  %s\n", place.c_str());
  return Exit::usage;
}

}  // namespace

void add_promql(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<PromqlRequest>();
  auto* command =
      app.add_subcommand("promql", "print an expectation's query as a production Prometheus needs it");
  command->add_option("PLACE", request->place, "FILE:LINE of the expectation")->required();
  command->add_option("--range", request->range, "over how long counters have grown")->capture_default_str();
  command->footer(
      "A counter in production is never zero again: its growth is asked for instead.\n"
      "Example: linecheck promql scenarios/library/sound/normal.yaml:25");
  command->callback([request, &exit] { exit = print_query(*request); });
}

}  // namespace scenarios::cli
