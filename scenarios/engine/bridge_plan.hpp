#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/source.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// Where a value of the bridge's configuration stands in the scenario's file.
struct ConfigPlace {
  std::string pointer;  // JSON pointer from the configuration; empty: all of it
  Mark key, value;
};

/// Something that is done to the bridge's process, as an operator or a machine would.
struct BridgeEvent {
  enum class What {
    sigterm,    // it drains and ends by itself
    kill,       // SIGKILL: it is gone at once, with all that it knew
    start,      // a process begins; under a number that ran before: it is started again
    reload,     // SIGHUP, after its configuration file was written anew
    end_calls,  // an operator finds the calls that stream there, and ends each: GET and DELETE /calls
    hold,       // it runs nothing for a while: SIGSTOP, then SIGCONT
  };
  /// It may end calls that go on.
  bool ends_a_process() const { return what == What::sigterm || what == What::kill || what == What::start; }
  Mark at;
  What what = What::sigterm;
  std::size_t replica = 1;
  std::string after;           // a step, reply, fault or request by its name; empty: the scenario's start
  runtime::Duration in{0};     // that much later
  std::string config = "{}";   // start, reload: JSON merged over the bridge's configuration
  bool broken = false;         // reload: of a file that is no configuration
  runtime::Duration lasts{0};  // hold: for so long
  std::optional<runtime::Duration> every =
      {};  // hold: again and again, from the beginning of one to the next,
  std::optional<runtime::Duration> until = {};  // as long as it begins before this, counted as `in` is
  std::vector<ConfigPlace> config_places;
  std::string as;
};

/// The processes of the bridge under test and how requests reach them.
struct BridgePlan {
  /// What is expected holds of somebody else's bridge as well, which is not told the configuration.
  bool any_bridge = false;
  bool records = false;      // some configuration of it names recording.folder
  std::size_t replicas = 1;  // that run from the start, numbered from 1
  std::vector<BridgeEvent> events;
  /// Where the balancer sends what, while that replica is ready; absent: one after the other.
  struct Routes {
    std::optional<std::size_t> webhook;   // the voice webhooks
    std::optional<std::size_t> stream;    // media streams
    std::optional<std::size_t> callback;  // everything else that Twilio asks
  } routes;

  bool any(BridgeEvent::What what) const {
    return std::ranges::any_of(events, [&](const BridgeEvent& event) { return event.what == what; });
  }
  /// Nothing that a process would have to answer happens to it.
  bool only_holds() const {
    return std::ranges::all_of(
        events, [](const BridgeEvent& event) { return event.what == BridgeEvent::What::hold; });
  }
  /// The highest number that ever runs.
  std::size_t most() const {
    std::size_t most = replicas;
    for (const auto& event : events) most = std::max(most, event.replica);
    return most;
  }
  /// Then series carry the label `replica`.
  bool several() const { return most() > 1; }
};

}  // namespace scenarios::engine
