// Whatever both peers say in whatever order, and however long they take: a call ends, and no sample is lost
// without a name.
#include "tests/fuzz/message_lines.hpp"
#include "tests/support/call_driver.hpp"

#include <cstdlib>

namespace {
void check(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

// A line each: `T` Twilio's message, `M` the model's, `D` a dial, `C` the model closes, `t` and `m` the
// transports take what they have, `.` 20 ms and any other byte so many times 20 ms.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  support::CallDriver call;
  fuzz::MessageLines lines(data, size);
  fuzz::MessageLines::Message line;
  while (lines.next(line) && !call.machine.ending()) {
    if (line.payload.empty()) continue;
    const char kind = line.payload.front();
    const auto rest = line.payload.substr(1);
    if (kind == 'T') {
      call.twilio(rest, line.binary);
    } else if (kind == 'M') {
      call.model(rest, line.binary);
    } else if (kind == 'D') {
      call.dial();
    } else if (kind == 'C') {
      call.model_closes();
    } else if (kind == 't') {
      call.pump_twilio();
    } else if (kind == 'm') {
      call.pump_model();
    } else {
      const int ticks = kind == '.' ? 1 : static_cast<unsigned char>(kind);
      for (int i = 0; i < ticks && !call.machine.ending(); ++i) call.pass(std::chrono::milliseconds(20));
    }
    check(call.conserved());
  }
  if (!call.machine.begun()) return 0;
  (void)call.machine.finish(false, call.now);
  check(call.conserved() && call.nothing_left());
  return 0;
}
