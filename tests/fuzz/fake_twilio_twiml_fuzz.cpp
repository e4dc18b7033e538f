#include "simulators/twilio/verify_twiml.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// Any document is read, judged under both rules (fetching itself for ever) and comes to an end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simulators::twilio;
  ServedDocument document;
  document.body.assign(reinterpret_cast<const char*>(data), size);
  const auto again = [&document](const std::string&, const std::string&) { return document; };
  for (const auto rules : {TrackRules::twilio_docs, TrackRules::incident_report}) {
    const auto judged = verify_twiml(document, "https://bridge.test/voice", rules, again);
    if (judged.conclusion.empty()) std::abort();
  }
  return 0;
}
