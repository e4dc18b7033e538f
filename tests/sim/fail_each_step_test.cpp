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

using Steps = std::vector<std::string>;

const Steps kOfEveryCall{"dial api.openai.com",
                         "api.openai.com read",
                         "api.openai.com write",
                         "api.openai.com ping",
                         "api.openai.com close",
                         "request /ws/twilio-media",
                         "response /ws/twilio-media",
                         "twilio read",
                         "twilio write",
                         "twilio ping",
                         "request /webhook/stream_status",
                         "response /webhook/stream_status",
                         "request /webhook/call_status",
                         "response /webhook/call_status"};

struct Kind {
  std::string name;
  std::string scenario;
  Steps waits_for;             // besides
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

/// Where in its call the operation stands that fails.
struct Place {
  Place(const Steps& taken, std::size_t which)
      : number(which), what(taken.at(which - 1)), start(first(taken, 0, {"twilio read"})) {
    end = first(taken, start, {"api.openai.com close", "twilio close", "ask api.twilio.com"});
    session = first(taken, 0, {"api.openai.com write"});
  }
  static std::size_t first(const Steps& taken, std::size_t after, const std::set<std::string>& kinds) {
    const auto from = taken.begin() + static_cast<std::ptrdiff_t>(after);
    const auto found =
        std::find_if(from, taken.end(), [&](const auto& each) { return kinds.contains(each); });
    return static_cast<std::size_t>(found - taken.begin()) + 1;
  }
  /// What is told of an exception comes from the call's own sockets. That of a wait with a deadline, such as
  /// a ping of OpenAI's, is one that did not succeed, unless it comes before the wait.
  bool faults(const Trouble& trouble) const {
    const bool early = trouble.how == Failure::throws_early;
    if (trouble.how != Failure::throws && !early) return false;
    if (what == "api.openai.com ping") return early;
    if (what == "dial api.openai.com") return trouble.call.kept_ready == 0;
    return what == "api.openai.com read" || what == "api.openai.com write" || what.starts_with("twilio ");
  }
  bool running() const { return start < number && number < end; }
  /// The last step before its end may be one of it.
  bool open() const { return running() && number + 1 < end; }

  std::size_t number;
  std::string what;
  std::size_t start;    // Twilio's first message: before it is no call
  std::size_t end;      // the first step of the call's end
  std::size_t session;  // the first message to OpenAI
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

  /// The numbers of the operations that are made to fail. The second half of an exchange is not begun by
  /// anybody, and so cannot fail early.
  static std::set<std::size_t> chosen(const Steps& taken) {
    std::map<std::string, std::vector<std::size_t>> kinds;
    const bool early = GetParam().how == Failure::throws_early;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      const bool second = taken[i].starts_with("answer of ") || taken[i].starts_with("response ");
      if (!early || !second) kinds[taken[i]].push_back(i + 1);
    }
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
    EXPECT_EQ(conductor.fleet().exit_code(1), 0) << "a call had to be cut short";
  }
  void the_trouble_is_judged(const Trial& trial, const Place& place) const {
    const auto& conductor = trial.performance.conductor();
    const auto calls = conductor.twilio().calls();
    if (calls.size() < 2) {
      EXPECT_LT(place.number, place.start) << "it was never placed";
      return;
    }
    const auto sessions = pair_sessions(calls, conductor.openai().sessions()).at(1);
    TruthSettings settings;
    settings.openai_path_fails =
        GetParam().how == Failure::stalls && place.what.starts_with("api.openai.com");
    settings.openai_path_bytes = 0;  // a write that stalls has taken nothing
    const auto truth = find_truth(*calls[1], sessions, settings).verdict;
    const auto found = conductor.bridge_verdicts().find(calls[1]->sid);
    const std::string said = found == conductor.bridge_verdicts().end() ? "" : found->second.verdict;
    EXPECT_TRUE(said != "normal" || truth == "normal") << truth;
    if (place.number <= place.start) return;
    const auto how = GetParam().how;
    if (place.faults(GetParam()) && place.running()) {
      EXPECT_EQ(said, "bridge_fault");
      if (place.open()) both_are_told(*calls[1], sessions, place);
    } else if (how == Failure::throws || how == Failure::throws_early) {
      EXPECT_THAT(said, testing::AnyOf(truth, "bridge_fault"));
    } else if (how != Failure::stalls || !place.what.starts_with("twilio ")) {  // which Twilio does not see
      EXPECT_EQ(said, truth);
    }
  }
  static void both_are_told(const simulators::twilio::CallFacts& call,
                            const std::vector<const simulators::openai::SessionFacts*>& sessions,
                            const Place& place) {
    constexpr std::uint16_t kFault = 1011;
    ASSERT_NE(call.stream(), nullptr);
    EXPECT_EQ(call.stream()->bridge_close_code, kFault);
    // The connection whose read threw is gone, and before its first message there may be none yet.
    if (place.what == "api.openai.com read" || place.number <= place.session) return;
    ASSERT_FALSE(sessions.empty());
    ASSERT_TRUE(sessions.front()->close_received);
    EXPECT_EQ(sessions.front()->close_received->code, kFault);
  }
  void the_neighbour_is_well(const Trial& trial) const {
    const auto& conductor = trial.performance.conductor();
    const auto calls = conductor.twilio().calls();
    auto sessions = pair_sessions(calls, conductor.openai().sessions()).front();
    // One that nobody's audio came to, as behind a stall, is paired with whoever called at the time.
    ASSERT_FALSE(sessions.empty());
    sessions.resize(1);
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
  ASSERT_THAT(whole.steps.taken(), testing::IsSupersetOf(GetParam().call.waits_for));
  ASSERT_THAT(whole.steps.taken(), testing::IsSupersetOf(kOfEveryCall));
  the_neighbour_is_well(whole);
  for (const auto number : chosen(whole.steps.taken())) {
    SCOPED_TRACE("operation " + std::to_string(number) + ", " + whole.steps.taken().at(number - 1));
    const auto failed = trial(number);
    ASSERT_TRUE(failed.performance.over()) << failed.log();
    ASSERT_GE(failed.steps.taken().size(), number) << "nothing failed";
    the_call_is_over(failed);
    the_trouble_is_judged(failed, Place(whole.steps.taken(), number));
    the_neighbour_is_well(failed);
    if (HasFailure()) FAIL() << failed.log();
  }
}

TEST_P(FailEachStep, IsTheSameWhenItIsRunAgain) {
  const auto steps = trial(0).steps.taken().size();
  for (const auto number : {steps / 3, steps / 2}) {
    ASSERT_GT(number, 0U);
    const auto once = trial(number);
    ASSERT_GE(once.steps.taken().size(), number) << "nothing failed";
    const auto again = trial(number);
    EXPECT_EQ(once.steps.taken(), again.steps.taken());
    EXPECT_EQ(once.log(), again.log());
    EXPECT_EQ(once.metrics(), again.metrics());
  }
}

std::vector<Trouble> troubles() {
  const std::string came = "request /webhook/incoming_call", answered = "response /webhook/incoming_call";
  const Steps inbound{came, answered, "ask orders.example", "answer of orders.example"};
  const Steps outbound{"request /calls",
                       "response /calls",
                       "ask api.twilio.com",
                       "answer of api.twilio.com",
                       "request /webhook/outbound_call",
                       "request /webhook/transfer_ended"};
  const Steps ended_by_the_bot{came, answered, "twilio close", "request /webhook/stream_ended"};
  const Steps warm{came, answered, "ask api.twilio.com", "answer of api.twilio.com"};
  const Kind kinds[]{{"Inbound", kInbound, inbound},
                     {"Outbound", kOutbound, outbound},
                     {"EndedByTheBot", kEndedByTheBot, ended_by_the_bot, kWithoutAccount},
                     {"Warm", kEndedByTheBot, warm, kWarm, 1, kSecondIsDialled}};
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
