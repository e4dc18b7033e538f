#pragma once
#include "runtime/async/event.hpp"
#include "simulators/twilio/bridge_message.hpp"
#include "simulators/twilio/call_flow.hpp"
#include "simulators/twilio/caller.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/instruments.hpp"
#include "simulators/twilio/line.hpp"
#include "simulators/twilio/outbox.hpp"
#include "simulators/twilio/playback.hpp"
#include "simulators/twilio/stream_writer.hpp"

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// One media stream, from dialling the bridge to the socket's end: glue between a MessageSocket and the
/// machines. Its call drives it with beats and slots; it reports back through Host. Outlived by call, facts
/// and plan.
class StreamLeg {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    virtual void leg_started(StreamLeg& leg) = 0;
    virtual void leg_ended(StreamLeg& leg) = 0;
    virtual void bot_media(StreamLeg& leg, TimePoint at) = 0;
    /// `arrived`: when the bridge's message had come.
    virtual void heard(TimePoint at, std::string_view mulaw, TimePoint arrived) = 0;
    virtual void stream_error(int code, bool warning, std::string text) = 0;
    /// Of something that Twilio does not report, and its user wants to know.
    virtual void notice(std::string text) = 0;
  };
  struct Parts {
    const Environment& environment;
    const CallPlan& plan;
    const Account& account;
    Instruments& instruments;
    Host& host;
  };

  StreamLeg(Parts parts, StreamIdentity identity, StreamVerb verb, StreamRuling ruling, StreamFacts& facts);

  /// Dials, streams, ends. Reports failures as errors of the call; does not throw.
  boost::asio::awaitable<void> run();
  /// Politely: `stop`, then the close frame. No effect when it is ending already.
  void end(StreamEnd why);

  /// Plays what is due; echoes marks. Every 20 ms.
  void beat(TimePoint now);
  /// One slot of the caller's line; slots follow one another on the 20 ms grid. `outbound`: what was played
  /// to the caller in the slot before.
  void slot(TimePoint begins, const Caller::Slot& slot, std::string_view outbound);
  /// Audio of the bridge's that was not played yet.
  bool has_queued() const { return !over_ && !playback_.idle(); }
  bool delivers_outbound() const { return delivers_outbound_; }

  void inject(std::string_view text);
  void drop_connection();
  void stop_reading(std::optional<TimePoint> until);
  void resume_reading();
  /// The path carries nothing until `until`; absent: for ever.
  void stall(Towards towards, std::optional<TimePoint> until);

  const StreamFacts& facts() const { return facts_; }
  bool over() const { return over_; }

 private:
  /// What the path has taken from the bridge and not yet delivered.
  struct Arrival {
    TimePoint at;
    std::string payload;
    bool binary = false;
    runtime::error_code error;  // instead of a message: nothing comes any more
  };

  boost::asio::awaitable<runtime::net::Dialled> dial();
  boost::asio::awaitable<void> talk();
  boost::asio::awaitable<void> read_all();
  boost::asio::awaitable<void> read_messages();
  boost::asio::awaitable<void> deliver_all();
  boost::asio::awaitable<bool> wait_until(std::optional<TimePoint> when, runtime::Signal& or_signal);
  boost::asio::awaitable<void> write_all();
  boost::asio::awaitable<void> ping();
  boost::asio::awaitable<void> cut_when_late();
  boost::asio::awaitable<void> close();

  runtime::net::WebSocketRequest request() const;
  void refused(const runtime::net::Dialled& dialled);
  void open();
  bool held_back() const;
  void keep(Arrival arrival);
  void deliver(const Arrival& arrival);
  void read_failed(runtime::error_code failure);
  void receive(std::string_view payload, bool binary);
  void received_media(TimePoint now, std::string_view mulaw);
  void received_mark(TimePoint now, std::string name);
  void received_clear(TimePoint now);
  void received_badly(const BadMessage& bad);
  void end_badly();
  void echo(MarkFact& mark, MarkFact::How how, TimePoint now);
  void play(TimePoint now);
  /// When the line will have carried it.
  TimePoint sealed(bool caller_frame);
  void wake_all();
  void frames(std::uint64_t timestamp, const Caller::Slot& slot, std::string_view outbound);
  void lose_frames();
  void note_dead_line(TimePoint begins, bool dead);
  void notice_silence_of_the_path(TimePoint now);
  void lose_connection(std::string text);
  void error(int code, bool warning, std::string text);
  void error_once(int code, bool warning, std::string text);
  void finish(StreamEnd why);

  Parts parts_;
  const StreamVerb verb_;
  const StreamRuling ruling_;
  const bool delivers_inbound_;
  const bool delivers_outbound_;
  StreamFacts& facts_;
  StreamWriter writer_;
  BridgeMessageReader reader_;
  Playback playback_;
  Line to_bridge_;
  Line from_bridge_;
  Outbox outbox_;
  std::deque<Arrival> inbox_;  // bounded: see held_back()
  std::size_t inbox_bytes_ = 0;
  std::unique_ptr<runtime::net::MessageSocket> socket_;
  runtime::Event ending_;
  runtime::Signal outgoing_;
  runtime::Signal resumed_;
  runtime::Signal incoming_;
  bool reading_stopped_ = false;
  bool paused_ = false;
  std::optional<TimePoint> paused_until_;
  bool read_over_ = false;
  bool over_ = false;
  std::optional<StreamEnd> why_;  // decided once
  std::uint16_t close_code_ = 1000;
  TimePoint last_ping_{};
  std::optional<TimePoint> first_slot_;
  std::set<int> reported_;                           // codes that are reported once per stream
  std::map<std::uint64_t, std::size_t> mark_index_;  // number in the playback -> index in facts_.marks
  std::optional<TimePoint> dead_since_;              // no packets of the phone
  std::optional<TimePoint> silent_since_;            // nothing passes between Twilio and the bridge
};

}  // namespace simulators::twilio
