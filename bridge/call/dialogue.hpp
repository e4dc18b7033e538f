#pragma once
#include "bridge/call/caller_turn.hpp"
#include "bridge/call/idle.hpp"
#include "bridge/call/keys.hpp"
#include "bridge/call/outbox.hpp"
#include "bridge/call/redial.hpp"
#include "bridge/call/response.hpp"
#include "bridge/call/speaker.hpp"
#include "bridge/call/speech_meter.hpp"
#include "bridge/call/texts.hpp"
#include "bridge/call/tools.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spdlog {
class logger;
}

namespace bridge::call {

/// The turns of one call: which responses are due, what came of each, barge-in, the watchdog and its retry,
/// tools, and the verdicts. Sans-IO: events and the time in, requests into the outbox, audio into the
/// speaker.
class Dialogue {
 public:
  Dialogue(const Settings& settings, Instruments& instruments, Speaker& speaker, Markers& markers,
           Outbox& outbox, spdlog::logger& log, runtime::Random& random);

  /// "call=CA... ": stands before every log line and in every event id.
  void identify(std::string call);

  void session_ready(runtime::TimePoint now);
  /// Active responses will never be done; what was asked for is asked again when a session is ready.
  void session_lost(runtime::TimePoint now);
  /// `uncertainty`: how far the playback clock may be ahead of the ear.
  void handle(const openai::Event& event, runtime::Duration uncertainty, runtime::TimePoint now);
  void tick(runtime::Duration uncertainty, runtime::TimePoint now);
  /// The caller's audio as it passes.
  void hear(std::string_view mulaw, runtime::TimePoint now);
  /// The caller pressed a key.
  void key(char key, runtime::Duration uncertainty, runtime::TimePoint now);
  /// The call has to end soon: the model says goodbye. Once.
  void say_goodbye(runtime::TimePoint now);
  /// It was said, and played.
  bool said_goodbye() const { return said_goodbye_; }
  /// The call is to end, after what is being said, and `clip` if there is one. One that leaves already leaves
  /// as it was to, or, where it cannot, ends then.
  void end_politely(const std::optional<runtime::audio::Clip>& clip, runtime::TimePoint now);
  /// The call is over: judges what is still open.
  void finish(runtime::TimePoint now);

  /// Why the session is of no use any more and must be dialled anew; empty: it is alive. Reset by
  /// session_lost().
  std::string_view session_fault() const { return session_fault_; }
  /// The call is to end, and its last word was played.
  bool wants_hang_up() const { return hang_up_ready_ || tools_.hangs_up(); }
  /// The model cannot answer, or has not answered: the call ends as when OpenAI is gone.
  bool model_gone() const { return model_gone_; }
  /// The call leaves when its last word was played, be it a clip: it needs no session for that.
  bool leaves_without_session() const { return (tools_.leaving() || ending_since_) && !pending_; }
  Tools& tools() { return tools_; }
  bool ever_due() const { return ever_due_; }
  /// A response was due, and nothing of the model has been audible since.
  bool owes_answer() const { return owes_answer_; }
  /// The item that has been taken out of the conversation since the last look, for it was no turn.
  std::optional<openai::ItemId> take_noise() { return std::exchange(noise_, std::nullopt); }
  /// What was heard of speech that was cut short since the last look, and that the session cannot truncate:
  /// an earlier one made it.
  std::vector<Cut> take_old_cuts() { return std::exchange(old_cuts_, {}); }
  /// Nothing is being said, asked for or done: another session could go on from here.
  bool at_rest() const;
  /// The last response that was judged silent, stuck, unconfirmed or heard.
  const std::optional<Judgement>& last_judged() const { return last_judged_; }
  runtime::TimePoint last_judged_due_at() const { return last_judged_due_at_; }
  /// A response has been due for 3 s and nothing of it was sent.
  bool silent_now() const { return silent_now_; }

 private:
  void on(const openai::SpeechStarted& event, runtime::Duration uncertainty, runtime::TimePoint now);
  void on(const openai::SpeechStopped& event, runtime::TimePoint now);
  void on(const openai::Committed& event, runtime::TimePoint now);
  void on(const openai::IdleTimeout& event, runtime::TimePoint now);
  void on(const openai::ResponseCreated& event, runtime::TimePoint now);
  void on(const openai::OutputItemAdded& event, runtime::TimePoint now);
  void on(const openai::AudioDelta& event, runtime::TimePoint now);
  void on(const openai::AudioDone& event, runtime::TimePoint now);
  void on(const openai::TranscriptDelta& event, runtime::TimePoint now);
  void on(const openai::TextDelta& event, runtime::TimePoint now);
  void on(const openai::FunctionCall& event, runtime::TimePoint now);
  void on(const openai::ItemAdded& event, runtime::TimePoint now);
  void on(const openai::ResponseDone& event, runtime::TimePoint now);
  void on(const openai::ApiError& event, runtime::TimePoint now);
  void on(const openai::ResponseGoesOn& event, runtime::TimePoint now);

  Response& add(bool ours, bool retry, runtime::TimePoint now);
  Response* find(const openai::ResponseId& id);
  Response& of(const openai::ResponseId& id, runtime::TimePoint now);
  Response* touch(const openai::ResponseId& id, runtime::TimePoint now);
  Response* active();
  bool remembered_as_cancelled(const openai::ResponseId& id) const;
  void cut_short(Response& response, CutShort by, runtime::TimePoint now);
  void remember_cancelled(const openai::ResponseId& id);
  void send_cancel(Response& response, runtime::TimePoint now);
  void drop_late(const openai::AudioDelta& event);
  void interrupt(CallerDrop reason, runtime::Duration uncertainty, runtime::TimePoint now);
  void ask_anew(const Response& response, runtime::TimePoint now);
  void ask_for_response(bool retry, Purpose purpose, runtime::TimePoint now);
  void flush_create(runtime::TimePoint now);
  void send_create(const Response& response);
  bool one_is_under_way(runtime::TimePoint now);
  void refused(Response& response, runtime::TimePoint now);
  void take_back(Response& response, runtime::TimePoint now);
  void take_back_refused(runtime::TimePoint now);
  Response* asked_as(const std::string& tag);
  Response& or_its_retry(Response& response);
  bool over_unannounced(const openai::ResponseDone& event, runtime::TimePoint now);
  void barge_in(CutShort by, runtime::Duration uncertainty, runtime::TimePoint now);
  /// Must what the bot says now be said to its end?
  bool protected_now(runtime::TimePoint now);
  CallerTurn::Rules floor_rules(runtime::TimePoint now);
  void inject(std::string text, Purpose purpose, runtime::TimePoint now);
  void tell_again(runtime::TimePoint now);
  void send_texts();
  void watch_conversation(runtime::Duration uncertainty, runtime::TimePoint now);
  void watch_quiet(runtime::TimePoint now);
  void fire(Response& response, Stage stage, runtime::TimePoint now);
  void retry_or_fall_back(const Response& response, runtime::TimePoint now);
  void ask_unless_caller_speaks(const Response& response, runtime::TimePoint now);
  bool asked_after_limit(const Response& response, runtime::TimePoint now);
  void give_up_model(runtime::TimePoint now);
  void play(const std::optional<runtime::audio::Clip>& clip, runtime::TimePoint now);
  void settle(Response& response);
  void settle(Response& response, Judgement judgement);
  void settle_tools(runtime::TimePoint now);
  void end_untold(runtime::TimePoint now);
  void watch_tools(runtime::TimePoint now);
  bool last_word_over(runtime::TimePoint since, runtime::TimePoint now);
  void look_after(runtime::TimePoint now);
  void watch_silence(runtime::TimePoint now);
  std::string event_id();

  const Settings& settings_;
  Instruments& count_;
  Speaker& speaker_;
  Markers& markers_;
  Outbox& outbox_;
  spdlog::logger& log_;
  std::string prefix_;
  std::string call_;

  std::deque<Response> responses_;  // bounded: judged ones leave at the front
  std::deque<openai::ResponseId>
      cancelled_response_ids_;  // bounded; a late delta of one of these is never played
  ResponseNo next_ = 1;
  std::uint64_t next_event_ = 1;
  struct PendingCreate {
    bool retry = false;
    Purpose purpose = Purpose::turn;
    runtime::TimePoint asked{};
    runtime::TimePoint not_before{};  // a rate limit's wait, or the caller's chance to speak first
    bool after_limit = false;
  };
  bool superseded(const PendingCreate& pending, CutShort by) const;
  std::optional<PendingCreate> pending_;  // kept until no other response is under way
  Texts texts_;
  CallerTurn turn_;
  SpeechMeter meter_;
  Keys keys_;
  Idle idle_;
  std::optional<openai::ItemId> silence_;  // that the service is about to commit as a turn
  Tools tools_;
  Redial limits_;                                             // of the turn's tries that met a rate limit
  std::vector<std::pair<ToolNo, ResponseNo>> keys_sounding_;  // bounded: by what is pending in tools_
  bool ready_ = false;
  bool greeted_ = false;
  bool ever_due_ = false;
  bool owes_answer_ = false;
  std::optional<runtime::TimePoint> owed_since_;  // its session was lost, and none has answered since
  std::optional<openai::ItemId> noise_;
  ResponseNo first_of_session_ = 1;
  std::vector<Cut> old_cuts_;  // bounded: by what is being played
  bool model_gone_ = false;
  std::string_view session_fault_;
  std::optional<runtime::TimePoint> ending_since_;      // a polite end was asked for
  std::optional<runtime::audio::Clip> unsaid_goodbye_;  // of that end: the call leaves in another way
  bool hang_up_ready_ = false;  // its last word was played, or nobody has spoken for too long
  bool silent_now_ = false;
  bool goodbye_asked_ = false;
  bool said_goodbye_ = false;
  std::optional<Judgement> last_judged_;
  runtime::TimePoint last_judged_due_at_{};
};

}  // namespace bridge::call
