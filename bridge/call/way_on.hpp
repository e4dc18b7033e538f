#pragma once
#include "runtime/core/time.hpp"

#include <string>
#include <string_view>

namespace bridge::call {

/// How a call goes on when its stream is over.
struct WayOn {
  enum class Kind {
    after_stream,  // as the configuration says for a conversation that is over
    bot_gone,      // nobody is there to talk to: an apology, and a way to somebody
    transfer,      // to another number
  };
  Kind kind = Kind::after_stream;
  // Of a transfer.
  std::string to;         // E.164
  std::string caller_id;  // what the other party sees; empty: the caller's number
  runtime::Duration ring_timeout{0};
};

/// As the log names it: the configuration's own words.
constexpr std::string_view to_string(WayOn::Kind kind) {
  switch (kind) {
    case WayOn::Kind::bot_gone:
      return "when_bot_is_gone";
    case WayOn::Kind::transfer:
      return "transfer";
    case WayOn::Kind::after_stream:
      break;
  }
  return "after_stream";
}

}  // namespace bridge::call
