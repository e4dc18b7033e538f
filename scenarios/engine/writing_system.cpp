#include "scenarios/engine/writing_system.hpp"

#include "scenarios/text/columns.hpp"

#include <cstddef>

namespace scenarios::engine {
namespace {

struct Block {
  char32_t first, last;
  std::string_view language;
};
/// Unicode blocks that one widely spoken language of espeak-ng's stands for.
constexpr Block kBlocks[] = {{0x0370, 0x03FF, "el"},  {0x0400, 0x04FF, "ru"}, {0x0530, 0x058F, "hy"},
                             {0x0590, 0x05FF, "he"},  {0x0600, 0x06FF, "ar"}, {0x0900, 0x097F, "hi"},
                             {0x0E00, 0x0E7F, "th"},  {0x10A0, 0x10FF, "ka"}, {0x3040, 0x30FF, "ja"},
                             {0x4E00, 0x9FFF, "cmn"}, {0xAC00, 0xD7AF, "ko"}};

}  // namespace

std::string language_of(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t code = text::next_code_point(utf8, at);
    for (const auto& block : kBlocks) {
      if (block.first <= code && code <= block.last) return std::string(block.language);
    }
  }
  return "en";
}

}  // namespace scenarios::engine
