#include "runtime/core/random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace runtime {

std::string Random::hex(std::size_t digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(digits);
  std::uint64_t pool = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (i % 16 == 0) pool = next();
    text.push_back(kDigits[pool & 15U]);
    pool >>= 4U;
  }
  return text;
}

std::uint64_t SystemRandom::next() {
  // A frame's mask takes one: a system call for each would show in what a call costs. Up to 256 bytes come
  // whole.
  thread_local std::array<std::uint64_t, 32> drawn;
  thread_local std::size_t left = 0;
  if (left == 0) {
    while (::getrandom(drawn.data(), sizeof drawn, 0) != static_cast<ssize_t>(sizeof drawn)) {
      if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    left = drawn.size();
  }
  return std::exchange(drawn.at(--left), 0);
}

}  // namespace runtime
