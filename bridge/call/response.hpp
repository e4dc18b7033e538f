#pragma once
#include "bridge/call/instruments.hpp"
#include "bridge/call/part.hpp"
#include "bridge/call/settings.hpp"
#include "bridge/call/speaker.hpp"
#include "bridge/call/verdict.hpp"
#include "bridge/openai/events.hpp"
#include "runtime/core/time.hpp"
#include "runtime/core/units.hpp"

#include <optional>
#include <string>

namespace bridge::call {

struct Judgement {
  ResponseVerdict verdict;
  Reason reason;
};

/// Who cut a response short. `keys`: the caller, who pressed one; the service knows nothing of it.
enum class CutShort { no, barge_in, keys, server, watchdog, too_long, session_lost };

/// What a response is for.
enum class Purpose { turn, greeting, prompt, farewell };

/// One response from the moment it is due: what was promised, what came, and how it was judged.
struct Response {
  ResponseNo no = 0;
  openai::ResponseId id;  // empty until response.created
  bool ours = false;      // asked for by a response.create of ours
  bool retry = false;     // of a turn whose first response failed
  Purpose purpose = Purpose::turn;
  bool refused = false;   // the create met an active response: nothing comes of it
  unsigned refusals = 0;  // by a response that the service has not announced: the same create is repeated,
  std::optional<runtime::TimePoint> ask_again_at;  // from then on
  bool after_limit = false;                        // asked for again after a rate limit
  bool judged_kind = true;                         // audio, in the conversation: others are never judged
  runtime::TimePoint due_at{};
  std::optional<runtime::TimePoint> created_at, transcript_at, first_audio_at, last_event_at, done_at;
  bool audible = false;      // some of its audio rose above -60 dBFS
  unsigned undecodable = 0;  // deltas that were no audio
  bool text = false;
  bool tool = false;
  bool message = false;
  openai::ResponseStatus status = openai::ResponseStatus::unknown;
  std::string error_code;
  std::string error_message;
  std::string status_reason;
  CutShort cut_short = CutShort::no;               // from then on what still comes is dropped
  std::optional<runtime::TimePoint> cancelled_at;  // by us, or by the service for the caller's speech
  std::optional<Stage> fired;                      // watchdog
  std::optional<Judgement> judgement;

  /// The service tells of it.
  void begins(const openai::ResponseId& as, runtime::TimePoint now) {
    id = as;
    created_at = now;
  }
  bool active() const { return created_at && !done_at; }
  bool open() const { return !judgement && judged_kind; }
  /// Due, and nothing has been heard of it.
  bool waits() const { return id.value().empty() && !done_at && cut_short == CutShort::no && !fired; }
  /// Likewise, behind one that the service has not announced.
  bool waits_behind_another() const { return refusals > 0 && waits(); }
  /// It will begin by itself: asked for, or the service's own answer to a turn.
  bool expected(runtime::Duration start_timeout, runtime::TimePoint now) const;
};

/// The watchdog: which of its stages is due for `response` at `now`, if any. Pure.
/// `silent_since`: since when the caller hears nothing of what was sent; absent while he does.
std::optional<Stage> due_stage(const Response& response, const Settings& settings,
                               std::optional<runtime::TimePoint> silent_since, runtime::TimePoint now);

/// What the evidence supports so far, by the table of design.md ("Verdicts"): the first row that holds. Pure.
std::optional<Judgement> judge(const Response& response, const Spoken& spoken);
/// The same at the end of the call, when no more evidence will come.
Judgement judge_at_end(const Response& response, const Spoken& spoken);

}  // namespace bridge::call
