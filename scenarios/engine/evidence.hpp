#pragma once
#include "scenarios/engine/bridge_under_test.hpp"
#include "scenarios/engine/call_recording.hpp"
#include "scenarios/engine/http_server.hpp"
#include "scenarios/engine/journal.hpp"
#include "scenarios/engine/promql/samples.hpp"
#include "scenarios/engine/raised_alerts.hpp"
#include "scenarios/engine/timeline.hpp"
#include "scenarios/engine/visit.hpp"
#include "simulators/openai/facts.hpp"
#include "simulators/twilio/facts.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// One of the scenario's calls, as the fakes saw it.
struct CallEvidence {
  const simulators::twilio::CallFacts* call = nullptr;
  std::vector<const simulators::openai::SessionFacts*> sessions;  // that served it, in order
  std::string verdict;                                            // the truth
  std::string reason;                                             // empty: the evidence leaves it open
};

/// What became of the last process of a replica.
struct ReplicaFacts {
  bool running = false;          // when the scenario was over
  std::optional<int> exit_code;  // of one that had ended by then
};

/// Everything that expectations are judged by, once a run is over. What is pointed at outlives it.
struct Evidence {
  runtime::TimePoint started_at{};
  runtime::TimePoint finished_at{};
  std::vector<CallEvidence> calls;  // in the order of the scenario; fewer when some never came to be
  promql::Samples first, last;      // scrapes of bridge and fakes, before the first call and at the end
  const std::vector<Timeline::Point>* timeline = nullptr;              // each holds until the next
  const std::map<std::string, runtime::TimePoint>* moments = nullptr;  // first beginning of each name
  const std::deque<LogLine>* log = nullptr;
  const Journal* journal = nullptr;
  const std::deque<HttpServer>* http = nullptr;
  const Visits* visits = nullptr;
  std::map<std::size_t, ReplicaFacts> replicas;
  /// How late the harness itself was, at worst, between two moments; empty: never, in virtual time.
  std::function<runtime::Duration(runtime::TimePoint from, runtime::TimePoint to)> lag;
  std::map<std::string, std::vector<CallRecording>> recordings;  // by CallSid; read where somebody asks
  const RaisedAlerts* alerts = nullptr;                          // absent: nobody asked for them
  bool of_another_bridge = false;                                // somebody else's
  bool track_left_out = false;  // the scenario's config has a track, which this bridge was not given
  std::map<std::string, std::string> metric_names;  // its names for linecheck-bridge's: ours -> its
  bool log_in_our_words = true;                     // or it writes its own
  /// verify-twiml on what the bridge served first, under the scenario's rules; absent: it served nothing.
  std::optional<bool> twiml_carries_sound;
};

}  // namespace scenarios::engine
