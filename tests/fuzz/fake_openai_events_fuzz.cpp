#include "simulators/openai/session.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace {
using namespace simulators::openai;

void play(std::string_view lines, SessionConfig::Kind kind, Dialect dialect) {
  static const Script script;
  runtime::SeededRandom random(1);
  Counts counts(nullptr);
  SessionFacts facts;
  Observer* observer = nullptr;
  SmallTalk talk;
  ScriptPlayer player(script, random, talk);
  TimePoint now{};
  Session::Setup setup;
  setup.model = "gpt-realtime";
  setup.kind = kind;
  setup.dialect = dialect;
  Session session(std::move(setup), player, random, counts, facts, observer, now);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    session.receive(lines.substr(0, end), false, now);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    now += std::chrono::milliseconds(100);
    session.advance(now);
    session.outlet().take();
  }
}
}  // namespace

// Client events, one a line, into a session of the fake OpenAI of each kind: whatever comes, it answers and
// lives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view lines(reinterpret_cast<const char*>(data), size);
  play(lines, SessionConfig::Kind::voice, Dialect::ga);
  play(lines, SessionConfig::Kind::transcription, Dialect::ga);
  play(lines, SessionConfig::Kind::voice, Dialect::beta);
  return 0;
}
