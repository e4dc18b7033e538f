#include "runtime/core/overloaded.hpp"
#include "scenarios/words/parties.hpp"
#include "scenarios/words/plain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace scenarios::words {
namespace {

namespace openai = simulators::openai;

std::string demand(const openai::When& when) {
  using Kind = openai::When::Kind;
  switch (when.kind) {
    case Kind::greeting:
      return "When the bridge asks for a greeting";
    case Kind::caller_finished:
      return "When the caller has finished speaking";
    case Kind::heard:
      return "When the caller has said what it waits for";
    case Kind::text:
      return when.text.empty() ? std::string("When a text arrives (keys that were pressed)")
                               : "When a text arrives that " + std::string(when.exact ? "is " : "holds ") +
                                     cited(when.text);
    case Kind::tool_result:
      return "When the result of " + (when.tool.empty() ? std::string("a tool") : when.tool) + " arrives";
    case Kind::again:
      return "When it is asked once more, with nothing new said";
    case Kind::out_of_band:
      return "When a response beside the conversation is asked for";
    case Kind::any:
      return "Whatever is asked";
  }
  return {};
}

std::string output(const openai::Output& output) {
  return std::visit(
      runtime::Overloaded{
          [](const openai::Speech& speech) {
            const std::string length = length_of(speech.mulaw) + " of speech";
            return speech.transcript.empty() ? "says " + length
                                             : "says " + cited(speech.transcript) + " (" + length + ")";
          },
          [](const openai::TranscriptOnly& mute) {
            return "claims to say " + cited(mute.transcript) + ", and sends no sound";
          },
          [](const openai::TextOnly& text) { return "writes " + cited(text.text) + " instead of speaking"; },
          [](const openai::ToolCall& tool) {
            return "calls the tool " + tool.name + " with " + tool.arguments;
          },
          [](const openai::McpCall& call) {
            return "has the service call " + call.name + " of " + call.server + " with " + call.arguments +
                   (call.error ? ", which fails: " + *call.error : ", which answers " + cited(call.result));
          },
          [](const openai::McpApproval& asked) {
            return "asks whether " + asked.name + " of " + asked.server + " may be called with " +
                   asked.arguments;
          },
      },
      output);
}

std::string ending(const openai::Ending& ending) {
  return std::visit(
      runtime::Overloaded{
          [](const openai::Completed&) { return std::string(); },
          [](const openai::Failed& failed) { return "fails: " + failed.error.message; },
          [](const openai::Incomplete& cut) { return "breaks off (" + cut.reason + ")"; },
          [](const openai::NeverCreated&) { return std::string("never answers"); },
          [](const openai::CancelledAtBirth&) { return std::string("is cancelled before it says anything"); },
      },
      ending);
}

std::string stall(const openai::Stall& stall) {
  std::string text = "stops sending";
  if (stall.after_audio) text += " after " + duration(*stall.after_audio) + " of audio";
  if (stall.after_deltas) text += " after " + std::to_string(*stall.after_deltas) + " pieces of audio";
  return text + (stall.lasts ? " for " + duration(*stall.lasts) : ", and never goes on");
}

void add_lateness(const openai::Faults& faults, std::vector<std::string>& list) {
  if (faults.created_later > runtime::Duration(0))
    list.push_back("begins " + duration(faults.created_later) + " later than usual");
  if (faults.first_audio_later > runtime::Duration(0))
    list.push_back("sends its first audio " + duration(faults.first_audio_later) + " later than usual");
  if (faults.stall) list.push_back(stall(*faults.stall));
}

void add_cancelling(const openai::Faults& faults, std::vector<std::string>& list) {
  const std::size_t late = faults.late_deltas_before_done + faults.late_deltas_after_done;
  if (late > 0)
    list.push_back("sends " + std::to_string(late) + " more pieces of audio after it was cancelled");
  if (faults.cancel == openai::Faults::Cancel::unconfirmed)
    list.push_back("never confirms that it was cancelled");
  if (faults.cancel == openai::Faults::Cancel::ignored) list.push_back("goes on although it was cancelled");
}

/// What it does wrong.
std::vector<std::string> wrongs(const openai::Faults& faults) {
  std::vector<std::string> list;
  add_lateness(faults, list);
  if (faults.undecodable) list.push_back("sends audio that cannot be decoded");
  if (faults.speak_as) list.push_back("sends audio in another format than was agreed");
  if (faults.never_ends) list.push_back("never says that it is done");
  if (faults.no_deltas) list.push_back("sends nothing between beginning and end");
  if (faults.empty_deltas) list.push_back("sends an empty piece before each piece of audio");
  if (faults.repeated_deltas) list.push_back("sends each piece of audio twice");
  if (faults.reordered_deltas) list.push_back("sends its audio out of order");
  if (faults.deltas_after_done > 0)
    list.push_back("sends " + std::to_string(faults.deltas_after_done) + " pieces of audio after its end");
  add_cancelling(faults, list);
  if (faults.beta_names) list.push_back("uses the event names of the beta");
  if (!faults.insertions.empty())
    list.push_back("does " + std::to_string(faults.insertions.size()) + " unusual things at set moments");
  return list;
}

/// Where it is not the service's own.
std::vector<std::string> pace(const openai::Pace& pace) {
  const openai::Pace usual;
  std::vector<std::string> list;
  const auto set = [](const openai::Span& span, const openai::Span& other) {
    return span.lowest != other.lowest || span.highest != other.highest;
  };
  if (set(pace.created, usual.created))
    list.push_back("begins " + duration(pace.created.highest) + " after it is due");
  if (set(pace.audio, usual.audio))
    list.push_back("sends its first audio " + duration(pace.audio.highest) + " after it has begun");
  if (pace.speed.lowest != usual.speed.lowest || pace.speed.highest != usual.speed.highest)
    list.push_back(
        fmt::format("sends {} s of audio in a second", static_cast<double>(pace.speed.highest) / 100));
  if (pace.between_deltas)
    list.push_back("sends a piece of audio every " + duration(pace.between_deltas->highest));
  if (pace.delta_audio) {
    list.push_back("sends its audio in pieces of " + duration(pace.delta_audio->highest));
  } else if (pace.first_delta_audio) {
    list.push_back("sends " + duration(pace.first_delta_audio->highest) + " of audio in its first piece");
  }
  if (set(pace.done, usual.done))
    list.push_back("ends " + duration(pace.done.highest) + " after its last piece");
  if (set(pace.cancel, usual.cancel))
    list.push_back("ends " + duration(pace.cancel.highest) + " after it was cancelled");
  return list;
}

}  // namespace

std::string occasion(const openai::Rule& rule) {
  std::string text = demand(rule.when);
  if (rule.when.nth > 0) text += " for the " + ordinal(rule.when.nth) + " time";
  if (rule.every_time) text += ", every time";
  return text;
}

std::string reply(const openai::Reply& reply) {
  std::vector<std::string> parts;
  for (const auto& one : reply.outputs) parts.push_back(output(one));
  for (auto& wrong : wrongs(reply.faults)) parts.push_back(std::move(wrong));
  if (auto end = ending(reply.ending); !end.empty()) parts.push_back(std::move(end));
  std::string text = fmt::format("{}", fmt::join(parts, ", then "));
  if (parts.empty()) text = "says nothing at all";
  if (reply.pace) {
    const auto times = pace(*reply.pace);
    text += fmt::format("; it {}", fmt::join(times, ", "));
  }
  return text;
}

}  // namespace scenarios::words
