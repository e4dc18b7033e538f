#pragma once
#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace runtime {

/// Randomness: the third seam. Seeded in runs of the harness, the operating system's in production,
/// where tokens and WebSocket keys come from it. One thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  /// Uniform in [0, n); n > 0.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// `digits` lower-case hexadecimal digits.
  std::string hex(std::size_t digits);
};

/// Same seed, same numbers, on every platform: the raw engine; standard distributions differ between
/// libraries.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

/// The operating system's generator (getrandom).
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

}  // namespace runtime
