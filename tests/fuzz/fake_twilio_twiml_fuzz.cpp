#include "simulators/twilio/verify_twiml.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {
using namespace simulators::twilio;

/// What became of a command, chosen by `dice`.
Command answer(CallFlow& flow, const Command& command, unsigned dice) {
  const bool well = (dice & 1U) != 0;
  if (const auto* open = std::get_if<OpenCommand>(&command);
      open != nullptr && open->verb == StreamVerb::connect)
    return flow.stream_over();
  if (std::holds_alternative<GatherCommand>(command)) return flow.gather_over({well ? "1" : "", "", ""});
  if (std::holds_alternative<RecordCommand>(command))
    return flow.record_over({!well, std::chrono::seconds(dice), "", "RE", "https://api.test/RE"});
  if (std::holds_alternative<DialCommand>(command))
    return flow.dial_over({well ? "completed" : "busy", "CA", std::chrono::seconds(dice), well, ""});
  return flow.next();
}

/// Every command of a document is answered; it ends, or asks for another document.
void execute(const Document& document, std::string_view url) {
  CallFlow flow;
  Command command = flow.run(document, std::string(url), "POST");
  for (unsigned step = 0; step <= document.verbs.size() + 1; ++step) {
    for (const Finding& finding : flow.take_findings()) {
      if (finding.code == 0 || finding.text.empty()) std::abort();
    }
    if (std::holds_alternative<EndCommand>(command) || std::holds_alternative<FailCommand>(command) ||
        std::holds_alternative<FetchCommand>(command))
      return;
    command = answer(flow, command, step);
  }
  std::abort();
}

}  // namespace

/// Any document is read, judged under both rules (fetching itself for ever), executed with and without a
/// base, and comes to an end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ServedDocument document;
  document.body.assign(reinterpret_cast<const char*>(data), size);
  const auto again = [&document](const std::string&, const std::string&) { return document; };
  for (const auto rules : {TrackRules::twilio_docs, TrackRules::incident_report}) {
    const auto judged = verify_twiml(document, "https://bridge.test/voice", rules, again);
    if (judged.conclusion.empty()) std::abort();
  }
  static constexpr std::array<std::string_view, 4> kTypes{"text/xml", "text/plain", "audio/wav", ""};
  for (const auto type : kTypes) {
    const Document read = read_answer({200, type, size == 0}, document.body);
    if (read.fatal != (read.fatal && !read.findings.empty() && read.verbs.empty())) std::abort();
    execute(read, "https://bridge.test/voice");
    execute(read, "");
  }
  return 0;
}
