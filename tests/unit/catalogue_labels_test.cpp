#include "bridge/call/instruments.hpp"
#include "bridge/call/verdict.hpp"
#include "bridge/openai/events.hpp"
#include "bridge/twilio/messages.hpp"
#include "metrics/sheet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

namespace metrics {
namespace {

/// The names of all values of an enum that counts from zero, by its own to_string.
template <class Enum>
std::set<std::string> names_of() {
  std::set<std::string> names;
  for (int value = 0; value < 100; ++value) {
    try {
      const std::string name(to_string(static_cast<Enum>(value)));
      if (name == "unknown") break;
      names.insert(name);
    } catch (const std::out_of_range&) {
      break;
    }
  }
  return names;
}

std::set<std::string> values_of(std::string_view family, std::string_view label) {
  for (const Label& known : find_family(family)->labels) {
    if (known.name == label) return {known.values.begin(), known.values.end()};
  }
  return {};
}

TEST(CatalogueLabels, AreTheVerdictsAndReasonsOfTheBridge) {
  EXPECT_EQ(values_of("voicebridge_call_verdicts_total", "verdict"), names_of<bridge::call::CallVerdict>());
  EXPECT_EQ(values_of("voicebridge_call_verdicts_total", "reason"), names_of<bridge::call::Reason>());
  EXPECT_EQ(values_of("voicebridge_response_verdicts_total", "verdict"),
            names_of<bridge::call::ResponseVerdict>());
  EXPECT_EQ(values_of("voicebridge_response_verdicts_total", "reason"), names_of<bridge::call::Reason>());
}

TEST(CatalogueLabels, HaveAPairForEveryVerdict) {
  for (const std::string_view name :
       {"voicebridge_call_verdicts_total", "voicebridge_response_verdicts_total"}) {
    std::set<std::string> paired;
    for (const Pair& pair : find_family(name)->pairs) paired.emplace(pair[0]);
    EXPECT_EQ(paired, values_of(name, "verdict"));
  }
}

TEST(CatalogueLabels, AreTheWatchdogsStages) {
  EXPECT_EQ(values_of("voicebridge_response_watchdog_fired_total", "stage"), names_of<bridge::call::Stage>());
}

TEST(CatalogueLabels, AreTheBreachesOfBothPeers) {
  std::set<std::string> kinds = names_of<bridge::twilio::Breach>();
  kinds.merge(names_of<bridge::openai::Breach>());
  kinds.insert("too_big");  // seen by the socket, before any decoder
  kinds.insert("websocket");
  EXPECT_EQ(values_of("voicebridge_protocol_errors_total", "kind"), kinds);
}

TEST(CatalogueLabels, FitEveryInstrumentOfACall) {
  Book book;
  EXPECT_NO_THROW(bridge::call::Instruments{book.add_sheet({"voicebridge_"})});
}

}  // namespace
}  // namespace metrics
