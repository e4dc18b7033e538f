#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/holds.hpp"
#include "simulators/openai/facts.hpp"
#include "simulators/twilio/facts.hpp"

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What really became of one response, from what the fakes sent, received and played. Lengths in mu-law
/// samples.
struct ResponseTruth {
  const simulators::openai::ResponseFacts* response = nullptr;
  std::size_t generated = 0;  // audio that the model sent
  std::size_t arrived = 0;    // of it, verbatim, at Twilio
  std::size_t played = 0;     // of it, verbatim, out of the handset
  std::size_t discarded = 0;  // of what arrived: thrown away by Twilio ahead of a mark that came back
  std::string verdict;        // excused, silent, stuck, unconfirmed, heard; empty: never judged
  std::string reason;
  runtime::TimePoint judged_at{};  // when the evidence was in
};

/// A response of which nothing had come by its deadline: silent, whatever came later.
struct MissedDeadline {
  std::string reason;
  runtime::TimePoint at{};
};

/// The verdict that the evidence of the fakes alone supports: no word of the bridge's enters it.
struct CallTruth {
  std::string verdict;
  std::string reason = {};  // empty: any
  std::vector<ResponseTruth> responses = {};
  std::vector<MissedDeadline> missed = {};
};

/// What the truth must know of the bridge, such as how long it may leave a due response without audio, and of
/// the scenario.
struct TruthSettings {
  runtime::Duration response_start_timeout = std::chrono::seconds(5);
  runtime::Duration mark_patience = std::chrono::seconds(2);  // or four round trips
  runtime::Duration resume_within = std::chrono::seconds(2);  // a connection that takes nothing
  /// So many bytes of its messages a connection to Twilio takes that Twilio reads nothing from.
  std::size_t path_bytes = std::numeric_limits<std::size_t>::max();
  /// Likewise of a connection to OpenAI.
  std::size_t openai_path_bytes = std::numeric_limits<std::size_t>::max();
  bool openai_path_fails = false;  // the scenario holds up what goes there
  bool forged = false;             // the webhooks are not signed as Twilio signs them
  /// When the scenario first sent SIGTERM: only from then on may the bridge send a call away with 503.
  std::optional<runtime::TimePoint> draining_since;
  Holds holds = {};  // of its process
  bool ours = true;  // linecheck-bridge: it closes a stream with 1008 that it does not admit
};

/// `sessions`: those that served this call, in order.
CallTruth find_truth(const simulators::twilio::CallFacts& call,
                     const std::vector<const simulators::openai::SessionFacts*>& sessions,
                     const TruthSettings& settings);

}  // namespace scenarios::engine
