#include "scenarios/engine/loader.hpp"

#include "scenarios/engine/accepted_part.hpp"
#include "scenarios/engine/compose.hpp"
#include "scenarios/engine/matrix.hpp"
#include "scenarios/engine/pieces.hpp"
#include "scenarios/engine/reading.hpp"
#include "scenarios/engine/right_form.hpp"
#include "scenarios/engine/yaml.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

namespace scenarios::engine {
namespace {

namespace fs = std::filesystem;

void check_names(const Field& root, const Names& names) {
  std::set<std::string> seen;
  const auto once = [&](const Field& list) {
    for (const auto& entry : list.each()) {
      if (!entry.has("as") || seen.insert(entry.text("as")).second) continue;
      entry.at("as").problem("the name '" + entry.text("as") + "' is given twice");
    }
  };
  for (const std::string_view key : {"caller", "model", "faults", "visitors"}) {
    if (root.has(key)) once(root.at(key));
  }
  if (root.has("http")) {
    for (const auto& [name, unused] : root.at("http").json().items()) once(root.at("http").at(name));
  }
  if (root.has("bridge") && root.at("bridge").has("events")) {
    const Field events = root.at("bridge").at("events");
    once(events);
    auto known = names.all();
    for (const auto& entry : events.each()) check_moment(entry, known);
  }
  if (root.has("visitors")) {
    for (const auto& entry : root.at("visitors").each()) check_moment(entry, names.all());
  }
  if (!root.has("faults")) return;
  for (const auto& entry : root.at("faults").each()) {
    if (!entry.has("after")) continue;
    const std::string name = entry.text("after");
    auto known = names.steps;
    const std::string what = entry.text("do");
    const bool at_twilio = what == "stop_reading" || what == "inject" || what == "drop";
    if (!at_twilio) known.insert(known.end(), names.replies.begin(), names.replies.end());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest(name, known);
    entry.at("after").problem(
        std::string(at_twilio ? "no step" : "no step or reply") + " is called '" + name + "'",
        near.empty() ? "" : "did you mean '" + near + "'?");
  }
}

/// A text, so that it compares as a date does.
KnownFailing read_known_failing(const Field& field) {
  KnownFailing known{field.text("ticket"), field.text("until")};
  const std::chrono::year_month_day date{
      std::chrono::year(std::stoi(known.until.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(std::stoi(known.until.substr(5, 2)))),
      std::chrono::day(static_cast<unsigned>(std::stoi(known.until.substr(8, 2))))};
  if (!date.ok()) field.at("until").problem("no calendar has a " + known.until);
  return known;
}

void read_time(const Field& root, Scenario& scenario) {
  constexpr auto kLimit = std::chrono::minutes(2);
  scenario.limit = root.duration("limit", kLimit);
  scenario.seed = static_cast<std::uint64_t>(root.number("seed", 1));
  if (root.has("known_failing")) scenario.known_failing = read_known_failing(root.at("known_failing"));
  if (!root.has("time")) return;
  const Field time = root.at("time");
  scenario.time.in_virtual = time.text("only") == "virtual";
  scenario.time.in_real = !scenario.time.in_virtual;
  scenario.time.reason = time.text("because");
}

Scenario read_scenario(const Field& root) {
  Scenario scenario;
  scenario.name = root.text("name");
  scenario.about = root.text("about");
  scenario.folder = root.reading().folder;
  if (root.has("tags")) {
    for (const auto& tag : root.at("tags").each()) scenario.tags.push_back(tag.text());
  }
  read_time(root, scenario);
  if (root.has("http")) scenario.http = read_http(root.at("http"));
  if (root.has("bridge")) read_bridge(root.at("bridge"), scenario);
  read_calls(root, scenario);
  scenario.states_rules = root.has("track_rules");
  if (root.has("line")) read_window(root.at("line"), scenario);
  if (root.has("openai")) read_openai(root.at("openai"), scenario);
  teach_sounds(scenario);
  if (root.has("model")) scenario.model = read_model(root.at("model"));
  make_replies_known(scenario);
  make_others_known(scenario);
  if (root.has("faults")) read_faults(root.at("faults"), scenario);
  if (root.has("visitors")) scenario.visitors = read_visitors(root.at("visitors"));
  scenario.bridge_greets = std::any_of(
      scenario.model.rules.begin(), scenario.model.rules.end(),
      [](const auto& rule) { return rule.when.kind == simulators::openai::When::Kind::greeting; });
  const Names names = names_of(scenario);
  check_names(root, names);
  scenario.expectations = read_expectations(root.at("expect"), scenario, names);
  if (root.has("alerts")) {
    scenario.alerts = read_alerts(root.at("alerts"));
    scenario.expectations.push_back(expected_alerts(root.at("alerts"), *scenario.alerts));
  }
  return scenario;
}

void check_file_name(const Document& document, const Source& source, std::vector<Problem>& problems) {
  const std::string name = document.json.at("name").get<std::string>();
  const std::string stem = source.file().stem().string();
  if (stem.empty() || stem == name) return;
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyz0123456789-";
  const bool usable = stem.find_first_not_of(kOfNames) == std::string::npos && stem.front() != '-';
  problems.push_back(
      {document.place("/name").value, "the file is called '" + stem + "'",
       usable ? "name: " + stem : "rename the file: " + name + source.file().extension().string()});
}

/// What is wrong after the first `told` problems, and where one of those is: a variable that does not exist
/// is no duration either.
void drop_what_follows(std::vector<Problem>& problems, std::size_t told) {
  const auto rest = problems.begin() + static_cast<std::ptrdiff_t>(told);
  const auto follows = [&](const Problem& problem) {
    return std::any_of(problems.begin(), rest, [&](const Problem& other) { return other.at == problem.at; });
  };
  problems.erase(std::remove_if(rest, problems.end(), follows), problems.end());
}

/// No key of the bridge's configuration, and no name of the author's choice.
bool of_the_language(const std::string& pointer) {
  const std::string above = pointer.substr(0, pointer.rfind('/'));
  return pointer.find("/config/") == std::string::npos && above != "/others" && above != "/http" &&
         above != "/openai/mcp";
}

/// Of a case that the schema refuses, all that can be told all the same.
void read_what_is_left(Reading& whole, bool composed, const std::set<std::string>& refused,
                       const AlsoCheck& also) {
  const auto rest = composed ? accepted_part(whole.document, refused) : std::nullopt;
  if (rest) {
    const std::size_t told = whole.problems.size();
    Reading reading{whole.source, *rest, whole.folder, whole.clips, whole.problems};
    read_scenario(Field(reading, rest->json, ""));
    drop_what_follows(whole.problems, told);
  }
  const std::size_t told = whole.problems.size();
  const auto part = read_pieces(whole);
  if (part && also) std::ranges::move(also(*part), std::back_inserter(whole.problems));
  drop_what_follows(whole.problems, told);
}

/// Of a scenario that includes what is missing: its form. What it calls by a name may be named there.
void check_incomplete(Document document, std::vector<Problem>& problems) {
  complete(document.json);
  std::vector<Problem> of_names;
  for (auto& one : expand_matrix(document, of_names)) {
    std::vector<Problem> found = of_names;
    std::set<std::string> refused;
    check_form(one.document, found, refused);
    drop_what_follows(found, of_names.size());
    problems.insert(problems.end(), found.begin() + static_cast<std::ptrdiff_t>(of_names.size()),
                    found.end());
  }
}

Loaded load(const std::shared_ptr<const Source>& given, ClipLibrary& clips, bool whole,
            const AlsoCheck& also) {
  Loaded loaded;
  const auto source = std::make_shared<Source>(*given);  // a copy, which keeps what it includes
  loaded.source = source;
  auto document = read_yaml(*source, loaded.problems);
  if (!document) return loaded;
  const std::size_t of_yaml = loaded.problems.size();
  if (!compose(*document, *source, loaded.problems)) {
    check_incomplete(std::move(*document), loaded.problems);
    return loaded;
  }
  const bool composed = loaded.problems.size() == of_yaml;
  for (const auto& [key, unused] : document->json.items()) loaded.given.insert(key);
  if (!whole) complete(document->json);
  auto cases = expand_matrix(*document, loaded.problems);
  if (!whole && cases.size() > 1) cases.erase(cases.begin() + 1, cases.end());
  const std::vector<Problem> of_all_cases = loaded.problems;
  for (auto& one : cases) {
    std::vector<Problem> problems = of_all_cases;
    std::set<std::string> refused;
    check_form(one.document, problems, refused);
    drop_what_follows(problems, of_all_cases.size());
    const fs::path folder = loaded.source->file().parent_path();
    Reading reading{*loaded.source, one.document, folder, clips, problems};
    if (!composed || !refused.empty()) {
      read_what_is_left(reading, composed, refused, also);
    } else {
      if (whole) check_file_name(one.document, *loaded.source, problems);
      const Field root(reading, one.document.json, "");
      Scenario scenario = read_scenario(root);
      if (problems.size() == of_all_cases.size()) check_unread(one.document, reading.looked, problems);
      check_tool_names(root, scenario);
      check_times(root, scenario);
      if (also) std::ranges::move(also(scenario), std::back_inserter(problems));
      drop_what_follows(problems, of_all_cases.size());
      for (const auto& key : reading.looked.asked) {
        if (of_the_language(key)) loaded.asked.insert(key.substr(key.rfind('/') + 1));
      }
      scenario.source = loaded.source;
      scenario.name += one.suffix;
      loaded.scenarios.push_back(std::move(scenario));
    }
    const auto own = problems.begin() + static_cast<std::ptrdiff_t>(of_all_cases.size());
    std::move(own, problems.end(), std::back_inserter(loaded.problems));
  }
  if (!loaded.problems.empty()) loaded.scenarios.clear();
  return loaded;
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool ends_as_yaml(const fs::path& file) {
  return file.extension() == ".yaml" || file.extension() == ".yml";
}

/// What cannot be read is, so that it is complained of.
bool looks_like_a_scenario(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return true;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    if (line.starts_with("linecheck:") || line.starts_with("expect:")) return true;
  }
  return false;
}

void look_below(const fs::path& folder, ScenarioFiles& found) {
  std::error_code error, ignored;
  const auto options = fs::directory_options::skip_permission_denied;
  const fs::recursive_directory_iterator end;
  for (fs::recursive_directory_iterator entry(folder, options, error); entry != end; entry.increment(error)) {
    const auto& file = entry->path();
    if (entry->is_directory(ignored) && is_of_tools(file)) entry.disable_recursion_pending();
    if (!entry->is_regular_file(ignored) || !ends_as_yaml(file)) continue;
    const bool scenario = file.filename() != kProjectFile && looks_like_a_scenario(file);
    (scenario ? found.files : found.passed_over).push_back(file);
  }
  if (error) found.unreadable.emplace_back(folder, error.message());
}

/// However it was spelt: `scenarios`, `./scenarios` and the folder that both are in.
void each_once(std::vector<fs::path>& files) {
  std::ranges::sort(files);
  std::set<fs::path> seen;
  std::erase_if(files, [&](const fs::path& file) { return !seen.insert(plain_path(file)).second; });
}

}  // namespace

bool is_of_tools(const fs::path& folder) {
  const auto name = folder.filename().string();
  return name.starts_with('.') || name == "node_modules" || name == "build" || name == "out";
}

fs::path plain_path(const fs::path& path) {
  std::error_code error;
  const auto whole = fs::absolute(path, error);
  return (error ? path : whole).lexically_normal();
}

std::string Loaded::text() const {
  return describe(*source, problems);
}

Loaded load(std::shared_ptr<const Source> source, ClipLibrary& clips, const AlsoCheck& also) {
  return load(source, clips, true, also);
}

Loaded load_part(std::shared_ptr<const Source> source, ClipLibrary& clips) {
  return load(source, clips, false, {});
}

Loaded load_file(const fs::path& file, ClipLibrary& clips, const AlsoCheck& also) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  auto source = std::make_shared<const Source>(file, std::move(text).str());
  if (in) return load(std::move(source), clips, also);
  Loaded loaded;
  loaded.source = std::move(source);
  loaded.problems.push_back({{}, "this file cannot be read", ""});
  return loaded;
}

ScenarioFiles scenario_files(const std::vector<fs::path>& paths) {
  ScenarioFiles found;
  std::error_code ignored;
  for (const auto& path : paths) {
    if (fs::is_directory(path, ignored)) {
      look_below(path, found);
    } else if (path.filename() == kProjectFile) {
      found.passed_over.push_back(path);
    } else {
      (fs::exists(path, ignored) ? found.files : found.missing).push_back(path);
    }
  }
  each_once(found.files);
  return found;
}

Lint lint(const std::vector<fs::path>& paths, ClipLibrary& clips, const AlsoCheck& also) {
  Lint result;
  const auto found = scenario_files(paths);
  std::vector<Loaded> all;
  for (const auto& file : found.files) {
    all.push_back(load_file(file, clips, also));
    for (const auto& part : all.back().source->included()) result.included.insert(plain_path(part->file()));
  }
  std::erase_if(
      all, [&](const Loaded& loaded) { return result.included.contains(plain_path(loaded.source->file())); });
  result.sounds = clips.asked();
  result.passed_over = found.passed_over.size() + found.files.size() - all.size();
  result.files = all.size() + found.missing.size() + found.unreadable.size();
  std::map<std::string, std::string> files;  // by the names of what they hold
  for (auto& loaded : all) {
    for (const auto& scenario : loaded.scenarios) {
      const auto [first, is_new] = files.emplace(scenario.name, loaded.source->file().string());
      if (is_new) continue;
      loaded.problems.push_back(
          {{1, 1}, "another file holds a scenario called '" + scenario.name + "': " + first->second, ""});
    }
    if (!loaded.good()) {
      ++result.broken_files;
      result.text += loaded.text();
      continue;
    }
    std::move(loaded.scenarios.begin(), loaded.scenarios.end(), std::back_inserter(result.scenarios));
  }
  for (const auto& [folder, why] : found.unreadable) {
    ++result.broken_files;
    result.text += folder.string() + ": error: what is below this folder cannot be listed: " + why + "\n";
  }
  for (const auto& path : found.missing) {
    ++result.broken_files;
    result.text += path.string() + ": error: there is no such file or folder\n";
  }
  return result;
}

}  // namespace scenarios::engine
