#pragma once
#include "bridge/call/caller_audio.hpp"
#include "bridge/call/dialogue.hpp"
#include "bridge/call/history.hpp"
#include "bridge/call/hold.hpp"
#include "bridge/call/open_turn.hpp"
#include "bridge/call/redial.hpp"
#include "bridge/call/transcoder.hpp"
#include "bridge/openai/events.hpp"
#include "bridge/openai/refusal.hpp"
#include "bridge/openai/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::call {

/// The connections of a call to OpenAI, numbered from 1 in the order of their dials.
using LinkNo = std::uint32_t;

/// Why a dial brought no connection.
struct DialFailure {
  std::string_view code;    // label of voicebridge_openai_failures_total
  openai::Refusal refusal;  // in the peer's words, or the transport's
};

/// A call's side towards OpenAI: which session carries the conversation, which is being set up, when one is
/// dialled again and when the call has to do without. A session lives for an hour at most: before its end
/// another is made ready beside it, and takes over, with the conversation so far, when nobody is speaking.
/// Sans-IO: whoever owns it has the connections.
class ModelLeg {
 public:
  struct Parts {
    CallerAudio& caller;
    Speaker& speaker;
    Dialogue& dialogue;
    Outbox& outbox;
  };
  ModelLeg(const Settings& settings, Instruments& instruments, spdlog::logger& log, runtime::Random& random,
           Parts parts);

  /// The call has begun: a session is wanted. `prefix` stands before every log line; `wall` is the time of
  /// day at `now`, in which the service says when a session expires.
  void begin(const std::string& call_sid, const std::string& stream_sid, const std::string& prefix,
             runtime::TimePoint now, runtime::WallTime wall);

  bool wants_dial(runtime::TimePoint now) const { return dial_at_ && *dial_at_ <= now; }
  /// The number of the connection to be dialled now.
  LinkNo take_dial(runtime::TimePoint now);
  /// The dial of `link` brought a connection.
  void connected(LinkNo link, runtime::TimePoint now);
  void dial_failed(LinkNo link, const DialFailure& failure, runtime::TimePoint now);
  /// Is anything that comes on `link` still of use? If not, its owner closes it.
  bool knows(LinkNo link) const;
  void event(LinkNo link, const openai::Event& event, runtime::Duration uncertainty, runtime::TimePoint now);
  void closed(LinkNo link, int close_code, std::string_view reason, runtime::TimePoint now);
  /// Nothing comes on `link` any more, not even an answer to a ping.
  void died(LinkNo link, runtime::TimePoint now);
  /// The next message for OpenAI on `link`, rendered into `out`. False: nothing to send.
  bool next(LinkNo link, std::string& out, runtime::TimePoint now);
  /// True: what the connection took was audio of the caller.
  bool took(LinkNo link, runtime::TimePoint now);

  void tick(runtime::TimePoint now);
  /// The call is over, whatever is still open.
  void finish();

  /// There is no session and none will be dialled: the call cannot go on.
  bool gone() const { return gone_; }
  /// What the call's responses have cost.
  std::int64_t tokens() const { return tokens_; }
  /// Nothing more of the caller is passed on: the call is being ended.
  void deafen() { deaf_ = true; }
  bool ever_ready() const { return ever_ready_; }
  /// Why the last attempt failed.
  const std::optional<openai::Session::Failure>& failure() const { return failure_; }

 private:
  /// What a session is asked to be: its settings, and the functions that the agent has.
  static openai::SessionSettings session_settings(const Settings& settings);
  struct Line {
    Line(LinkNo number, const Settings& settings, const std::string& call, runtime::TimePoint now)
        : no(number), session(session_settings(settings), call), dialled_at(now) {}
    bool ready() const { return session.phase() == openai::Session::Phase::ready; }

    LinkNo no;
    openai::Session session;
    Outbox opening;  // what makes the session ours; goes before anything else
    runtime::TimePoint dialled_at;
    std::optional<runtime::TimePoint> connected_at;
    bool audio_in_flight = false;
    std::size_t repeat_in_flight = 0;             // bytes of what is said again
    std::optional<runtime::TimePoint> rotate_at;  // from then on another is made ready
    std::string last_error;                       // code of the last error event
    struct Limit {
      runtime::TimePoint told_at;
      std::optional<runtime::TimePoint> until;  // as it asked; it may not have
    };
    std::optional<Limit> limit;            // the last rate limit that was told
    std::optional<Transcoder> transcoder;  // since it is ready
    openai::ItemId speaking;               // the item whose audio came last
  };

  Line* find(LinkNo link);
  void look_for_delay(Line& line, runtime::TimePoint now);
  void react(Line& line, openai::Session::Next next, runtime::TimePoint now);
  void drop_next(runtime::TimePoint now);
  void attempt_failed(Line& line, runtime::TimePoint now);
  void lose(const openai::Session::Failure& why, runtime::TimePoint now);
  void dial_again(const openai::Session::Failure& why, runtime::TimePoint now);
  void give_up(openai::Session::Failure why);
  void converse(runtime::TimePoint now);
  void pass_on(Line& line, const openai::Event& event, runtime::Duration uncertainty, runtime::TimePoint now);
  void handle(const openai::Event& event, runtime::Duration uncertainty, runtime::TimePoint now);
  void learn(const openai::Event& event);
  std::vector<std::string> learn_cuts();
  void rotate(runtime::TimePoint now);
  bool quiet(runtime::TimePoint now) const;
  void look_for_death(runtime::TimePoint now);

  const Settings& settings_;
  Instruments& count_;
  spdlog::logger& log_;
  CallerAudio& caller_;
  Speaker& speaker_;
  Dialogue& dialogue_;
  Outbox& outbox_;  // of the conversation
  Redial redial_;
  Hold hold_;
  History history_;
  OpenTurn open_turn_;
  std::string call_, stream_, prefix_;
  LinkNo last_ = 0;
  std::optional<Line> active_;  // carries the conversation, or is being set up for it
  std::optional<Line> next_;    // beside a running one: is to take over from it
  std::optional<runtime::TimePoint> dial_at_;
  std::optional<openai::Session::Failure> failure_;
  runtime::Duration wall_offset_{0};     // from our time to the time of day
  bool caller_speaks_ = false;           // as the service's turn detection has it
  runtime::TimePoint caller_loud_at_{};  // last; looked at only while a session waits to take over
  bool ever_ready_ = false;
  bool gone_ = false;
  bool deaf_ = false;
  std::int64_t tokens_ = 0;
};

}  // namespace bridge::call
