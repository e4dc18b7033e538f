#include "scenarios/cli/recorded_files.hpp"

#include "runtime/audio/clip.hpp"
#include "runtime/audio/level.hpp"
#include "scenarios/cli/new_file.hpp"
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/loader.hpp"
#include "scenarios/recording/scenario_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

namespace scenarios::cli {
namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMostWires = 512U << 20U;  // bytes

std::optional<std::string> whole_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return std::nullopt;
  return text;
}

/// What the run that left `folder` said of its first call, in the results.json beside it.
std::optional<recording::Verdict> verdict_of_run(const fs::path& folder) {
  const auto text = whole_file(folder.parent_path() / "results.json");
  if (!text) return std::nullopt;
  const auto results = nlohmann::json::parse(*text, nullptr, false);
  if (!results.is_object()) return std::nullopt;
  for (const auto& scenario : results.value("scenarios", nlohmann::json::array())) {
    if (!scenario.is_object() || scenario.value("folder", "") != folder.filename().string()) continue;
    const auto calls = scenario.value("calls", nlohmann::json::array());
    if (calls.empty() || !calls.front().is_object()) return std::nullopt;
    return recording::Verdict{calls.front().value("verdict", ""), calls.front().value("reason", "")};
  }
  return std::nullopt;
}

bool silent(const fs::path& sound) {
  const auto read = runtime::audio::read_track(sound);
  const auto* clip = std::get_if<runtime::audio::Clip>(&read);
  return clip != nullptr && !runtime::audio::audible_mulaw(clip->mulaw);
}

/// False: it cannot be written, which has been said.
bool write_clips(const std::vector<recording::ClipFile>& clips, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (const auto& clip : clips) {
    const auto wrong = runtime::audio::write_wav(folder / clip.name, clip.sound.pcm, clip.sound.rate);
    if (wrong.empty()) continue;
    std::fprintf(stderr, "linecheck: %s\n", wrong.c_str());
    return false;
  }
  return true;
}

}  // namespace

std::variant<Recorded, std::string> read_recorded(const fs::path& from) {
  std::error_code error;
  const bool is_folder = fs::is_directory(from, error);
  const auto file = is_folder ? from / "wires.jsonl" : from;
  if (!fs::exists(file, error))
    return file.string() + " is not there: `linecheck run --keep all` leaves out/SCENARIO with one";
  if (fs::file_size(file, error) > kMostWires)
    return file.string() + " is too long to be one call's (512 MiB)";
  auto wires = whole_file(file);
  if (!wires) return file.string() + " cannot be read";
  Recorded recorded;
  recorded.wires = std::move(*wires);
  const auto folder = fs::weakly_canonical(file, error).parent_path();
  if (file.filename() == "wires.jsonl") {
    recorded.verdict = verdict_of_run(folder);
    recorded.heard_nothing = silent(folder / "heard.wav");
  }
  return recorded;
}

std::string wrong_name(const fs::path& file) {
  const auto name = file.stem().string();
  const bool fits = !name.empty() && name.front() != '-' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (fits && file.extension() == ".yaml") return {};
  return "'" + file.string() +
         "' is no NAME.yaml with a name of lower-case letters, digits and '-', such as " +
         "angry-caller.yaml";
}

Exit write_recorded(const Recorded& recorded, const RecordTo& to, std::size_t& notes) {
  auto read = recording::read_recording(recorded.wires, to.call);
  if (const auto* error = std::get_if<std::string>(&read)) {
    std::fprintf(stderr, "linecheck: nothing was recorded: %s\n", error->c_str());
    return Exit::usage;
  }
  auto& call = std::get<recording::Recording>(read);
  if (call.sessions == 0)
    std::fputs("note: nothing of OpenAI's side is in it: the scenario's model has nothing to say\n", stderr);
  call.swallowed = recorded.heard_nothing && runtime::audio::audible_mulaw(call.heard.mulaw);
  const auto verdict = recorded.verdict && to.call == 1 ? *recorded.verdict : recording::verdict_of(call);
  const auto made = recording::to_scenario(
      call, verdict, {to.file.stem().string(), schema_for(to.file, "scenario.schema.json")});
  notes = made.notes.size();
  if (const auto exit = write_new_file(to.file, made.yaml, to.force); exit != Exit::passed) return exit;
  if (!write_clips(made.clips, to.file.parent_path() / "clips")) return Exit::environment;
  engine::ClipLibrary clips;
  const auto loaded = engine::load(std::make_shared<engine::Source>(to.file, made.yaml), clips);
  if (loaded.good()) return Exit::passed;
  std::fprintf(stderr, "%slinecheck: %s was written, and has to be put right by hand\n",
               loaded.text().c_str(), to.file.c_str());
  return Exit::usage;
}

void say_recorded(const RecordTo& to, std::size_t notes) {
  std::printf("%s was written, its sounds in clips/ beside it.\n", to.file.c_str());
  if (notes > 0) std::printf("%zu remarks in its header say what could not be carried over.\n", notes);
  std::printf("Next:\n  linecheck explain %s\n  linecheck replay %s\n", to.file.c_str(), to.file.c_str());
}

}  // namespace scenarios::cli
