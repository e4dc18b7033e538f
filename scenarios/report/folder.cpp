#include "scenarios/report/folder.hpp"

#include "runtime/audio/wav.hpp"
#include "scenarios/report/redact.hpp"
#include "scenarios/report/sound.hpp"
#include "simulators/control/journal.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace scenarios::report {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostWires = 64U << 20U;    // bytes of wires.jsonl
constexpr std::size_t kMostLog = 16U << 20U;      // bytes of bridge.log
constexpr std::size_t kMostMetrics = 16U << 20U;  // bytes of metrics.prom
constexpr double kMostHeard = 3600;               // seconds of heard.wav
constexpr std::array kFiles{"heard.wav", "wires.jsonl", "bridge.log", "metrics.prom"};
constexpr std::size_t kLongestFolder = 120;

std::string wires(const engine::Journal& journal, runtime::TimePoint start) {
  std::string text;
  std::size_t left_out = journal.dropped();
  for (const auto& line : journal.lines()) {
    if (text.size() > kMostWires) {
      ++left_out;
      continue;
    }
    text += redacted(
        simulators::control::journal_line(start, {line.at, line.lane, line.call, line.direction, line.text}));
    text += '\n';
  }
  if (left_out > 0) text += R"({"dropped_lines":)" + std::to_string(left_out) + "}\n";
  return text;
}

std::string log_text(const std::deque<engine::LogLine>& log) {
  std::string text;
  std::size_t left_out = 0;
  for (const auto& line : log) {
    if (text.size() > kMostLog) {
      ++left_out;
      continue;
    }
    text += redacted(line.text) + "\n";
  }
  if (left_out > 0) text += "(" + std::to_string(left_out) + " more lines are left out)\n";
  return text;
}

/// By the caller whose call is shown first.
std::string heard(const engine::Conductor& conductor, const engine::Result& result) {
  const auto calls = conductor.twilio().calls();
  if (calls.empty()) return {};
  const auto places = engine::worst_first(result.calls);
  const auto first = places.empty() ? 0 : places.front();
  const auto track = track_of({&calls[first]->heard}, kMostHeard);
  return runtime::audio::wav_bytes(runtime::audio::mulaw_decode(track.mulaw), 8000);
}

}  // namespace

std::string folder_name(std::string_view scenario) {
  std::string name;
  for (const char c : scenario.substr(0, kLongestFolder)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.,[]=+@").find(c) != std::string_view::npos;
    name.push_back(plain ? c : '_');
  }
  if (name.empty() || name.front() == '.') name.insert(0, "_");
  return name;
}

std::optional<std::string> write_file(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (out) return std::nullopt;
  return file.string() + " cannot be written: " + std::strerror(errno);
}

std::optional<std::string> write_folder(const fs::path& folder, const engine::Performance& performance,
                                        const engine::Result& result) {
  const auto& conductor = performance.conductor();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return folder.string() + " cannot be made: " + error.message();
  const std::array texts{heard(conductor, result), wires(conductor.journal(), conductor.started_at()),
                         log_text(conductor.fleet().log()),
                         redacted(std::string_view(conductor.last_scrape()).substr(0, kMostMetrics))};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i == 0 && texts[i].empty()) continue;  // there was no call: no sound
    if (auto failure = write_file(folder / kFiles[i], texts[i])) return failure;
  }
  return std::nullopt;
}

std::uintmax_t folder_bytes(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto* file : kFiles) {
    std::error_code missing;
    const auto size = fs::file_size(folder / file, missing);
    if (!missing) bytes += size;
  }
  return bytes;
}

void remove_folder(const fs::path& folder) {
  std::error_code ignored;
  for (const auto* file : kFiles) fs::remove(folder / file, ignored);
  fs::remove(folder, ignored);  // only when it is empty
}

}  // namespace scenarios::report
