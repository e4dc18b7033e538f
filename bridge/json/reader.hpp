#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace bridge::json {

/// One value that the caller of Reader::read wants, and what was found there.
struct Slot {
  enum class Kind { absent, text, integer, null, other };

  std::string_view object;  // the top-level object that holds it; empty: the message itself
  std::string_view key;
  Kind kind = Kind::absent;
  std::string_view text{};  // unescaped; valid until the reader's next message
  std::int64_t integer = 0;
};

/// Reads a few values out of one JSON message. The whole message is checked: one that is not JSON to its last
/// byte is refused even when the wanted values came first. Where a key occurs twice the last one counts.
/// Builds no tree of nodes, and allocates nothing once it has seen a message of that size: simdjson writes
/// what it parses onto one tape that is used again. (Its On-Demand interface would write less, but checks
/// only what is looked at, and gets vector code only in a build for one kind of processor.)
class Reader {
 public:
  enum class Outcome { object, malformed, not_an_object };

  Reader();
  ~Reader();
  /// Fills `slots`. Their texts are meaningful only when the outcome is `object`.
  Outcome read(std::string_view message, std::span<Slot> slots);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge::json
