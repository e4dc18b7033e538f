#include "simulators/openai/ids.hpp"

#include <algorithm>
#include <cstdint>

namespace simulators::openai {
namespace {
constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kPerDraw = 10;  // 62^10 < 2^64: ten characters from one number
}  // namespace

void Ids::append(std::string& out, std::size_t characters) {
  std::uint64_t draw = 0;
  for (std::size_t i = 0; i < characters; ++i) {
    if (i % kPerDraw == 0) draw = random_.next();
    out.push_back(kBase62[draw % kBase62.size()]);
    draw /= kBase62.size();
  }
}

std::string Ids::make(std::string_view prefix) {
  std::string id(prefix);
  append(id, 21);
  return id;
}

std::string Ids::call_id() {
  std::string id("call_");
  append(id, 16);
  return id;
}

std::string Ids::obfuscation(std::string_view text) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not inside of one
  });
  std::string padding;
  append(padding, 16 - static_cast<std::size_t>(characters) % 16);
  return padding;
}

}  // namespace simulators::openai
