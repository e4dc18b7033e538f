#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::diagnosis {

using Count = std::uint64_t;

/// What is known of one call, or of everything that a source told without naming calls. A number that its
/// source cannot show is absent, and absent is not zero: the markers of a log say nothing of marks.
struct Evidence {
  static constexpr std::size_t kCrashes = 3;
  static constexpr std::size_t kNames = 16;  // kept of each kind that a log may bring without end

  // The caller's voice, on its way to the model.
  std::optional<Count> caller_frames;     // media frames received from Twilio
  std::optional<Count> appends;           // handed to OpenAI
  std::optional<double> queued_to_model;  // samples at 8 kHz that wait for OpenAI now

  // The model's voice, on its way to the caller.
  std::optional<Count> deltas;       // [RX_AUDIO_DELTA], or the counter
  std::optional<Count> delta_bytes;  // as the markers or the counter give them
  std::optional<Count> frames;       // sent to Twilio
  std::optional<Count> marks_sent, marks_played, marks_early, marks_cleared;
  std::optional<double> unacked_bytes;  // taken by the kernel, not by Twilio
  std::optional<double> calls_active;   // with an open stream now
  std::optional<double> silent_now;     // calls in which a response has been due for 3 s and nothing was sent

  // What the bridge judged itself.
  std::map<std::pair<std::string, std::string>, Count> call_verdicts;      // verdict, reason
  std::map<std::pair<std::string, std::string>, Count> response_verdicts;  // verdict, reason
  std::map<std::string, Count> watchdog;                                   // by stage
  std::map<std::string, Count> openai_failures;                            // by code
  std::optional<Count> tracks_refused;                                     // Twilio's 31941

  // Before there was any sound.
  std::optional<Count> calls_started;            // in a log: streams
  std::optional<Count> calls_came;               // of those, the ones that somebody answers at once
  std::map<std::string, Count> calls_refused;    // at the webhook, by reason
  std::map<std::string, Count> streams_refused;  // by reason
  std::string track_rules = "twilio_docs";       // of a live account: its documentation's
  std::optional<Count> signature_failures;       // in metrics: wrong ones
  std::optional<Count> unsigned_requests;        // in metrics alone
  std::optional<Count> connections_refused;      // for limits.connections
  std::optional<Count> webhooks_failed;          // answered with an error of the bridge's own
  std::optional<double> draining;                // processes that take no new calls now

  // Calls without an end, of which nothing came once a process began anew. In metrics: those that were last
  // seen to go on before it.
  std::optional<Count> calls_cut;
  std::optional<Count> restarts;  // of the process, within the time that metrics are looked at
  std::optional<Count> vanished;  // processes that were not scraped any more, before that time ended

  bool streams_elsewhere = false;  // bridges beside this one had streams, which may be those of its calls

  // What only a log can say.
  std::set<std::string> twilio_codes;   // of its warnings and errors about a call
  std::set<std::string> tracks;         // TWIML_TRACK=
  std::set<std::string> missing_state;  // attributes of a call used before they existed
  std::vector<std::string> crashes;     // other ends by exception, as logged; at most 3
  bool inbound_path_only = false;       // the pipeline announced one path, and it is the caller's
  Count open_batches = 0;   // calls of which frames were seen: each may be in the middle of a batch
  bool by_markers = false;  // frames are known to the last batch of 50, and deltas may be thinned out
  std::map<std::string, std::string> sample;  // kind of line -> the first of it, for the report

  /// One more name of a kind, while there is room.
  static void keep(std::set<std::string>& names, const std::string& name);
  /// Adds what `other` knows; where both know a number, the sum.
  void add(const Evidence& other);
  bool judged() const { return !call_verdicts.empty() || !response_verdicts.empty(); }
  /// A path back to the caller was never announced, and nothing went that way.
  bool one_way() const { return inbound_path_only && frames.value_or(0) == 0; }
  /// Bytes of the model's sound that did not become frames; the least, since the last batch of frames and
  /// some deltas may be missing in a log.
  Count unsent_bytes() const;
  /// More of it than what is on its way at any time.
  bool worth_telling_unsent() const;
  /// Nothing of any call was seen. Whether there was none depends on the source: see calls_started.
  bool without_calls() const;
};

}  // namespace scenarios::diagnosis
