#include "scenarios/cli/longest_first.hpp"

#include "runtime/core/units.hpp"

#include <algorithm>
#include <functional>
#include <variant>

namespace scenarios::cli {
namespace {

namespace twilio = simulators::twilio;
namespace openai = simulators::openai;
using runtime::Duration;

struct LengthOf {
  Duration operator()(const twilio::Wait& wait) const { return wait.length; }
  Duration operator()(const twilio::Silence& silence) const { return silence.length; }
  Duration operator()(const twilio::NoPackets& gap) const { return gap.length; }
  Duration operator()(const twilio::Say& say) const { return say.clip.length(); }
  Duration operator()(const twilio::Listen& listen) const { return listen.length.value_or(Duration(0)); }
  template <class Other>
  Duration operator()(const Other&) const {
    return Duration(0);
  }
};

Duration guess(const engine::Scenario& scenario) {
  Duration longest(0);
  for (const auto& call : scenario.calls) {
    Duration length = call.at;
    for (const auto& step : call.plan.caller) length += std::visit(LengthOf{}, step.action);
    longest = std::max(longest, length);
  }
  for (const auto& rule : scenario.model.rules) {
    for (const auto& output : rule.reply.outputs) {
      if (const auto* speech = std::get_if<openai::Speech>(&output))
        longest += runtime::mulaw_length(speech->mulaw.size());
    }
  }
  return longest;
}

}  // namespace

void longest_first(std::vector<std::size_t>& order, const std::vector<engine::Scenario>& scenarios) {
  std::vector<Duration> lengths;
  for (const auto& scenario : scenarios) lengths.push_back(guess(scenario));
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return lengths[i]; });
}

}  // namespace scenarios::cli
