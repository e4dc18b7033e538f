#include "simulators/twilio/bridge_message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Any bytes are a message of the bridge, or are refused with a reason; and the reader goes on afterwards.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simulators::twilio;
  BridgeMessageReader reader("MZ1");
  const auto message = reader.read({reinterpret_cast<const char*>(data), size}, false);
  if (const auto* bad = std::get_if<BadMessage>(&message); bad != nullptr && bad->text.empty()) std::abort();
  const auto clear = reader.read(R"({"event":"clear","streamSid":"MZ1"})", false);
  if (!std::holds_alternative<BridgeClear>(clear)) std::abort();
  return 0;
}
