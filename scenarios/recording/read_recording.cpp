#include "scenarios/recording/media_reader.hpp"
#include "scenarios/recording/model_reader.hpp"
#include "scenarios/recording/recording.hpp"
#include "scenarios/recording/wire_line.hpp"

#include <algorithm>
#include <set>

namespace scenarios::recording {
namespace {

using Direction = runtime::WireLog::Direction;

/// When a call's stream and a session ran.
struct Span {
  std::string id;
  TimePoint from, to;
  bool meets(const Span& other) const { return from <= other.to && other.from <= to; }
};

void extend(std::vector<Span>& spans, const WireLine& line) {
  const auto found = std::ranges::find(spans, line.call, &Span::id);
  if (found == spans.end()) {
    spans.push_back({line.call, line.at, line.at});
  } else {
    found->to = line.at;
  }
}

/// The sessions of `call`: all, where it is alone; else those that ran when no other call did.
std::variant<std::set<std::string>, std::string> sessions_of(const Span& call, const std::vector<Span>& calls,
                                                             const std::vector<Span>& sessions) {
  std::set<std::string> chosen;
  for (const auto& other : calls) {
    if (other.id != call.id && other.meets(call))
      return "calls ran at the same time, and whose session was whose cannot be told: record one call";
  }
  for (const auto& session : sessions) {
    if (calls.size() == 1 || session.meets(call)) chosen.insert(session.id);
  }
  return chosen;
}

}  // namespace

std::variant<Recording, std::string> read_recording(std::string_view wires, std::size_t number) {
  auto read = read_wires(wires);
  if (auto* error = std::get_if<std::string>(&read)) return std::move(*error);
  const auto& lines = std::get<std::vector<WireLine>>(read);
  std::vector<Span> calls, sessions;
  for (const auto& line : lines) {
    const bool starts = line.lane == "twilio.media" && text_at(line.message, {"event"}) == "start";
    const bool known = std::ranges::find(calls, line.call, &Span::id) != calls.end();
    if (starts || (known && line.lane == "twilio.media")) extend(calls, line);
    if (line.lane == "openai") extend(sessions, line);
  }
  if (calls.empty()) return "no media stream was started in it: there is no sound to record";
  if (number == 0 || number > calls.size())
    return "there is no call " + std::to_string(number) + " in it, but " + std::to_string(calls.size());
  const auto& call = calls[number - 1];
  const auto chosen = sessions_of(call, calls, sessions);
  if (const auto* error = std::get_if<std::string>(&chosen)) return *error;

  Recording recording;
  MediaReader media(call.id, recording);
  ModelReader model(recording);
  for (const auto& line : lines) {
    if (line.lane.starts_with("twilio")) media.read(line);
    if (line.lane == "openai" && std::get<std::set<std::string>>(chosen).contains(line.call))
      model.read(line);
  }
  media.finish();
  model.finish();
  return recording;
}

}  // namespace scenarios::recording
