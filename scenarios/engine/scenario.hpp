#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/bridge_plan.hpp"
#include "scenarios/engine/expectation.hpp"
#include "scenarios/engine/http_plan.hpp"
#include "scenarios/engine/source.hpp"
#include "scenarios/engine/visitor_plan.hpp"
#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/script.hpp"
#include "simulators/twilio/script.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scenarios::engine {

/// One leg of the simulated network. Real time leaves it alone but for what the sockets can do. (Latency and
/// jitter of Twilio's leg are in the call's plan, and the same in both times.)
struct LineConditions {
  Duration latency{0};
  Duration jitter{0};
  std::optional<std::size_t> window_bytes;
};

/// Which service the bridge is pointed at.
enum class OpenAiApi { openai, azure, azure_preview };

/// How OpenAI's host answers a dial.
enum class HostState { up, refused, unresolved, unroutable, tls_failure };

/// With what somebody who is not Twilio opens a media stream at the bridge. They know what a call's own
/// stream began with.
enum class Intrusion {
  replay,        // all of it, once more
  no_token,      // without the <Parameter>s
  another_call,  // with them, for a call of another CallSid
  no_signature,  // without X-Twilio-Signature on the upgrade
};

/// Something that breaks below the protocols or inside of the program under test. (What Twilio's own end does
/// wrong is in the call's plan.)
struct Fault {
  enum class Leg { twilio, openai };
  enum class What {
    stall,           // the path carries nothing towards `leg`'s end or from it, as `towards` says
    reset,           // the connection is reset
    black_hole,      // nobody hears of the other any more, and nobody is told
    throw_in_write,  // the bridge's next write on that leg throws: a bug inside of it
    intrude,         // somebody who is not Twilio opens the call's stream as well
  };
  enum class Towards { both, bridge, peer };
  enum class Anchor {
    stream_started,   // Twilio sent `start`
    first_bot_frame,  // the first of the bridge's audio arrived at Twilio
    named,            // a step or a reply called `after` began
  };
  Mark at;
  Leg leg = Leg::twilio;
  What what = What::stall;
  Towards towards = Towards::both;
  Anchor anchor = Anchor::stream_started;
  std::string after;  // Anchor::named
  Duration in{0};     // that much later
  Intrusion with = Intrusion::replay;
  std::optional<Duration> lasts;  // stall: absent: for ever
  std::size_t call = 1;           // from 1
  std::string as;
};

/// An entry of `faults:`, for whoever asks whether it struck.
struct WrittenFault {
  Mark at;
  std::string what;                       // as written
  std::size_t call = 1;                   // from 1
  std::optional<std::size_t> in_plan;     // its place in that call's plan
  std::optional<std::size_t> in_network;  // its place in the scenario's `faults`
};

/// One of the scenario's calls. URLs, account and secrets of the plan are the runner's to fill in.
struct PlannedCall {
  Duration at{0};  // after the scenario's start
  simulators::twilio::CallPlan plan;
};

/// It may fail until that day, in UTC, has passed.
struct KnownFailing {
  std::string ticket;
  std::string until;  // 2027-03-31
};

/// A scenario as it runs: read, checked, every clip in memory. Plain data.
struct Scenario {
  std::shared_ptr<const Source> source;
  std::string name;  // of a matrix: with its values, normal[twilio_docs]
  std::string about;
  std::vector<std::string> tags;
  std::filesystem::path folder;  // of its file

  std::uint64_t seed = 1;                    // --seed wins
  Duration limit = std::chrono::minutes(2);  // it ends by then, whatever happens
  struct Times {
    bool in_virtual = true;
    bool in_real = true;
    std::string reason;  // why not the other
  } time;
  std::optional<KnownFailing> known_failing;

  /// Merged over the runner's own configuration of the bridge: JSON text of an object with the bridge's keys;
  /// file names inside are absolute. "{}" when the scenario sets none.
  std::string bridge_config = "{}";
  std::vector<ConfigPlace> config_places;  // of what the scenario sets
  BridgePlan bridge;
  /// Some rule answers `greeting`: the runner sets agent.greeting, unless bridge_config sets it.
  bool bridge_greets = false;
  /// bridge_config sets twiml.track: the runner leaves the track alone.
  bool sets_track = false;

  std::vector<PlannedCall> calls;  // at least one
  bool states_rules = false;       // track_rules: it is about these
  /// Twilio's rules that linecheck.yaml has instead of those that it is about; empty: none.
  std::string overruled;
  /// Outbound: the bridge must not place them, but answer POST /calls with this HTTP status.
  std::optional<int> placing_refused;
  std::vector<HttpServerPlan> http;  // `$http.NAME.url` in bridge_config stands for where each listens
  LineConditions twilio_line;
  Duration api_latency{0};  // of Twilio's REST API, for each request
  LineConditions openai_line;
  std::vector<Fault> faults;
  std::vector<WrittenFault> written_faults;  // all, in the order of the file
  std::vector<VisitorPlan> visitors;         // any: it runs at byte level

  HostState openai_host = HostState::up;
  /// The bridge is given a key that the fake does not know.
  bool openai_key_wrong = false;
  OpenAiApi openai_api = OpenAiApi::openai;
  simulators::openai::Behaviour openai;
  simulators::openai::Script model;
  bool model_per_session = false;  // several calls: each session plays the script from its beginning

  std::vector<Expectation> expectations;
  /// All alerts that fire during it: an expectation as well; and tests for promtool, see promtool_input().
  std::optional<std::vector<ExpectedAlert>> alerts;
  /// Metrics that are kept over time besides those whose course the expectations ask for.
  std::set<std::string> watched;
  /// They are looked at no oftener: a picture of half an hour needs no point every 20 ms.
  runtime::Duration watched_every{0};
};

}  // namespace scenarios::engine
