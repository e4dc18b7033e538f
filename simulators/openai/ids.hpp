#pragma once
#include "runtime/core/random.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace simulators::openai {

/// Ids as the service makes them: a prefix and base-62 characters (openai-realtime.md, 2).
class Ids {
 public:
  explicit Ids(runtime::Random& random) : random_(random) {}
  /// `prefix` and 21 characters: event_, sess_, conv_, resp_, item_.
  std::string make(std::string_view prefix);
  std::string call_id();
  /// Pads `text` (UTF-8) to a multiple of 16 characters; 1 to 16 of them.
  std::string obfuscation(std::string_view text);

 private:
  void append(std::string& out, std::size_t characters);
  runtime::Random& random_;
};

}  // namespace simulators::openai
