#pragma once
#include "scenarios/engine/truth.hpp"
#include "scenarios/engine/truth_path.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace scenarios::engine {

inline constexpr std::size_t kEvidence = 3200;  // samples, 400 ms: less says nothing
/// At most between Twilio and the caller's ear.
inline constexpr runtime::Duration kHandset = std::chrono::milliseconds(400);

/// What stood around one response.
struct Circumstances {
  const simulators::openai::SessionFacts& session;
  const simulators::twilio::StreamFacts* stream;
  const TruthSettings& settings;
  const std::vector<runtime::TimePoint>& keys;           // as the bridge learned of them
  const std::vector<runtime::TimePoint>& interruptions;  // the caller spoke, or pressed a key
  runtime::TimePoint end;
  runtime::TimePoint learned;  // when the bridge learned of the end
  runtime::TimePoint cut;
};

/// When the bridge learns that the call is over. What was said before comes before that, or the connection is
/// cut.
runtime::TimePoint learned_by_the_end(const simulators::twilio::StreamFacts& stream, runtime::TimePoint end);
/// When the client knew that nothing more would come of it.
runtime::TimePoint told_over(const simulators::openai::ResponseFacts& response,
                             const simulators::openai::SessionFacts& session);
/// Nothing of it had come by its deadline, which is a verdict by itself: what came later is judged as the
/// turn's next try.
std::optional<MissedDeadline> missed_deadline(const simulators::openai::ResponseFacts& response,
                                              const Circumstances& around);
/// By the table of docs/verdicts.md. `path`: its audio's way to Twilio; null: there was no stream.
void judge(ResponseTruth& truth, const Circumstances& around, const Path* path);

}  // namespace scenarios::engine
