#include "simulators/openai/session.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// Client events, one a line, into a session of the fake OpenAI: whatever comes, it answers and lives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simulators::openai;
  static const Script script;
  runtime::SeededRandom random(1);
  Counts counts(nullptr);
  SessionFacts facts;
  Observer* observer = nullptr;
  ScriptPlayer player(script, random);
  TimePoint now{};
  Session::Setup setup;
  setup.model = "gpt-realtime";
  Session session(std::move(setup), player, random, counts, facts, observer, now);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    session.receive(rest.substr(0, end), false, now);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    now += std::chrono::milliseconds(100);
    session.advance(now);
    session.outlet().take();
  }
  return 0;
}
