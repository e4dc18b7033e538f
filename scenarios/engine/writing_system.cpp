#include "scenarios/engine/writing_system.hpp"

#include <cstddef>
#include <cstdint>

namespace scenarios::engine {
namespace {

struct Block {
  std::uint32_t first, last;
  std::string_view language;
};
/// Unicode blocks that one widely spoken language of espeak-ng's stands for.
constexpr Block kBlocks[] = {{0x0370, 0x03FF, "el"},  {0x0400, 0x04FF, "ru"}, {0x0530, 0x058F, "hy"},
                             {0x0590, 0x05FF, "he"},  {0x0600, 0x06FF, "ar"}, {0x0900, 0x097F, "hi"},
                             {0x0E00, 0x0E7F, "th"},  {0x10A0, 0x10FF, "ka"}, {0x3040, 0x30FF, "ja"},
                             {0x4E00, 0x9FFF, "cmn"}, {0xAC00, 0xD7AF, "ko"}};

/// The code point at `at`, which moves behind it. What is no UTF-8 is taken byte by byte.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t index) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[index]));
  };
  const std::uint32_t lead = byte(at++);
  std::size_t more = lead >= 0xF0U ? 3 : lead >= 0xE0U ? 2 : lead >= 0xC0U ? 1 : 0;
  std::uint32_t code = more == 0 ? lead : lead & (0x3FU >> more);
  for (; more > 0 && at < text.size() && (byte(at) & 0xC0U) == 0x80U; --more)
    code = (code << 6U) | (byte(at++) & 0x3FU);
  return code;
}

}  // namespace

std::string language_of(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    const std::uint32_t code = next_code_point(utf8, at);
    for (const auto& block : kBlocks) {
      if (block.first <= code && code <= block.last) return std::string(block.language);
    }
  }
  return "en";
}

}  // namespace scenarios::engine
