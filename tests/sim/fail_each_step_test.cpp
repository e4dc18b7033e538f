// Whatever one operation of the bridge's network does, its call ends and is judged, and nobody else notices.
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/pairing.hpp"
#include "scenarios/engine/promql/exposition.hpp"
#include "scenarios/engine/result.hpp"
#include "scenarios/engine/truth.hpp"
#include "tests/support/performance_with_a_failure.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
using support::Failure;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// Of each kind of operation so many are made to fail, evenly over the call, its first and its last among
/// them: some 35 of the 600 to 800 of a call. All of them would take an hour, most of it for reads of media.
constexpr std::size_t kOfEachKind = 3;

/// The operations of the second call begin here; those of the first call, its neighbour, are over by then or
/// come later, but for its running connections.
constexpr auto kFrom = 2s, kTo = 14s;

constexpr std::size_t kGreetingSamples = 15 * 8000;

/// The neighbour hears a greeting of fifteen seconds while the second call is in trouble.
constexpr auto kCommon = R"(
linecheck: 1
name: fail-each-step
about: A call in trouble beside one that is well.
http:
  orders:
    - on: POST /orders
      answer: {json: {state: shipped}}
others:
  human: {number: "+97231112222", answers_after: 1s, say: {clip: vm-goodbye.wav}}
bridge:
  config:
    limits: {stream_idle: 4s}
    twilio: {api_timeout: 1s, ping_interval: 2s}
    openai: {connect_timeout: 1s, handshake_timeout: 1s, ping_interval: 2s}
    call: {goodbye: 1s, start_within: 2s}
    drain: {accept_for: 0s, grace: 0s}
    twiml: {when_bot_is_gone: "<Hangup/>"}  # to speak an apology would cost most of the time
    agent:
      tools:
        hosts: ["$http.orders.host"]
        transfer_call: {allow: ["+9723*"], ring_timeout: 20s, caller_id: "+18005551212"}
        http:
          look_up_order:
            description: Says what became of an order.
            url: $http.orders.url/orders
            parameters: {type: object, properties: {number: {type: integer}}, required: [number]}
            timeout: 1s
calls:
  - at: 0s
    caller: [{wait_for: bot_finished}, {wait: 1s}, hang_up]
  - at: 3s
    caller: [{wait_for: bot_speaking, for: 300ms}, {say: {clip: hello-world.wav}}, {listen: 4s}, hang_up]
expect: [{verdict: normal, call: 1}]
)";

constexpr auto kInbound = R"(
model:
  - when: greeting
    reply: {clip: demo-abouttotry.wav}
    as: greeting
  - when: caller_finished
    reply: {tool: look_up_order, with: {number: 17}}
  - when: {tool_result: look_up_order}
    reply: {clip: queue-thankyou.wav}
    as: answer
)";

constexpr auto kOutbound = R"(
call: {direction: outbound, to: "+14155550123"}
model:
  - when: greeting
    reply: {clip: demo-abouttotry.wav}
    as: greeting
  - when: caller_finished
    reply: {clip: hello.wav, then: {tool: transfer_call, with: {to: "+97231112222"}}}
    as: answer
)";

constexpr auto kEndedByTheBot = R"(
model:
  - when: greeting
    reply: {clip: demo-abouttotry.wav}
    as: greeting
  - when: caller_finished
    reply: {clip: hello.wav, then: {tool: end_call}}
    as: answer
)";

/// Of a bridge without an account to ask Twilio with: it ends a call by closing its stream.
constexpr auto kWithoutAccount = R"({"twilio": {"account_sid": null}, "outbound": {"allow": null}})";
/// Of one whose calls find a connection to OpenAI that is ready. The neighbour takes the first, and the
/// second call the next one, which is dialled after kSecondIsDialled.
constexpr auto kWarm = R"({"openai": {"warm": {"sessions": 1}}})";
constexpr auto kSecondIsDialled = 200ms;

struct Kind {
  std::string name;
  std::string scenario;
  std::string config = "{}";   // besides
  std::size_t kept_ready = 0;  // connections that are no call's
  runtime::Duration from = kFrom;
};
struct Trouble {
  Kind call;
  std::string way;
  Failure how = Failure::error;
};

/// One run of both calls, of which operation `fails` of the second one fails; 0: none.
struct Trial {
  Trial(const Scenario& scenario, const Trouble& trouble, std::size_t fails)
      : steps(fails, trouble.how), performance(scenario, steps, {trouble.call.from, kTo}) {}
  const std::string& metrics() const { return performance.conductor().last_scrape(); }
  promql::Samples samples() const { return std::get<promql::Samples>(promql::parse_exposition(metrics())); }
  double sum(std::string_view family) const {
    double sum = 0;
    for (const auto& sample : samples()) sum += sample.name == family ? sample.value : 0;
    return sum;
  }
  std::string log() const {
    std::string text;
    for (const auto& [number, replica] : performance.conductor().fleet().replicas()) {
      for (const auto& line : replica.processes.back()->log()) text += line.text + "\n";
    }
    return text;
  }

  support::Steps steps;
  support::PerformanceWithAFailure performance;
};

class FailEachStep : public testing::TestWithParam<Trouble> {
 protected:
  FailEachStep() {
    ClipLibrary clips;
    auto loaded =
        load(std::make_shared<Source>("fail-each-step.yaml", kCommon + GetParam().call.scenario), clips);
    EXPECT_EQ(loaded.text(), "");
    scenario_ = std::move(loaded.scenarios.at(0));
    auto config = nlohmann::json::parse(scenario_.bridge_config);
    config.update(nlohmann::json::parse(GetParam().call.config), true);
    scenario_.bridge_config = config.dump();
  }
  Trial trial(std::size_t fails) const { return {scenario_, GetParam(), fails}; }

  /// The numbers of the operations that are made to fail.
  static std::set<std::size_t> chosen(const std::vector<std::string>& taken) {
    std::map<std::string, std::vector<std::size_t>> kinds;
    for (std::size_t i = 0; i < taken.size(); ++i) kinds[taken[i]].push_back(i + 1);
    std::set<std::size_t> numbers;
    for (const auto& [kind, all] : kinds) {
      const auto most = std::min(kOfEachKind, all.size());
      for (std::size_t i = 0; i < most; ++i)
        numbers.insert(all[most == 1 ? 0 : i * (all.size() - 1) / (most - 1)]);
    }
    return numbers;
  }

  void the_call_is_over(const Trial& trial) const {
    const auto& conductor = trial.performance.conductor();
    EXPECT_FALSE(conductor.timed_out());
    EXPECT_EQ(trial.sum("voicebridge_calls_started_total"), trial.sum("voicebridge_call_verdicts_total"));
    EXPECT_EQ(trial.sum("voicebridge_calls_active"), 0);
    EXPECT_THAT(broken_conservation(trial.samples()), IsEmpty());
    EXPECT_LE(trial.steps.left_open.value_or(1000), GetParam().call.kept_ready);
    EXPECT_EQ(conductor.openai().active_sessions(), 0U);
    EXPECT_EQ(conductor.fleet().exit_code(1), 0) << "a call had to be cut short";
  }
  void the_neighbour_is_well(const Trial& trial) const {
    const auto& conductor = trial.performance.conductor();
    const auto calls = conductor.twilio().calls();
    const auto sessions = pair_sessions(calls, conductor.openai().sessions()).front();
    const auto truth = find_truth(*calls.front(), sessions, {});
    EXPECT_EQ(truth.verdict, "normal");
    EXPECT_EQ(conductor.bridge_verdicts().at(calls.front()->sid).verdict, "normal");
    ASSERT_THAT(truth.responses, SizeIs(1));
    EXPECT_GT(truth.responses[0].generated, kGreetingSamples);
    EXPECT_EQ(truth.responses[0].played, truth.responses[0].generated);
  }

  Scenario scenario_;
};

TEST_P(FailEachStep, EndsItsCallAloneWithAVerdictAndLeavesNothing) {
  const auto whole = trial(0);
  ASSERT_TRUE(whole.performance.over());
  the_neighbour_is_well(whole);
  for (const auto number : chosen(whole.steps.taken())) {
    SCOPED_TRACE("operation " + std::to_string(number) + ", " + whole.steps.taken().at(number - 1));
    const auto failed = trial(number);
    ASSERT_TRUE(failed.performance.over()) << failed.log();
    the_call_is_over(failed);
    the_neighbour_is_well(failed);
    if (HasFailure()) FAIL() << failed.log();
  }
}

TEST_P(FailEachStep, IsTheSameWhenItIsRunAgain) {
  const auto steps = trial(0).steps.taken().size();
  for (const auto number : {steps / 3, steps / 2}) {
    const auto once = trial(number);
    const auto again = trial(number);
    EXPECT_EQ(once.steps.taken(), again.steps.taken());
    EXPECT_EQ(once.log(), again.log());
    EXPECT_EQ(once.metrics(), again.metrics());
  }
}

std::vector<Trouble> troubles() {
  const Kind kinds[]{{"Inbound", kInbound},
                     {"Outbound", kOutbound},
                     {"EndedByTheBot", kEndedByTheBot, kWithoutAccount},
                     {"Warm", kEndedByTheBot, kWarm, 1, kSecondIsDialled}};
  const std::pair<const char*, Failure> ways[]{{"Throws", Failure::throws},
                                               {"ThrowsEarly", Failure::throws_early},
                                               {"Error", Failure::error},
                                               {"EndOfStream", Failure::end_of_stream},
                                               {"Stalls", Failure::stalls}};
  std::vector<Trouble> all;
  for (const auto& kind : kinds)
    for (const auto& [way, how] : ways) all.push_back({kind, way, how});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Of, FailEachStep, testing::ValuesIn(troubles()),
                         [](const auto& each) { return each.param.call.name + each.param.way; });

}  // namespace
}  // namespace scenarios::engine
