#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <ratio>
#include <string>
#include <utility>

namespace runtime {

/// Lengths of audio, counted in samples. As chrono durations they convert to one another and to time
/// when that is exact, and refuse to compile when it is not (24 kHz -> 8 kHz, 24 kHz -> nanoseconds).
using Samples8k = std::chrono::duration<std::int64_t, std::ratio<1, 8000>>;
using Samples24k = std::chrono::duration<std::int64_t, std::ratio<1, 24000>>;
static_assert(Samples8k(160) == std::chrono::milliseconds(20));
static_assert(Samples24k(Samples8k(160)) == Samples24k(480));

/// mu-law: one byte is one sample at 8 kHz.
constexpr Samples8k mulaw_length(std::size_t bytes) {
  return Samples8k(static_cast<std::int64_t>(bytes));
}
constexpr std::size_t mulaw_bytes(Samples8k length) {
  return static_cast<std::size_t>(length.count());
}

/// A value that only mixes with values of its own tag: StreamSid is no CallSid though both are text.
template <class Tag, class Rep>
class Strong {
 public:
  Strong() = default;
  explicit Strong(Rep value) : value_(std::move(value)) {}
  const Rep& value() const { return value_; }
  auto operator<=>(const Strong&) const = default;

 private:
  Rep value_{};
};

}  // namespace runtime

template <class Tag, class Rep>
struct std::hash<runtime::Strong<Tag, Rep>> {
  std::size_t operator()(const runtime::Strong<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>()(id.value());
  }
};
