#include "runtime/core/deflate.hpp"

#define ZLIB_CONST  // what is read is not written to
#include <zlib.h>

#include <array>
#include <limits>
#include <memory>
#include <stdexcept>

namespace runtime {
namespace {
constexpr std::string_view kFlush("\0\0\xff\xff", 4);  // the end of a flush: an empty block, RFC 7692, 7.2.1

void give(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
}
}  // namespace

std::optional<std::string> unpacked(std::string_view packed, std::size_t most, Wrapping wrapping) {
  if (packed.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
  z_stream stream{};
  if (inflateInit2(&stream, wrapping == Wrapping::gzip ? 16 + MAX_WBITS : -MAX_WBITS) != Z_OK)
    return std::nullopt;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ended(&stream, &inflateEnd);
  std::string whole;
  std::array<char, 16U << 10U> block{};
  for (const std::string_view part : {packed, wrapping == Wrapping::message ? kFlush : std::string_view()}) {
    give(stream, part);
    do {
      stream.next_out = reinterpret_cast<Bytef*>(block.data());
      stream.avail_out = static_cast<uInt>(block.size());
      const int state = inflate(&stream, Z_SYNC_FLUSH);
      whole.append(block.data(), block.size() - stream.avail_out);
      if (whole.size() > most || state == Z_STREAM_END) return whole;
      if (state != Z_OK && state != Z_BUF_ERROR) return std::nullopt;
    } while (stream.avail_out == 0);
  }
  constexpr int kAtEndOfBlock = 128;  // zlib.h, inflate(): no message ends inside of a block
  if (wrapping == Wrapping::gzip || (stream.data_type & kAtEndOfBlock) == 0) return std::nullopt;
  return whole;
}

std::string packed_message(std::string_view plain, int window_bits) {
  constexpr int kMemory = 8;  // zlib's own default
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -window_bits, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> ended(&stream, &deflateEnd);
  std::string packed(deflateBound(&stream, plain.size()) + 2 * kFlush.size(), '\0');
  give(stream, plain);
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_SYNC_FLUSH);
  packed.resize(packed.size() - stream.avail_out);
  if (!packed.ends_with(kFlush)) throw std::logic_error("a packed message without its flush");
  packed.resize(packed.size() - kFlush.size());
  return packed;
}

}  // namespace runtime
