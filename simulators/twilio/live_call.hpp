#pragma once
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/async/ticker.hpp"
#include "simulators/twilio/call_book.hpp"
#include "simulators/twilio/call_flow.hpp"
#include "simulators/twilio/call_recorder.hpp"
#include "simulators/twilio/call_reports.hpp"
#include "simulators/twilio/caller.hpp"
#include "simulators/twilio/dial_queue.hpp"
#include "simulators/twilio/dialling.hpp"
#include "simulators/twilio/ears.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/fault_schedule.hpp"
#include "simulators/twilio/gatherer.hpp"
#include "simulators/twilio/handset_path.hpp"
#include "simulators/twilio/instruments.hpp"
#include "simulators/twilio/observer.hpp"
#include "simulators/twilio/playback.hpp"
#include "simulators/twilio/recorder.hpp"
#include "simulators/twilio/sounds.hpp"
#include "simulators/twilio/stream_leg.hpp"
#include "simulators/twilio/web_client.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// One call, from dialling to the last callback: executes TwiML, runs streams, lets the caller speak. Glue.
class LiveCall final : private StreamLeg::Host, private Dialling::Host {
 public:
  struct Parts {
    const Environment& environment;
    const Account& account;
    Instruments& instruments;
    Observer& observer;
    runtime::TaskGroup& callbacks;  // status and stream callbacks, which nobody waits for
    DialQueue& dialling;            // outbound calls wait there for their turn
    Sounds& sounds;
  };
  /// For an outbound call, `ring_timeout` and `document` as the REST request had them.
  struct Origin {
    std::string sid;
    std::string ordinal;
    std::optional<Duration> ring_timeout;
    std::string document;               // TwiML given with the request instead of an url
    std::vector<TwilioError> problems;  // of the request; the call runs all the same
    std::string send_digits;
    std::optional<MachineDetection> detection;
    std::optional<RecordCall> record;
    std::string application_sid;
  };

  LiveCall(Parts parts, Origin origin, CallPlan plan);
  ~LiveCall();

  /// Runs to the end of the call. Throws only afterwards, and only what a bug, or an observer, has thrown.
  boost::asio::awaitable<void> run();

  /// Ends the call now. `status` of a call that was not answered yet.
  void hang_up(EndedBy by, std::string_view unanswered_status = "canceled");
  /// Ends its `<Dial>`, if it is this third party's leg; the call goes on.
  void hang_up_leg(std::string_view sid);
  /// A running call gets another document: fetched from `url`, or given.
  void redirect(std::string url, std::string method, std::string document);
  void stop_reading();
  void resume_reading();
  /// On each of its running streams, now.
  void stall(Towards towards, std::optional<TimePoint> until);
  void inject(std::string_view text);
  void drop_connection();
  /// The caller presses keys now, whatever the script does: 0-9 * # A-D, one after another.
  void press(std::string_view keys);
  void change(CallChanges changes);
  StreamStart start_stream(CreateStream request);
  void stop_stream(std::string_view sid);

  const CallFacts& facts() const { return facts_; }
  bool over() const { return ended_; }
  /// Callbacks of this call that were not answered yet: they refer to it.
  std::size_t callbacks_waiting() const { return reports_.waiting(); }

 private:
  struct Redirection {
    std::string url, method, document;
  };
  using Next = boost::asio::awaitable<Command>;
  boost::asio::awaitable<void> live();
  boost::asio::awaitable<bool> ring();
  bool rings_on(const Command& command) const;
  boost::asio::awaitable<bool> prepare();
  boost::asio::awaitable<bool> pass(Duration length);
  Next first_command();
  Next carry_out(Command command);
  Next fetch(FetchCommand fetch, HttpExchange::Purpose purpose);
  Next fail(FailCommand failure);
  /// Null when it was refused; the reason is the call's last error. `noun` is the stream's from now on.
  StreamLeg* add_stream(StreamNoun noun, StreamVerb verb);
  Next execute(std::string answer_url, std::string method, Document document);
  Next open(OpenCommand open);
  Next sound(SoundCommand sound);
  Next gather(GatherCommand gather);
  Next record(RecordCommand record);
  Next dial(DialCommand dial);
  boost::asio::awaitable<bool> play(const runtime::audio::Clip& clip, unsigned loop);
  boost::asio::awaitable<bool> play(Prompt prompt);
  /// The clip of a `<Say>` or `<Play>`; none, and an error, when it cannot be had.
  boost::asio::awaitable<std::optional<runtime::audio::Clip>> render(Prompt prompt);
  boost::asio::awaitable<void> whisper(Dialling::Leg& leg);
  std::string keep_dialled(const DialVerb& verb);
  void ring_slots(TimePoint now);
  void listen_to_ticks();
  boost::asio::awaitable<void> end_streams();

  void answer();
  void set_status(std::string status) { reports_.status(facts_, status_target_, std::move(status)); }
  void detected(const Detected& found);
  void report_detection(TimePoint now);
  bool admit_parameters(StreamNoun& noun);
  void keep_last_of_each_name(StreamNoun& noun);
  std::vector<std::string> tracks_of(StreamVerb verb, const StreamRuling& ruling) const;
  void limit_tracks(StreamVerb verb, const StreamNoun& noun, StreamRuling& ruling) const;
  std::string document_url() const;
  std::string media_url(const std::string& reference) const;
  void findings(std::vector<Finding> findings);
  void error(int code, bool warning, std::string text) { reports_.error(code, warning, std::move(text)); }
  /// Goes on where only a listener had something to say.
  void calm();
  void hush();
  /// Returns its index in the facts.
  std::size_t begin_recording(std::string source);
  void transcribe(RecordingFacts& kept, const RecordVerb& verb);
  void keep_recorded(Recording& recording);
  void hung_up_while_recording();
  void record_from_answer();
  void finish_call_recording();
  void note_words(std::string_view words);
  std::string_view words_being_said() const;
  void stop_streams(StreamEnd why);
  void stop_named(const std::string& name);
  void move_on(Redirection to);
  Command replace();
  bool has_queued() const;

  void beat(TimePoint now);
  void one_slot(TimePoint begins, TimePoint now);
  void judge_bot(TimePoint now);
  void strike(TimePoint now);
  void begin_script();
  void sounds(TimePoint at, std::string_view mulaw, TimePoint arrived);

  void listen(TimePoint begins, const Caller::Slot& slot, TimePoint now);

  // Dialling::Host
  void leg_status(Dialling::Leg& leg, std::string status) override;
  void leg_answered(Dialling::Leg& leg) override;
  void bridged(Dialling::Leg& leg) override;

  // StreamLeg::Host
  void leg_started(StreamLeg& leg) override;
  void leg_ended(StreamLeg& leg) override;
  void bot_media(StreamLeg& leg, TimePoint at) override;
  void heard(TimePoint at, std::string_view mulaw, TimePoint arrived) override;
  void stream_error(int code, bool warning, std::string text) override;
  void notice(std::string text) override;

  TimePoint now() const { return parts_.environment.clock.now(); }

  struct Leg {
    StreamNoun noun;
    std::unique_ptr<StreamLeg> leg;
    bool started = false;
  };

  Parts parts_;
  const Origin origin_;
  CallPlan plan_;
  CallFacts facts_;
  CallFlow flow_;
  WebClient web_;
  CallReports reports_;
  StatusTarget status_target_;
  FaultSchedule faults_;
  CallerInstruments caller_instruments_;
  std::optional<Ears> ears_;
  std::optional<Caller> caller_;
  Playback line_out_;  // what Twilio itself sends to the caller: speech, files, tones, the third party
  std::optional<Gatherer> gatherer_;
  HandsetPath path_;
  std::optional<OutboundTrack> outbound_;  // once some stream delivers it
  std::optional<CallRecorder> call_recorder_;
  std::size_t call_recording_ = 0;  // its index in the facts
  std::optional<Recorder> recorder_;
  std::optional<RecordVerb> records_;
  std::size_t verb_recording_ = 0;    // of the <Record> or <Dial> that runs: its index in the facts
  std::string recorded_words_;        // that the caller's script has for what is being recorded
  const void* last_words_ = nullptr;  // of which step they were
  std::optional<Recording> recording_;
  std::optional<Dialling> dialling_;
  std::map<const Dialling::Leg*, StatusTarget> leg_targets_;
  Dialling::Leg* to_whisper_ = nullptr;
  std::vector<std::unique_ptr<Leg>> legs_;
  runtime::TaskGroup streams_;  // the legs' coroutines
  runtime::Ticker::Subscription beats_;
  std::optional<TimePoint> next_slot_;
  std::string keys_;      // to be pressed from outside
  TimePoint key_free_{};  // when the next of them may be reported
  std::optional<TimePoint> detection_due_;
  std::unique_ptr<runtime::Event> disturbed_;  // hung up, redirected, or a <Record> is over
  std::optional<Redirection> replacement_;     // live() takes it: what runs refers to the flow's document
  std::optional<Redirection> awaits_silence_;  // drain_before_redirect
  bool over_ = false;                          // hung up: what runs is being ended
  bool ended_ = false;
  bool bot_speaks_ = false;
  bool in_fallback_ = false;             // what runs came from the fallback url
  std::optional<std::size_t> document_;  // index of the exchange that the TwiML came with
  std::string end_status_ = "completed";
  std::string unanswered_;  // answerOnBridge: how the call ends if nothing answers it any more
  bool ticking_ = false;
};

}  // namespace simulators::twilio
