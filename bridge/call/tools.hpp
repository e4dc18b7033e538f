#pragma once
#include "bridge/call/instruments.hpp"
#include "bridge/call/part.hpp"
#include "bridge/call/settings.hpp"
#include "bridge/call/tool_result.hpp"
#include "bridge/call/tool_settings.hpp"
#include "bridge/openai/events.hpp"
#include "bridge/openai/requests.hpp"
#include "runtime/core/time.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
}

namespace bridge::call {

/// The functions that `settings` offer, for session.update.
std::vector<openai::SessionSettings::Tool> tool_definitions(const ToolSettings& settings);

/// What a call's owner has to do for a function call, outside of the call: an HTTP request or a transfer.
struct ToolTask {
  ToolNo no = 0;
  const HttpTool* http = nullptr;  // none: a transfer
  std::string arguments;           // http
  std::string transfer_to;
  runtime::TimePoint deadline{};
};

/// The function calls of one call: what was called, what is pending, and what is owed to the model. Sans-IO.
///
/// Each function call is answered once, whatever becomes of it: by its result, or by a structured error.
/// end_call and transfer_call act when the last word was played and all other functions are answered, and not
/// at all when the caller takes the floor before that; of both in one response the transfer is made. When all
/// functions of a response are answered and the response is over, the model is owed one response
/// (take_follow_up). None of this ends with a session: what a function does is done without one, and the next
/// is told what came of it.
class Tools {
 public:
  /// `settings` are looked at when they are needed: they may become the call's only at its start.
  Tools(const Settings& settings, Instruments& instruments, spdlog::logger& log);
  void identify(std::string prefix) { prefix_ = std::move(prefix); }

  // What the model did.
  void called(const openai::FunctionCall& event, ResponseNo response, runtime::TimePoint now);
  void response_over(ResponseNo response);
  /// The caller spoke while the bot did, or pressed a key: who was about to leave stays.
  void interrupted(runtime::TimePoint now);
  /// No response will be told to be over, and what was answered last may not have arrived: it is owed anew.
  void session_lost();
  /// The service has put the answer to `call_id` into the conversation.
  void arrived(std::string_view call_id);
  /// Is a response owed, or will it be, for functions that were called?
  bool owed() const;
  /// Did `response` call functions whose results the model has not spoken about?
  bool called_by(ResponseNo response) const { return turns_.contains(response); }

  // What the model is owed.
  struct Answer {
    std::string call_id, output;
    ResponseNo response = 0;
  };
  /// To be told to the session that there is.
  std::optional<Answer> next_answer(runtime::TimePoint now);
  /// The caller's turn is over and the service answers it by itself, with all that it was told by now.
  void turn_comes(runtime::TimePoint now);
  /// True once when a response is to be asked for.
  bool take_follow_up();

  // Leaving: end_call and transfer_call.
  /// Since when the call is to leave as soon as its last word was played.
  std::optional<runtime::TimePoint> leaving_since() const;
  /// The call is about to leave, or on its way.
  bool leaving() const { return hangs_up_ || transferring_ || leaving_since().has_value(); }
  /// To be said until it leaves: what other functions do takes its time.
  void last_word_played(runtime::TimePoint now);
  /// end_call's moment has come.
  bool hangs_up() const { return hangs_up_; }
  /// A transfer is being made, or was: who ends the stream now is not the caller.
  bool transferring() const { return transferring_; }

  // send_dtmf.
  struct Keys {
    ToolNo no;
    std::string digits;  // 0-9 * # A-D, and w for half a second
  };
  std::optional<Keys> take_keys();

  // For the call's owner.
  std::optional<ToolTask> take_task();
  /// A task, or the keys, are done. Of one that was answered meanwhile nothing more is said.
  void finished(ToolNo no, ToolResult result, runtime::TimePoint now);
  void tick(runtime::TimePoint now);
  /// The call is over: what is pending will not be answered.
  void finish(runtime::TimePoint now);
  /// Function calls that are not answered yet.
  bool busy() const { return !pending_.empty(); }
  bool awaits(ToolNo no) const;

 private:
  enum class Kind { end_call, transfer_call, send_dtmf, http };
  struct Pending {
    ToolNo no;
    Kind kind;
    std::string name, call_id;
    ResponseNo response;
    runtime::TimePoint called_at;
    std::optional<runtime::TimePoint> deadline;  // none: waits for the last word
    std::string transfer_to;
  };
  using Found = std::deque<Pending>::iterator;
  struct Turn {
    bool over = false;       // the response is
    bool follow_up = false;  // something was answered that the model should speak about
    bool transfers = false;  // a transfer was asked for, whatever became of it
    runtime::TimePoint answered_at{};
  };

  void begin(Pending pending, const HttpTool* http, std::string arguments);
  void refuse(const openai::FunctionCall& event, std::string_view label, ResponseNo response,
              ToolResult result, runtime::TimePoint now);
  void end_asked(const openai::FunctionCall& event, Pending pending);
  void transfer_asked(const openai::FunctionCall& event, Pending pending);
  void keys_asked(const openai::FunctionCall& event, Pending pending);
  void answer(Found pending, ToolResult result, runtime::TimePoint now);
  void log_outcome(std::string_view name, std::string_view label, const ToolResult& result,
                   runtime::Duration took);
  void owe(Answer answer, runtime::TimePoint now);
  static std::string_view label_of(Kind kind);

  const ToolSettings& settings() const { return settings_.model.tools; }

  const Settings& settings_;
  Instruments& count_;
  spdlog::logger& log_;
  std::string prefix_;
  ToolNo next_ = 1;
  std::deque<Pending> pending_;       // bounded: kMostPending
  std::map<ResponseNo, Turn> turns_;  // with something pending, or a follow-up that is owed
  std::deque<Answer> answers_;
  std::deque<Answer> sent_;  // that the service has not confirmed; bounded: the oldest go
  std::deque<ToolTask> tasks_;
  std::deque<Keys> keys_;
  bool hangs_up_ = false;
  bool transferring_ = false;
};

}  // namespace bridge::call
