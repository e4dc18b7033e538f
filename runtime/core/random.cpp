#include "runtime/core/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

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
  std::uint64_t value = 0;
  while (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  return value;
}

}  // namespace runtime
