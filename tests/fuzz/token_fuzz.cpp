#include "bridge/app/token.hpp"
#include "tests/fuzz/message_lines.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

namespace {
using namespace bridge::app;
using namespace std::chrono_literals;

const runtime::WallTime kNow{1'700'000'000s};

/// What is signed for a call of this name opens that call, and no other.
void sign_for(const Signer& signer, const std::string& call) {
  const auto token = signer.stream_token({call, call, ""}, {Direction::outbound, kNow, kNow + 60s});
  const auto opens = [&](const Signer::Stream& stream) {
    return std::holds_alternative<Signer::Opened>(signer.check_stream_token(token, stream, kNow));
  };
  if (!opens({call, call, ""}) || opens({call + "x", call, ""}) || opens({call, call + ".0:", ""}))
    std::abort();
  const auto query = signer.return_query(call, {kNow, 2, Direction::inbound});
  if (!signer.check_return(query, call) || signer.check_return(query, call + "x")) std::abort();
}
}  // namespace

/// A line is what a stranger sends: as a token and as a query it is refused, since nobody knows the secret.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Signer signer("a secret that no input holds");
  fuzz::MessageLines lines(data, size);
  fuzz::MessageLines::Message line;
  while (lines.next(line)) {
    const auto checked = signer.check_stream_token(line.payload, {"CA1", "+1", "+2"}, kNow);
    const auto* why = std::get_if<std::string>(&checked);
    if (why == nullptr || why->empty() || signer.check_return(line.payload, "CA1")) std::abort();
    sign_for(signer, std::string(line.payload));
  }
  return 0;
}
