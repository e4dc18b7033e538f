#include "scenarios/engine/call_recording.hpp"

#include <sndfile.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

constexpr int kRecording = SF_FORMAT_WAV | SF_FORMAT_ULAW;

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

CallRecording read_recording(const std::filesystem::path& file) {
  CallRecording recording{file.filename().string(), {}, {}, {}};
  if (file.extension() != ".wav") {
    recording.wrong = "was never finished";
    return recording;
  }
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, CloseSound> sound(sf_open(file.c_str(), SFM_READ, &info));
  if (!sound) {
    recording.wrong = fmt::format("is no sound file: {}", sf_strerror(nullptr));
  } else if (info.format != kRecording || info.samplerate != 8000 || info.channels != 2) {
    recording.wrong = fmt::format(
        "is no WAV of mu-law at 8 kHz in two channels: {} at {} Hz",
        info.channels == 1 ? "one channel" : fmt::format("{} channels", info.channels), info.samplerate);
  } else {
    std::string both(static_cast<std::size_t>(info.frames) * 2, '\0');
    both.resize(static_cast<std::size_t>(sf_read_raw(sound.get(), both.data(), std::ssize(both))));
    for (std::size_t i = 0; i + 1 < both.size(); i += 2) {
      recording.caller.push_back(both[i]);
      recording.bot.push_back(both[i + 1]);
    }
  }
  return recording;
}

}  // namespace

std::vector<CallRecording> recordings_of(const std::filesystem::path& folder, const std::string& call_sid) {
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (entry.path().filename().string().starts_with(call_sid)) files.push_back(entry.path());
  }
  // CALLSID.wav, CALLSID-2.wav, ... CALLSID-10.wav
  std::ranges::sort(files, {},
                    [](const auto& file) { return std::pair(file.native().size(), file.native()); });
  std::vector<CallRecording> recordings;
  for (const auto& file : files) recordings.push_back(read_recording(file));
  return recordings;
}

}  // namespace scenarios::engine
