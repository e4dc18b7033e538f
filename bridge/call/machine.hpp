#pragma once
#include "bridge/call/caller_audio.hpp"
#include "bridge/call/dialogue.hpp"
#include "bridge/call/model_leg.hpp"
#include "bridge/call/recording.hpp"
#include "bridge/call/tally.hpp"
#include "bridge/call/way_on.hpp"
#include "bridge/openai/events.hpp"
#include "bridge/twilio/stream.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::call {

struct CallJudgement {
  CallVerdict verdict;
  Reason reason;
};

/// How a call is to end, once that is decided.
struct Ending {
  std::string by;  // "caller", "network", "bridge", "openai", "drain", "limit", "fault", "transfer", "api"
  std::uint16_t twilio_code = 1000;
  std::uint16_t openai_code = 1000;
};

/// One call without sockets and timers: messages of both peers and the time in, messages for both out. All of
/// a call's state lives here from its first moment. Its owner carries bytes; it decides.
class Machine {
 public:
  Machine(Instruments& instruments, spdlog::logger& log, runtime::Random& random);

  // Twilio's leg.
  /// The decoded `start`, when this message was the one: the owner decides on admission.
  std::optional<twilio::Start> twilio_message(std::string_view payload, bool binary, runtime::TimePoint now);
  /// A message above the size limit ended the connection to `peer` ("twilio", "openai"): there is no reading
  /// on.
  void too_big(std::string_view peer);
  /// Its connection ended in frames that break RFC 6455.
  void broke_frames(std::string_view peer);
  /// The stream is admitted: from now on this is a call, and it goes as `settings` say. `wall`: the time of
  /// day at `now`.
  void begin(const twilio::Start& start, Settings settings, runtime::TimePoint now,
             runtime::WallTime wall = {});
  /// The call's; before begin() the defaults.
  const Settings& settings() const { return settings_; }
  void twilio_ended();
  std::size_t to_twilio(std::vector<Outgoing>& batch, std::size_t most, runtime::TimePoint now);
  /// Is there anything for to_twilio() to render?
  bool owes_twilio(runtime::TimePoint now) const { return begun() && !stopped() && speaker_.due(now); }
  void twilio_took(const Outgoing& message, runtime::TimePoint now);
  void twilio_unacked(std::size_t bytes) { speaker_.unacked(bytes); }

  // OpenAI's leg: connections by their number.
  bool wants_dial(runtime::TimePoint now) const { return !ending_ && leg_.wants_dial(now); }
  LinkNo take_dial(runtime::TimePoint now) { return leg_.take_dial(now); }
  void model_connected(LinkNo link, runtime::TimePoint now) { leg_.connected(link, now); }
  void model_dial_failed(LinkNo link, const DialFailure& failure, runtime::TimePoint now);
  void model_message(LinkNo link, std::string_view payload, bool binary, runtime::TimePoint now);
  void model_closed(LinkNo link, int close_code, std::string_view reason, runtime::TimePoint now);
  /// The connection carries nothing any more, and does not say so.
  void model_dead(LinkNo link, runtime::TimePoint now);
  /// The next message for OpenAI on `link`, rendered into `out`. False: nothing to send.
  bool to_model(LinkNo link, std::string& out, runtime::TimePoint now) { return leg_.next(link, out, now); }
  void model_took(LinkNo link, runtime::TimePoint now) {
    if (leg_.took(link, now)) ++tally_.appends_to_model;
  }
  /// The session on this connection is of no use any more: the owner closes it.
  bool session_over(LinkNo link) const { return !leg_.knows(link); }

  // The model's functions.
  std::optional<ToolTask> take_tool_task() { return dialogue_.tools().take_task(); }
  void tool_finished(ToolNo no, ToolResult result, runtime::TimePoint now);
  /// Where a transfer leads.
  WayOn transfer_of(const ToolTask& task) const;
  /// The stream is to be closed for a transfer, which Twilio makes when the call comes back.
  void transfer_by_closing(const ToolTask& task);
  /// Where the call goes from here. After its end.
  WayOn way_on() const;

  void tick(runtime::TimePoint now);
  /// Its sound so far, as long as it is recorded; none: it is not.
  Recording* recording() { return recording_ ? &*recording_ : nullptr; }
  void end(Ending ending);
  /// Likewise, by the bridge, whatever is being said: counts and logs speech that the caller does not hear.
  void cut(Ending ending, runtime::TimePoint now);
  /// That is how it ended, and not before by itself.
  bool cut_by(std::string_view what) const { return cut_ && ending_->by == what; }
  /// The call has to be over by `latest`, whatever its settings say.
  void end_by(runtime::TimePoint latest, runtime::TimePoint now);
  const std::optional<Ending>& ending() const { return ending_; }
  /// Twilio said `stop`: it will close the socket itself, and doing so first would be an error in its log.
  bool stopped() const { return stream_.stopped(); }
  bool begun() const { return begun_at_.has_value(); }

  /// The call is over: books what is left and judges. `fault`: an exception ended it.
  CallJudgement finish(bool fault, runtime::TimePoint now);
  const std::string& call_sid() const { return call_sid_; }
  std::int64_t tokens() const { return leg_.tokens(); }
  const std::string& prefix() const { return prefix_; }
  const Tally& tally() const { return tally_; }

 private:
  void end_without_model();
  void keep_to_budget(runtime::TimePoint now);
  void keep_to_time(runtime::TimePoint now);
  void count_breach(std::string_view peer, std::string_view kind, const std::string& detail);
  void twilio_event(const twilio::Message& message, runtime::TimePoint now);
  runtime::Duration uncertainty() const;
  CallJudgement verdict(bool fault) const;

  Settings settings_;  // written once, by begin(); the parts below refer to it
  Instruments& count_;
  spdlog::logger& log_;
  Markers markers_;
  twilio::Stream stream_;
  openai::Decoder decoder_;
  CallerAudio caller_;
  Speaker speaker_;
  Outbox outbox_;
  Dialogue dialogue_;
  ModelLeg leg_;
  Tally tally_;
  std::string prefix_;
  std::string call_sid_;
  std::set<std::string> breaches_logged_;  // "peer kind": once per call; closed sets, so bounded
  std::optional<runtime::TimePoint> begun_at_;
  std::optional<Ending> ending_;
  struct Leaving {
    runtime::TimePoint told, latest;
  };
  std::optional<Leaving> leaving_;  // the bridge is
  std::optional<Recording> recording_;
  std::optional<WayOn> transfer_;
  bool cut_ = false;
  bool budget_spent_ = false;
  std::optional<runtime::TimePoint> caller_blocked_at_;  // when his way to the model was last seen blocked
};

}  // namespace bridge::call
