#include "bridge/call/tools.hpp"

#include "bridge/call/phone.hpp"
#include "bridge/call/tool_schema.hpp"

#include <spdlog/logger.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace bridge::call {
namespace {

using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;

constexpr std::size_t kMostPending = 16;
constexpr std::size_t kMostSent = 64;
/// From a transfer's last word to Twilio's word that it is done; its own REST timeouts are shorter.
constexpr Duration kTransferWithin = 40s;
/// An answer that left this long ago has reached the service.
constexpr Duration kOnItsWay = 500ms;
/// Playing keys, marks included.
constexpr Duration kKeysWithin = 30s;

constexpr std::string_view kNothing = R"({"type":"object","properties":{}})";
constexpr std::string_view kTransferArguments =
    R"({"type":"object","properties":{"to":{"type":"string",)"
    R"("description":"The number to call, in E.164 form: + and digits."}},"required":["to"]})";
constexpr std::string_view kKeyArguments =
    R"({"type":"object","properties":{"digits":{"type":"string","minLength":1,"maxLength":32,)"
    R"("pattern":"^[0-9A-D*#wW]+$","description":"Keys to press: 0-9 * # A-D; w waits half a second."}},)"
    R"("required":["digits"]})";

const ArgumentSchema& schema(std::string_view json) {
  const auto compile = [](std::string_view text) {
    return std::get<std::shared_ptr<const ArgumentSchema>>(ArgumentSchema::parse(text));
  };
  static const auto kTransfer = compile(kTransferArguments);
  static const auto kKeys = compile(kKeyArguments);
  return json == kTransferArguments ? *kTransfer : *kKeys;
}

ToolResult end_for_transfer() {
  return tool_error(ToolOutcome::too_many, "a transfer was asked for as well: the call is not ended");
}

/// The text of one argument; the arguments fit their schema.
std::string argument(std::string_view arguments, const char* name) {
  return nlohmann::json::parse(arguments).at(name).get<std::string>();
}

}  // namespace

std::vector<openai::SessionSettings::Tool> tool_definitions(const ToolSettings& settings) {
  std::vector<openai::SessionSettings::Tool> tools;
  if (settings.end_call) {
    tools.push_back({"end_call",
                     "Ends the phone call. Say goodbye first: the line is cut as soon as your last word was "
                     "played.",
                     std::string(kNothing)});
  }
  if (settings.transfer) {
    tools.push_back(
        {"transfer_call",
         "Connects the caller with another number and leaves the call. Tell the caller first: it is "
         "done as soon as your last word was played. Only numbers that the instructions name are "
         "allowed.",
         std::string(kTransferArguments)});
  }
  if (settings.send_dtmf) {
    tools.push_back({"send_dtmf", "Presses keys on the phone: the other side hears the tones.",
                     std::string(kKeyArguments)});
  }
  for (const auto& tool : settings.http)
    tools.push_back({tool.name, tool.description, tool.parameters->text()});
  return tools;
}

Tools::Tools(const Settings& settings, Instruments& instruments, spdlog::logger& log)
    : settings_(settings), count_(instruments), log_(log) {}

std::string_view Tools::label_of(Kind kind) {
  switch (kind) {
    case Kind::end_call:
      return "end_call";
    case Kind::transfer_call:
      return "transfer_call";
    case Kind::send_dtmf:
      return "send_dtmf";
    case Kind::http:
      return "http";
  }
  return "unknown";
}

// What the model did
// ----------------------------------------------------------------------------------------------

void Tools::called(const openai::FunctionCall& event, ResponseNo response, TimePoint now) {
  Pending pending{next_++, Kind::http, event.name, event.call_id, response, now, std::nullopt, ""};
  if (pending_.size() >= kMostPending) {
    return refuse(event, "unknown", response,
                  tool_error(ToolOutcome::too_many, "too many functions at once; call this one later"), now);
  }
  if (event.name == "end_call" && settings().end_call) {
    pending.kind = Kind::end_call;
    return end_asked(event, std::move(pending));
  }
  if (event.name == "transfer_call" && settings().transfer) return transfer_asked(event, std::move(pending));
  if (event.name == "send_dtmf" && settings().send_dtmf) return keys_asked(event, std::move(pending));
  const auto http = std::ranges::find(settings().http, event.name, &HttpTool::name);
  if (http == settings().http.end()) {
    return refuse(event, "unknown", response,
                  tool_error(ToolOutcome::unknown_tool,
                             "no function of this name exists; answer the caller without it"),
                  now);
  }
  if (const auto misfit = http->parameters->misfit(event.arguments)) {
    return refuse(event, "http", response,
                  tool_error(ToolOutcome::bad_arguments, misfit->words, misfit->loggable), now);
  }
  pending.deadline = now + http->timeout;
  begin(std::move(pending), &*http, event.arguments);
}

/// A caller who is told that he is put through is not hung up on, also where the transfer cannot be made.
void Tools::end_asked(const openai::FunctionCall& event, Pending pending) {
  if (transferring_ || turns_[pending.response].transfers)
    return refuse(event, "end_call", pending.response, end_for_transfer(), pending.called_at);
  begin(std::move(pending), nullptr, "");
}

void Tools::transfer_asked(const openai::FunctionCall& event, Pending pending) {
  turns_[pending.response].transfers = true;
  const auto ends = [&](const Pending& p) {
    return p.kind == Kind::end_call && p.response == pending.response;
  };
  for (auto end = std::ranges::find_if(pending_, ends); end != pending_.end();
       end = std::ranges::find_if(pending_, ends)) {
    answer(end, end_for_transfer(), pending.called_at);
  }
  const auto refused = [&](ToolResult result) {
    refuse(event, "transfer_call", pending.response, std::move(result), pending.called_at);
  };
  if (const auto misfit = schema(kTransferArguments).misfit(event.arguments)) {
    return refused(tool_error(ToolOutcome::bad_arguments, misfit->words, misfit->loggable));
  }
  const auto to = argument(event.arguments, "to");
  if (!e164(to)) {
    return refused(tool_error(ToolOutcome::bad_arguments,
                              "`to` is no phone number in E.164 form, + and 7 to 15 digits"));
  }
  if (!number_allowed(settings().transfer->allow, to)) {
    return refused(tool_error(
        ToolOutcome::not_allowed, "this number may not be called from here; offer the caller something else",
        "to=" + (settings_.mask_numbers ? masked_number(to) : to) + " is not in transfer_call.allow"));
  }
  if (leaving_since() || transferring_) {
    return refused(tool_error(ToolOutcome::too_many, "the call is being ended or transferred already"));
  }
  pending.kind = Kind::transfer_call;
  pending.transfer_to = to;
  begin(std::move(pending), nullptr, "");
}

void Tools::keys_asked(const openai::FunctionCall& event, Pending pending) {
  if (const auto misfit = schema(kKeyArguments).misfit(event.arguments)) {
    return refuse(event, "send_dtmf", pending.response,
                  tool_error(ToolOutcome::bad_arguments, misfit->words, misfit->loggable), pending.called_at);
  }
  pending.kind = Kind::send_dtmf;
  pending.deadline = pending.called_at + kKeysWithin;
  keys_.push_back({pending.no, argument(event.arguments, "digits")});
  begin(std::move(pending), nullptr, "");
}

void Tools::begin(Pending pending, const HttpTool* http, std::string arguments) {
  log_.info("{}tool={} called", prefix_, pending.name);
  turns_.try_emplace(pending.response);
  if (http != nullptr) tasks_.push_back({pending.no, http, std::move(arguments), "", *pending.deadline});
  pending_.push_back(std::move(pending));
}

/// Answered at once: nothing is begun.
void Tools::refuse(const openai::FunctionCall& event, std::string_view label, ResponseNo response,
                   ToolResult result, TimePoint now) {
  // A name that is no tool of ours is the model's invention, and may be anything.
  log_outcome(label == "unknown" ? "(unknown)" : event.name, label, result, Duration(0));
  owe({event.call_id, std::move(result.output), response}, now);
}

void Tools::owe(Answer answer, TimePoint now) {
  auto& turn = turns_[answer.response];
  turn.follow_up = true;
  turn.answered_at = now;
  answers_.push_back(std::move(answer));
}

void Tools::turn_comes(TimePoint now) {
  for (auto& [response, turn] : turns_) {
    if (now - turn.answered_at >= kOnItsWay) turn.follow_up = false;
  }
}

void Tools::response_over(ResponseNo response) {
  const auto turn = turns_.find(response);
  if (turn != turns_.end()) turn->second.over = true;
}

void Tools::interrupted(TimePoint now) {
  for (;;) {
    const auto leaving = std::ranges::find_if(pending_, [](const Pending& p) { return !p.deadline; });
    if (leaving == pending_.end()) return;
    // The caller's own turn gets the next response: nothing else is owed.
    const ResponseNo response = leaving->response;
    answer(leaving,
           tool_error(ToolOutcome::interrupted,
                      "the caller spoke or pressed a key before your last word was played: the call goes "
                      "on; listen first"),
           now);
    turns_[response].follow_up = false;
  }
}

void Tools::session_lost() {
  for (auto& [response, turn] : turns_) turn.over = true;
  for (; !sent_.empty(); sent_.pop_back()) answers_.push_front(std::move(sent_.back()));
}

bool Tools::owed() const {
  const auto waits = [&](const auto& entry) {
    return entry.second.follow_up ||
           std::ranges::find(pending_, entry.first, &Pending::response) != pending_.end();
  };
  return !leaving() && std::ranges::any_of(turns_, waits);
}

void Tools::arrived(std::string_view call_id) {
  std::erase_if(sent_, [&](const Answer& answer) { return answer.call_id == call_id; });
}

// What the model is owed
// ------------------------------------------------------------------------------------------

std::optional<Tools::Answer> Tools::next_answer(TimePoint now) {
  if (answers_.empty()) return std::nullopt;
  auto answer = std::move(answers_.front());
  answers_.pop_front();
  if (const auto turn = turns_.find(answer.response); turn != turns_.end()) turn->second.answered_at = now;
  if (sent_.size() == kMostSent) sent_.pop_front();
  sent_.push_back(answer);
  return answer;
}

bool Tools::take_follow_up() {
  if (leaving_since() || hangs_up_ || transferring_ || !answers_.empty()) return false;
  bool owed = false;
  std::erase_if(turns_, [&](const auto& entry) {
    const auto& [response, turn] = entry;
    if (!turn.over || std::ranges::find(pending_, response, &Pending::response) != pending_.end())
      return false;
    owed = owed || turn.follow_up;
    return true;
  });
  return owed;
}

void Tools::answer(Found pending, ToolResult result, TimePoint now) {
  const Pending done = std::move(*pending);
  pending_.erase(pending);
  std::erase_if(tasks_, [&](const ToolTask& task) { return task.no == done.no; });
  std::erase_if(keys_, [&](const Keys& keys) { return keys.no == done.no; });
  if (done.kind == Kind::transfer_call) transferring_ = result.outcome == ToolOutcome::ok;
  log_outcome(done.name, label_of(done.kind), result, now - done.called_at);
  owe({done.call_id, std::move(result.output), done.response}, now);
}

void Tools::log_outcome(std::string_view name, std::string_view label, const ToolResult& result,
                        Duration took) {
  count_.count_tool(label, to_string(result.outcome));
  const auto seconds = runtime::seconds(took);
  if (result.outcome == ToolOutcome::ok) {
    log_.info("{}tool={} outcome=ok after {:.3f} s {}", prefix_, name, seconds, result.detail);
  } else {
    log_.warn("{}tool={} outcome={} after {:.3f} s: {}", prefix_, name, to_string(result.outcome), seconds,
              result.detail);
  }
}

// Leaving
// ---------------------------------------------------------------------------------------------------------

std::optional<TimePoint> Tools::leaving_since() const {
  const auto leaving = std::ranges::find_if(pending_, [](const Pending& p) { return !p.deadline; });
  return leaving == pending_.end() ? std::nullopt : std::optional(leaving->called_at);
}

void Tools::last_word_played(TimePoint now) {
  const auto leaving = std::ranges::find_if(pending_, [](const Pending& p) { return !p.deadline; });
  if (leaving == pending_.end()) return;
  // What else was asked for is done first: the call's end would cancel it.
  if (std::ranges::any_of(pending_, [](const Pending& p) { return p.deadline.has_value(); })) return;
  if (leaving->kind == Kind::end_call) {
    hangs_up_ = true;
    answer(leaving, tool_done(), now);
    return;
  }
  transferring_ = true;
  leaving->deadline = now + kTransferWithin;
  tasks_.push_back({leaving->no, nullptr, "", leaving->transfer_to, *leaving->deadline});
}

// The owner's part
// ------------------------------------------------------------------------------------------------

std::optional<Tools::Keys> Tools::take_keys() {
  if (keys_.empty()) return std::nullopt;
  auto keys = std::move(keys_.front());
  keys_.pop_front();
  return keys;
}

std::optional<ToolTask> Tools::take_task() {
  if (tasks_.empty()) return std::nullopt;
  auto task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

bool Tools::awaits(ToolNo no) const {
  return std::ranges::find(pending_, no, &Pending::no) != pending_.end();
}

void Tools::finished(ToolNo no, ToolResult result, TimePoint now) {
  const auto pending = std::ranges::find(pending_, no, &Pending::no);
  if (pending != pending_.end()) answer(pending, std::move(result), now);
}

void Tools::tick(TimePoint now) {
  for (;;) {
    const auto late = std::ranges::find_if(
        pending_, [&](const Pending& pending) { return pending.deadline && now >= *pending.deadline; });
    if (late == pending_.end()) return;
    answer(late,
           tool_error(ToolOutcome::timed_out,
                      "this took too long and may or may not have been done; tell the caller so"),
           now);
  }
}

void Tools::finish(TimePoint now) {
  while (!pending_.empty())
    answer(pending_.begin(), tool_error(ToolOutcome::unanswered, "the call is over"), now);
}

}  // namespace bridge::call
