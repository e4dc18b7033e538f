#pragma once
#include "simulators/openai/script.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace simulators::openai {

std::string_view format_name(AudioFormat format);
/// Bytes of one millisecond.
std::size_t bytes_per_ms(AudioFormat format);
/// mu-law in another format, sample for sample (PCM: three for one).
std::string in_format(const std::string& mulaw, AudioFormat format);

}  // namespace simulators::openai
