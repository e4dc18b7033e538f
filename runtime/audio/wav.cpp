#include "runtime/audio/wav.hpp"

#include "runtime/core/assert.hpp"

#include <sndfile.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace runtime::audio {
namespace {

/// A file in memory, as libsndfile wants to see it.
struct Memory {
  std::string bytes;
  std::size_t at = 0;
};
Memory& of(void* user) {
  return *static_cast<Memory*>(user);
}

sf_count_t length(void* user) {
  return static_cast<sf_count_t>(of(user).bytes.size());
}
sf_count_t tell(void* user) {
  return static_cast<sf_count_t>(of(user).at);
}
sf_count_t seek(sf_count_t offset, int whence, void* user) {
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? tell(user) : length(user);
  of(user).at = static_cast<std::size_t>(std::max<sf_count_t>(base + offset, 0));
  return tell(user);
}
sf_count_t read(void* to, sf_count_t count, void* user) {
  Memory& memory = of(user);
  const auto part = std::string_view(memory.bytes).substr(std::min(memory.at, memory.bytes.size()));
  const auto size = std::min(part.size(), static_cast<std::size_t>(count));
  std::memcpy(to, part.data(), size);
  memory.at += size;
  return static_cast<sf_count_t>(size);
}
sf_count_t write(const void* from, sf_count_t count, void* user) {
  Memory& memory = of(user);
  const auto size = static_cast<std::size_t>(count);
  memory.bytes.resize(std::max(memory.bytes.size(), memory.at + size));
  std::memcpy(memory.bytes.data() + memory.at, from, size);
  memory.at += size;
  return count;
}

}  // namespace

std::string wav_bytes(std::span<const std::int16_t> pcm, int rate, int channels) {
  Memory memory;
  SF_VIRTUAL_IO io{length, seek, read, write, tell};
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* sound = sf_open_virtual(&io, SFM_WRITE, &info, &memory);
  require(sound != nullptr, "libsndfile writes WAV into memory");
  sf_write_short(sound, pcm.data(), static_cast<sf_count_t>(pcm.size()));
  sf_close(sound);
  return std::move(memory.bytes);
}

}  // namespace runtime::audio
