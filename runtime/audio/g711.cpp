#include "runtime/audio/g711.hpp"

#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>

namespace runtime::audio {
namespace {

template <class Convert>
Pcm decode(std::string_view coded, Convert convert) {
  Pcm pcm;
  pcm.reserve(coded.size());
  for (const char c : coded) pcm.push_back(convert(static_cast<std::uint8_t>(c)));
  return pcm;
}

template <class Convert>
std::string encode(std::span<const std::int16_t> pcm, Convert convert) {
  std::string coded;
  coded.reserve(pcm.size());
  for (const std::int16_t sample : pcm) coded.push_back(static_cast<char>(convert(sample)));
  return coded;
}

}  // namespace

Pcm mulaw_decode(std::string_view mulaw) {
  return decode(mulaw, [](std::uint8_t byte) { return ulaw_to_linear(byte); });
}

std::string mulaw_encode(std::span<const std::int16_t> pcm) {
  return encode(pcm, [](std::int16_t sample) { return linear_to_ulaw(sample); });
}

Pcm alaw_decode(std::string_view alaw) {
  return decode(alaw, [](std::uint8_t byte) { return alaw_to_linear(byte); });
}

std::string alaw_encode(std::span<const std::int16_t> pcm) {
  return encode(pcm, [](std::int16_t sample) { return linear_to_alaw(sample); });
}

}  // namespace runtime::audio
