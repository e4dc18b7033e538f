#include "scenarios/cli/language_commands.hpp"
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/promql/production.hpp"
#include "scenarios/engine/promql/query.hpp"
#include "scenarios/engine/yaml.hpp"

#include <charconv>
#include <cstdio>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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

struct Wanted {
  std::shared_ptr<const engine::promql::Query> query;
  bool never = false;
};

void print_production_form(const Wanted& wanted, const std::string& range) {
  const auto& query = *wanted.query;
  say_what_is_missing(query);
  if (wanted.never)
    std::fputs("this is what must never hold: as an alert it is right as it is, as a condition it is not\n",
               stderr);
  std::printf("%s\n", engine::promql::production_form(query, range).c_str());
}

/// What scenarios include is none, and its queries stand in it all the same: as an entry of a list, or behind
/// `that:`. Without a query: none begins in that line.
Wanted query_of_part(const engine::Source& source, std::size_t line) {
  std::vector<engine::Problem> ignored;
  const auto document = engine::read_yaml(source, ignored);
  if (!document) return {};
  for (const auto& [pointer, place] : document->places) {
    const engine::Json::json_pointer at(pointer);
    if (place.value.line != line || !document->json.contains(at)) continue;
    const auto& value = document->json[at];
    const std::string key = pointer.substr(pointer.rfind('/') + 1);
    const bool entry = !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
    if (!value.is_string() || !(entry || key == "that")) continue;
    auto parsed = engine::promql::parse(value.get<std::string>());
    auto* query = std::get_if<std::shared_ptr<const engine::promql::Query>>(&parsed);
    if (query == nullptr) continue;
    const auto& around = document->json[at.parent_pointer()];
    return {std::move(*query), around.is_object() && around.value("never", engine::Json()) == true};
  }
  return {};
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
    if (const auto wanted = query_of_part(*loaded.source, line); wanted.query) {
      print_production_form(wanted, request.range);
      return Exit::passed;
    }
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
    const bool never = expectation.window.mode == engine::Window::Mode::never;
    print_production_form({check->query, never}, request.range);
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
  command->add_option("--range", request->range, "over how long counters have grown")
      ->check([](const std::string& text) {
        static const std::regex duration("([0-9]+(ms|[smhdwy]))+");
        return std::regex_match(text, duration)
                   ? std::string()
                   : "expected a duration of Prometheus', as 5m or 1h30m; found '" + text + "'";
      })
      ->capture_default_str();
  command->footer(
      "A counter in production is never zero again: its growth is asked for instead.\n"
      "Of `never: true` it is the condition that must not hold.\n"
      "Example: linecheck promql scenarios/library/sound/normal.yaml:25\n"
      "Exit codes: 0 printed, 2 there is no query, or bad usage, 3 standard output\nis not taken.");
  command->callback([request, &exit] { exit = print_query(*request); });
}

}  // namespace scenarios::cli
