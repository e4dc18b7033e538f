#include "runtime/audio/clip.hpp"

#include "runtime/audio/sound_file.hpp"
#include "runtime/core/assert.hpp"

#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <vector>

namespace runtime::audio {
namespace {

constexpr int kLineRate = 8000;
constexpr std::int64_t kLongestSeconds = 3600;  // a clip is held in memory, whole

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, Close>;

std::int16_t to_sample(float value) {
  return static_cast<std::int16_t>(std::clamp(std::lrint(value * 32768.0F), -32768L, 32767L));
}

/// Samples that `count` of them become at another rate: rounded, so that lengths in time agree.
std::size_t length_after(std::size_t count, int from_rate, int to_rate) {
  const auto from = static_cast<std::size_t>(from_rate);
  return (count * static_cast<std::size_t>(to_rate) + from / 2) / from;
}

std::vector<float> convert_rate(std::vector<float> in, int from_rate, int to_rate) {
  require(from_rate > 0 && to_rate > 0, "a sample rate is positive");
  if (from_rate == to_rate || in.empty()) return in;
  std::vector<float> out(length_after(in.size(), from_rate, to_rate));
  SRC_DATA job{};
  job.data_in = in.data();
  job.input_frames = static_cast<long>(in.size());
  job.data_out = out.data();
  job.output_frames = static_cast<long>(out.size());
  job.end_of_input = 1;
  job.src_ratio = static_cast<double>(to_rate) / from_rate;
  require(src_is_valid_ratio(job.src_ratio) != 0, "libsamplerate converts by a factor of at most 256");
  const int error = src_simple(&job, SRC_SINC_MEDIUM_QUALITY, 1);
  require(error == 0, "libsamplerate takes what it was given");
  return out;  // the few samples that the filter did not reach stay zero
}

std::variant<Pcm, std::string> read_all(SNDFILE* file, const SF_INFO& info, const std::string& name,
                                        int rate) {
  if (info.samplerate < 1000 || info.samplerate > 384000) {
    return name + ": has a sample rate of " + std::to_string(info.samplerate) +
           " Hz; 1000 to 384000 Hz can be read";
  }
  const auto channels = static_cast<std::size_t>(info.channels);
  const auto longest = static_cast<std::size_t>(kLongestSeconds * info.samplerate);
  std::vector<float> mono;
  std::vector<float> block(4096 * channels);
  while (const auto frames = static_cast<std::size_t>(sf_readf_float(file, block.data(), 4096))) {
    for (std::size_t i = 0; i < frames; ++i) {
      float sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += block[i * channels + c];
      mono.push_back(sum / static_cast<float>(channels));
    }
    if (mono.size() > longest) return name + ": is longer than an hour; a clip is at most that";
  }
  if (sf_error(file) != SF_ERR_NO_ERROR) return name + ": cannot be read to its end: " + sf_strerror(file);
  const std::vector<float> converted = convert_rate(std::move(mono), info.samplerate, rate);
  Pcm pcm(converted.size());
  std::transform(converted.begin(), converted.end(), pcm.begin(), to_sample);
  return pcm;
}

std::string no_audio(const std::string& name) {
  return name + ": holds no audio (its header is there, its samples are not)";
}

/// Who plays something means a sound.
std::variant<Pcm, std::string> some_audio(std::variant<Pcm, std::string> read, const std::string& name) {
  const auto* pcm = std::get_if<Pcm>(&read);
  if (pcm != nullptr && pcm->empty()) return no_audio(name);
  return read;
}

std::variant<Clip, std::string> as_clip(std::variant<Pcm, std::string> read) {
  if (auto* error = std::get_if<std::string>(&read)) return std::move(*error);
  return Clip{mulaw_encode(std::get<Pcm>(read))};
}

std::string not_opened(const std::string& name) {
  std::string why = sf_strerror(nullptr);
  while (!why.empty() && (why.back() == '.' || why.back() == '\n')) why.pop_back();
  return name + ": cannot be opened as a sound file (WAV, FLAC, Ogg, ...): " + why;
}

/// A file that is held in memory, as libsndfile reads it.
struct MemoryFile {
  std::string bytes;
  std::size_t at = 0;

  static MemoryFile& of(void* self) { return *static_cast<MemoryFile*>(self); }
  static sf_count_t length(void* self) { return static_cast<sf_count_t>(of(self).bytes.size()); }
  static sf_count_t tell(void* self) { return static_cast<sf_count_t>(of(self).at); }
  static sf_count_t seek(sf_count_t offset, int whence, void* self) {
    const sf_count_t from = whence == SEEK_CUR ? tell(self) : whence == SEEK_END ? length(self) : 0;
    of(self).at = static_cast<std::size_t>(std::max<sf_count_t>(from + offset, 0));
    return tell(self);
  }
  static sf_count_t read(void* into, sf_count_t count, void* self) {
    MemoryFile& file = of(self);
    if (file.at >= file.bytes.size()) return 0;
    const auto taken = file.bytes.copy(static_cast<char*>(into), static_cast<std::size_t>(count), file.at);
    file.at += taken;
    return static_cast<sf_count_t>(taken);
  }
  SoundFile open(SF_INFO& info) {
    SF_VIRTUAL_IO access{length, seek, read, nullptr, tell};
    return SoundFile(sf_open_virtual(&access, SFM_READ, &info, this));
  }
};

}  // namespace

std::variant<Clip, std::string> decode_clip(std::string_view file, const std::string& name) {
  MemoryFile memory{std::string(file)};
  SF_INFO info{};
  const SoundFile sound = memory.open(info);
  if (!sound) return not_opened(name);
  return as_clip(some_audio(read_all(sound.get(), info, name, kLineRate), name));
}

std::variant<Clip, std::string> read_track(const std::filesystem::path& file) {
  SF_INFO info{};
  const SoundFile sound(sf_open(file.c_str(), SFM_READ, &info));
  if (!sound) return not_opened(file.string());
  return as_clip(read_all(sound.get(), info, file.string(), kLineRate));
}

std::variant<Clip, std::string> read_clip(const std::filesystem::path& file) {
  auto read = read_track(file);
  const auto* clip = std::get_if<Clip>(&read);
  if (clip != nullptr && clip->mulaw.empty()) return no_audio(file.string());
  return read;
}

std::variant<Pcm, std::string> read_pcm(int descriptor, const std::string& name, int rate) {
  SF_INFO info{};
  const SoundFile sound(sf_open_fd(descriptor, SFM_READ, &info, SF_FALSE));
  if (!sound) return not_opened(name);
  return some_audio(read_all(sound.get(), info, name, rate), name);
}

std::string write_wav(const std::filesystem::path& file, std::span<const std::int16_t> pcm, int rate) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SoundFile sound(sf_open(file.c_str(), SFM_WRITE, &info));
  if (!sound) return file.string() + ": cannot be written: " + sf_strerror(nullptr);
  const auto wanted = static_cast<sf_count_t>(pcm.size());
  if (sf_write_short(sound.get(), pcm.data(), wanted) != wanted) {
    return file.string() + ": cannot be written: " + sf_strerror(sound.get());
  }
  if (sf_close(sound.release()) != 0) return file.string() + ": could not be completed";
  return {};
}

Pcm resample(std::span<const std::int16_t> pcm, int from_rate, int to_rate) {
  if (from_rate == to_rate) return {pcm.begin(), pcm.end()};
  std::vector<float> in(pcm.size());
  std::transform(pcm.begin(), pcm.end(), in.begin(),
                 [](std::int16_t sample) { return static_cast<float>(sample) / 32768.0F; });
  const std::vector<float> line = convert_rate(std::move(in), from_rate, to_rate);
  Pcm out(line.size());
  std::transform(line.begin(), line.end(), out.begin(), to_sample);
  return out;
}

}  // namespace runtime::audio
