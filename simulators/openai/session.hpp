#pragma once
#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/response.hpp"
#include "simulators/openai/script_player.hpp"
#include "simulators/openai/session_config.hpp"
#include "simulators/openai/vad.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::openai {

/// The server's side of one session. Sans-IO: takes the client's messages and the time, queues what to send
/// in its outlet and says when it next has something to do.
class Session {
 public:
  struct Setup {
    std::string model;  // of no account where `kind` is transcription
    SessionConfig::Kind kind = SessionConfig::Kind::voice;
    Dialect dialect = Dialect::ga;
    bool joins_call = false;  // by its call_id
    Json initial;             // a session as in session.update, from a client secret; null: none
    Behaviour behaviour;
    std::int64_t opened_unix_seconds = 0;
  };
  /// Sends session.created. All references must outlive the session; `observer` may change while it runs.
  Session(Setup setup, ScriptPlayer& player, runtime::Random& random, Counts& counts, SessionFacts& facts,
          Observer* const& observer, TimePoint now);

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// One message of the client's.
  void receive(std::string_view payload, bool binary, TimePoint now);
  /// Does what is due.
  void advance(TimePoint now);
  std::optional<TimePoint> next_due() const;
  Outlet& outlet() { return outlet_; }
  /// One more fault, of any scope but the handshake's: now, at its moment, or in the responses that follow.
  void strike(Fault fault, TimePoint now);
  const Behaviour& behaviour() const { return behaviour_; }

 private:
  /// A message of the client's that waits for its turn.
  struct Held {
    std::string payload;
    bool binary = false;
    bool counted = false;  // audio that was good
    TimePoint arrived{};
  };
  using Action = std::function<void(TimePoint)>;
  void at(TimePoint when, Action action);
  /// The event that a message is: good until the next message.
  ClientEvent read(std::string_view payload, bool binary, TimePoint arrived);
  bool has_to_wait(const ClientEvent& event) const;
  void hold(std::string_view payload, bool binary, const ClientEvent& event, TimePoint now);
  void take_held(TimePoint now);
  void take(ClientEvent& event, TimePoint now);
  void fail(const ErrorBody& error, const ControlEvent& event, TimePoint now);
  void dispatch(const ControlEvent& event, TimePoint now);
  std::optional<ErrorBody> check_event(ControlEvent& event) const;
  std::optional<ErrorBody> check_fields(const ControlEvent& event) const;
  void begin(TimePoint now);
  void expire(TimePoint now);
  void keep_alive(TimePoint at);
  bool transcribes_only() const { return config_.kind() == SessionConfig::Kind::transcription; }

  // session.cpp
  void update(const ControlEvent& event, TimePoint now);
  void confirm_update(const Json& session, TimePoint now);
  Formats formats_of_update();
  void adopt_settings();
  // session_audio.cpp
  void append(const AppendEvent& event, TimePoint now);
  void count_append(std::size_t bytes);
  void commit(const ControlEvent& event, TimePoint now);
  void clear(TimePoint now);
  void speech_started(std::int64_t audio_start_ms, TimePoint now);
  void speech_stopped(std::int64_t audio_end_ms, TimePoint now);
  void commit_turn(TurnFacts& turn, TimePoint now);
  void watch_for_idling(TimePoint now);
  void remind_of_silence();
  double buffered_ms() const;
  void change_input_format(AudioFormat format);
  std::size_t appended_at(std::int64_t position_ms) const;
  // session_hearing.cpp
  Sketch sketch_of_turn(const TurnFacts& turn) const;
  std::string words_of(const TurnFacts& turn) const;
  // session_transcription.cpp
  /// Of `audio_ms` of the caller's; `said` is what comes out.
  void transcribe(const std::string& item, std::int64_t audio_ms, const std::string& said, TimePoint now);
  /// What the reply to the last turn says of it.
  void transcribe_as(const Transcribed& wanted, TimePoint now);
  void deliver_transcription(const std::string& item, std::size_t attempt);
  void send_transcription(const std::string& item, std::int64_t audio_ms, const std::string& said);
  void fail_transcription(const std::string& item, const ErrorBody& error);
  /// One model writes while the caller still speaks, and before the item exists.
  void transcribe_early(const std::string& item, TimePoint now);
  Json transcription_event(std::string_view what, const std::string& item);
  Json transcription_delta(const std::string& item, std::string_view piece);
  // session_items.cpp
  void create_item(const ControlEvent& event, TimePoint now);
  void note_item(const Json& item, TimePoint arrived);
  void take_in(const Json& item, std::vector<Input>& inputs) const;
  void delete_item(const ControlEvent& event, TimePoint now);
  void retrieve_item(const ControlEvent& event, TimePoint now);
  std::string audio_of(const Conversation::Item& item) const;
  void name_audio(Json& part) const;
  void truncate(const ControlEvent& event, TimePoint now);
  void announce_item(const std::string& id, const std::string& previous);
  void announce_held_back();
  // session_mcp.cpp
  void list_tools(TimePoint when);
  void note_servers(const Json& tools);
  void begin_listing(const std::string& label, TimePoint now);
  void finish_listing(const std::string& label, const std::string& item, const std::string& previous);
  // session_responses.cpp
  void create_response(const ControlEvent& event, TimePoint now);
  void cancel_response(const ControlEvent& event, TimePoint now);
  void respond_to_turn(TimePoint now);
  /// `due`: when it was asked for, or the turn that it answers was committed.
  void start_response(bool out_of_band, const Json& overrides, TimePoint due, TimePoint now);
  Response::Setup response_setup(const Reply& reply, bool out_of_band, const Json& overrides, TimePoint now);
  std::optional<ErrorBody> check_references(const Json& overrides);
  void after_step(Response& response, TimePoint now);
  Response* active();
  // session_faults.cpp
  void plan_fault(std::size_t number, TimePoint now);
  void begin_fault(std::size_t number, TimePoint now);
  void note_struck(const Fault& fault);
  void false_start(const Fault& fault, TimePoint now);
  const Reply& with_faults(const Reply& reply, bool out_of_band, AudioFormat agreed, TimePoint now);

  const bool joins_call_;
  Behaviour behaviour_;  // changes where a fault begins later
  const TimePoint began_;
  ScriptPlayer& player_;
  SessionFacts& facts_;
  Conversation conversation_;
  Outlet outlet_;
  SessionParts parts_;
  SessionConfig config_;
  ClientDecoder decoder_;
  const std::string conversation_id_;
  const TimePoint created_at_;
  std::map<std::pair<TimePoint, std::uint64_t>, Action> agenda_;
  std::uint64_t agenda_number_ = 0;
  bool announced_ = false;           // session.created was due
  std::size_t updates_pending_ = 0;  // whose session.updated is still to come
  std::deque<Held> held_;
  std::size_t held_bytes_ = 0;  // together at most as much as one message may have

  std::optional<TurnDetection> detection_;  // as the session has it
  Vad vad_;
  std::vector<Vad::Event> vad_events_;
  std::string audio_;              // of one append, kept for its capacity
  std::size_t buffer_bytes_ = 0;   // appended in the present format and not committed
  double buffered_before_ms_ = 0;  // and in earlier formats
  // Where the audio in the present format begins, and which position of the stream that is.
  std::size_t format_since_byte_ = 0;
  std::int64_t format_since_ms_ = 0;
  TurnFacts* turn_ = nullptr;                  // speech_started was sent, speech_stopped was not
  std::optional<std::int64_t> idle_since_ms_;  // position from which an idle timeout counts

  std::set<std::size_t> begun_;                 // faults of the session that have begun later than it
  std::deque<Reply> struck_;                    // replies with a fault of this session's in them
  std::size_t responses_begun_ = 0;             // out-of-band ones left out
  std::list<Response> responses_;               // that have something left to do
  std::vector<Input> inputs_;                   // said since the last answer
  bool answered_before_ = false;                // a response was asked for in this session
  std::set<std::string> listed_;                // labels of the MCP servers that were asked for their tools
  std::vector<Conversation::Added> held_back_;  // items to announce once the response is over
  Tokens cached_;                               // of the input, from the last answer
  std::string early_item_;                      // whose transcription began before it was committed
  struct ToWrite {                              // a transcription that is still to come
    std::int64_t audio_ms = 0;
    std::string said;
    Transcribed::Outcome outcome = Transcribed::Outcome::completed;
    TimePoint committed_at{};
    std::size_t attempt = 0;  // the latest; an earlier one is of no account
  };
  std::map<std::string, ToWrite> to_write_;  // by item
  std::string last_turn_;                    // the item of the caller's turn that no answer began for
  bool respond_when_free_ = false;           // a turn ended while the interrupted response was closing
};

}  // namespace simulators::openai
