#pragma once
#include "simulators/openai/conversation.hpp"
#include "simulators/openai/fake_openai.hpp"
#include "simulators/openai/mouth.hpp"
#include "simulators/openai/outlet.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::openai {

/// What the parts of one session share.
struct SessionParts {
  runtime::Random& random;
  Counts& counts;
  SessionFacts& facts;
  Observer* const& observer;  // may change; may point nowhere
  Outlet& outlet;
  Conversation& conversation;
  const OpenPoints& open_points;
  const Dialect dialect = Dialect::ga;
  bool assistant_audio = false;                                            // the voice is frozen
  std::function<void(std::size_t fault, TimePoint now)> begin_fault = {};  // of the session's faults
};

/// One response from due to done: carries out its plan, step by step, and closes what is open when it is
/// cancelled (openai-realtime.md, 6.1 to 6.7).
class Response {
 public:
  struct Setup {
    const Reply* reply = nullptr;
    Pace pace;
    bool with_audio = true;
    AudioFormat format = AudioFormat::pcm;
    Json voice;
    Json max_output_tokens = "inf";
    std::optional<double> temperature;  // beta's, where the request has one of its own
    Json metadata;
    std::string conversation_id;  // empty: out of band
    Tokens input;                 // what the model reads
    Tokens cached;                // and what of it it has read before
    bool reasons = false;         // the model does: items say whether they are the last word
  };
  Response(SessionParts& parts, ResponseFacts& facts, Setup setup, TimePoint now);

  const std::string& id() const { return facts_.id; }
  const ResponseFacts& facts() const { return facts_; }
  bool out_of_band() const { return setup_.conversation_id.empty(); }
  /// Due and not done: it stands in the way of another.
  bool active() const { return active_; }
  /// A cancel would hit it. False while its closing events are on their way.
  bool cancellable() const { return active_ && !closing_; }
  bool closing() const { return active_ && closing_; }
  /// Nothing is left to do.
  bool finished() const { return !active_ && plan_.empty(); }
  /// Said to its end, with something to hear or to do.
  bool answered() const { return answered_; }
  /// Something of it was of use to the client: a sound, a call, or words where words were asked for.
  bool told() const;
  std::optional<TimePoint> next_due() const;
  /// Carries out the next step.
  void step(TimePoint now);
  void cancel(CancelledBy by, TimePoint now);

 private:
  struct Item {
    std::string id;
    std::string call_id;  // of a tool call
    std::string previous;
    const Output* output = nullptr;
    std::string text;  // transcript, text or arguments sent so far
    bool tool = false;
    const McpCall* mcp = nullptr;
    const McpApproval* approval = nullptr;
    bool begun = false;  // of a call of a server: it was told
    bool audio = false;  // its content part is audio
    bool open = true;
    std::string status = "in_progress";
    bool message() const { return !tool && mcp == nullptr && approval == nullptr; }
  };

  Json event(std::string_view type);
  Json part_event(std::string_view type, std::size_t output);
  Fate send(const Json& event, Matters matters = {});
  Fate send_delta(std::size_t output, std::string_view bytes, bool undecodable);
  bool misnamed() const;
  void created(TimePoint now);
  void add_item(std::size_t output);
  void say(std::size_t output, std::string_view text, TimePoint now);
  void audio(const Step& step, TimePoint now);
  void note_generated(const Step& step);
  void note_sent(const Step& step, std::string_view heard, Fate fate, TimePoint now);
  const std::string& wire(std::size_t output, AudioFormat format);
  AudioFormat format_of_sound(const Step& step) const;
  void close_item(std::size_t output, std::string_view status);
  void tell_conversation(const Item& item);
  void drop_open_items();
  void close_content(std::size_t output);
  void begin_mcp_call(std::size_t output);
  void close_mcp_call(std::size_t output);
  void tell_mcp_call(std::string_view type, std::size_t output);
  void close_open_items(std::string_view status);
  void done(TimePoint now);
  void rate_limits();
  void happen(const Happening& what, TimePoint now);
  void plan_late_audio(std::size_t count, std::optional<std::size_t> fault, TimePoint& at);
  Json shown(const Item& item) const;
  Json shown_mcp(const Item& item) const;
  std::string_view phase_of(const Item& item) const;
  static Json shown_part(const Item& item);
  Json shown_response(std::string_view status) const;
  Json usage() const;
  std::optional<std::int64_t> limit() const;
  Tokens spent() const;
  std::optional<std::int64_t> reasoning_tokens() const;
  void stop_at_limit(TimePoint now);
  void send_part(std::string_view type, std::size_t output, Json part);

  SessionParts& parts_;
  ResponseFacts& facts_;
  const Setup setup_;
  std::deque<Step> plan_;
  std::vector<Item> items_;
  std::map<std::pair<std::size_t, AudioFormat>, std::string> wire_;  // of each output, made when first needed
  Step spoken_;                                                      // the last of audio, for late deltas
  bool active_ = true;
  bool begun_ = false;
  bool closing_ = false;
  bool answered_ = false;
  bool limited_ = false;  // max_output_tokens were spent
  Json status_details_;
};

}  // namespace simulators::openai
