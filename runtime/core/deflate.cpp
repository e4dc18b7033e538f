#include "simulators/twilio/gunzip.hpp"

#define ZLIB_CONST  // what is read is not written to
#include <zlib.h>

#include <array>
#include <limits>
#include <memory>

namespace simulators::twilio {

std::optional<std::string> gunzip(std::string_view packed, std::size_t most) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (packed.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return std::nullopt;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ended(&stream, &inflateEnd);
  stream.next_in = reinterpret_cast<const Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string whole;
  std::array<char, 16U << 10U> block{};
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    const int state = inflate(&stream, Z_NO_FLUSH);
    whole.append(block.data(), block.size() - stream.avail_out);
    if (whole.size() > most) return whole;
    if (state == Z_STREAM_END) return whole;
    if (state != Z_OK) return std::nullopt;
  }
}

}  // namespace simulators::twilio
