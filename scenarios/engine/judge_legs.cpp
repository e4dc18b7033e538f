#include "runtime/core/utf8.hpp"
#include "runtime/net/url.hpp"
#include "scenarios/engine/audio_search.hpp"
#include "scenarios/engine/judges.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

// What reached the model, and how the call went at Twilio.
namespace scenarios::engine {
namespace {

using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;
using simulators::openai::ToolOutputFacts;
using simulators::openai::TruncationFacts;
using simulators::openai::UserTextFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::EndedBy;

constexpr std::size_t kReceivedBytes = 3200;  // 400 ms: recognised
constexpr std::size_t kBytesPerMs = 8;
constexpr Between kEver{TimePoint::min(), TimePoint::max()};
constexpr std::size_t kShownArrivals = 5;  // that a failure tells of
constexpr std::size_t kShownOfEach = 60;   // bytes

/// So much of a text as a message shows.
std::string first_words_of(const std::string& text) {
  if (text.size() <= kShownOfEach) return text;
  return std::string(runtime::utf8_prefix(text, kShownOfEach)) + "...";
}

std::string_view name_of(EndedBy who) {
  switch (who) {
    case EndedBy::caller:
      return "caller";
    case EndedBy::bridge:
      return "bridge";
    case EndedBy::rest:
      return "rest";
    case EndedBy::twilio:
      return "twilio";
    case EndedBy::time_limit:
      return "time_limit";
    case EndedBy::not_answered:
      return "not_answered";
  }
  return "";
}

/// What each session was appended in a window, one run a session.
std::vector<Run> appended_in(const CallEvidence& call, const Between& between) {
  std::vector<Run> runs;
  for (const auto* session : call.sessions) {
    std::string audio;
    for (const auto& append : session->appends) {
      if (between.holds(append.at)) audio.append(session->caller_audio, append.offset, append.bytes);
    }
    runs.push_back({{}, std::move(audio)});
  }
  return runs;
}

/// When a byte of what a session was appended arrived.
TimePoint appended_at(const SessionFacts& session, std::size_t offset) {
  TimePoint at{};
  for (const auto& append : session.appends) {
    if (append.offset <= offset) at = append.at;
  }
  return at;
}

Outcome received_audio(const ModelReceivedCheck& check, const CallEvidence& call, const Between& between,
                       const Evidence& evidence) {
  const NamedAudio& wanted = *check.audio;
  const auto search = [&](const std::vector<Run>& runs) {
    return check.complete ? find_whole(runs, wanted.mulaw) : find_stretch(runs, wanted.mulaw, kReceivedBytes);
  };
  const auto runs = appended_in(call, between);
  const Match match = search(runs);
  if (match.length > 0) return passed(fmt::format("{} bytes of '{}' arrived", match.length, wanted.name));
  const Match part = find_stretch(runs, wanted.mulaw, kFrame * 2);
  std::string why = "nothing of '" + wanted.name + "' arrived";
  if (part.length > 0) {
    why = fmt::format("{} of the {} bytes of '{}' arrived in a row", part.length, wanted.mulaw.size(),
                      wanted.name);
  }
  const Match outside = search(appended_in(call, kEver));
  if (outside.length == 0) return failed(why);
  const TimePoint began = appended_at(*call.sessions[outside.run], outside.at);
  const TimePoint ended = appended_at(*call.sessions[outside.run], outside.at + outside.length - 1);
  return failed(why + " in that time", fmt::format("it arrived from {} to {}", time_text(evidence, began),
                                                   time_text(evidence, between, ended)));
}

/// The bytes of one item as the model sent them.
std::string item_audio(const ResponseFacts& response, std::size_t index) {
  std::string audio;
  for (const auto& chunk : response.chunks) {
    if (chunk.output == index) audio += std::string_view(response.audio).substr(chunk.offset, chunk.bytes);
  }
  return audio;
}

/// How much of an item came out of the handset, from its beginning, up to a moment.
std::size_t heard_of(const CallEvidence& call, std::string_view item) {
  const auto runs = runs_of(call.call->heard);
  const Match match = find_stretch(runs, item.substr(0, std::min(item.size(), kReceivedBytes)), kFrame);
  if (match.length == 0) return 0;
  // From the item's first byte on, also across a gap in the playing.
  std::size_t heard = match.from + match.length;
  std::size_t at = match.at + match.length;
  for (std::size_t run = match.run; heard < item.size() && run < runs.size(); ++run, at = 0) {
    const std::string& sound = runs[run].mulaw;
    while (at < sound.size() && heard < item.size() && sound[at] == item[heard]) {
      ++at;
      ++heard;
    }
    if (at < sound.size()) break;
  }
  return heard;
}

Outcome judge_truncation(const TruncationFacts& truncation, const CallEvidence& call,
                         const SessionFacts& session, Duration tolerance) {
  for (const auto& response : session.responses) {
    for (std::size_t i = 0; i < response.items.size(); ++i) {
      if (response.items[i].id != truncation.item) continue;
      const auto heard_ms = static_cast<std::int64_t>(heard_of(call, item_audio(response, i)) / kBytesPerMs);
      const auto least = heard_ms - std::chrono::duration_cast<std::chrono::milliseconds>(tolerance).count();
      const std::string what =
          fmt::format("truncated at {} ms, {} ms were heard", truncation.audio_end_ms, heard_ms);
      return truncation.audio_end_ms <= heard_ms && truncation.audio_end_ms >= least ? passed(what)
                                                                                     : failed(what);
    }
  }
  return failed("truncated an item that nobody knows: " + truncation.item);
}

/// Something in a list of what sessions were told fits, and came in the window. `missing` says what did not:
/// "no text with '1#' arrived".
template <class Facts, class Fits>
Outcome arrival(const CallEvidence& call, const Between& between, const Evidence& evidence, Facts list,
                Fits fits, const std::string& missing) {
  std::optional<TimePoint> outside;
  for (const SessionFacts* session : call.sessions) {
    for (const auto& one : session->*list) {
      if (!fits(one)) continue;
      if (between.holds(one.at)) return passed("it arrived");
      if (!outside) outside = one.at;
    }
  }
  if (!outside) return failed(missing);
  return failed(missing + " in that time", "one came at " + time_text(evidence, between, *outside));
}

/// "; there came 'a', 'b'": the words of each in a list. Empty: there was none.
template <class Facts, class Words>
std::string words_that_came(const CallEvidence& call, Facts list, Words words) {
  std::vector<std::string> all;
  for (const SessionFacts* session : call.sessions) {
    for (const auto& one : session->*list) all.push_back("'" + first_words_of(one.*words) + "'");
  }
  if (all.empty()) return {};
  const std::size_t more = all.size() - std::min(all.size(), kShownArrivals);
  all.resize(all.size() - more);
  return fmt::format("; there came {}{}", fmt::join(all, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

Outcome received_text(const std::string& wanted, const CallEvidence& call, const Between& between,
                      const Evidence& evidence) {
  const auto fits = [&](const UserTextFacts& item) { return item.text.find(wanted) != std::string::npos; };
  Outcome outcome = arrival(call, between, evidence, &SessionFacts::user_texts, fits,
                            "no text with '" + wanted + "' arrived");
  if (!outcome.passed() && outcome.nearest_miss.empty())
    outcome.why += words_that_came(call, &SessionFacts::user_texts, &UserTextFacts::text);
  return outcome;
}

Outcome received_output(const std::string& tool, const CallEvidence& call, const Between& between,
                        const Evidence& evidence) {
  Outcome outcome = arrival(
      call, between, evidence, &SessionFacts::tool_outputs,
      [&](const ToolOutputFacts& output) { return output.tool == tool; },
      "no output of the tool '" + tool + "' arrived");
  if (!outcome.passed() && outcome.nearest_miss.empty())
    outcome.why += words_that_came(call, &SessionFacts::tool_outputs, &ToolOutputFacts::tool);
  return outcome;
}

Outcome judge_truncations(const ModelReceivedCheck& check, const CallEvidence& call, const Between& between,
                          const Evidence& evidence) {
  Outcome outcome = arrival(
      call, between, evidence, &SessionFacts::truncations, [](const auto&) { return true; },
      "no truncation arrived");
  if (!outcome.passed()) return outcome;
  for (const auto* session : call.sessions) {
    for (const auto& truncation : session->truncations) {
      if (!between.holds(truncation.at)) continue;
      outcome = judge_truncation(truncation, call, *session, check.tolerance);
      if (!outcome.passed()) return outcome;
    }
  }
  return outcome;
}

Outcome judge_session(const ModelReceivedCheck& check, const CallEvidence& call) {
  if (call.sessions.empty() || call.sessions.back()->updates.empty())
    return failed("no session was configured");
  const nlohmann::json session =
      nlohmann::json::parse(call.sessions.back()->updates.back().session, nullptr, false);
  for (const auto& [path, expected] : check.session) {
    const nlohmann::json* at = &session;
    std::string_view rest = path;
    while (at != nullptr && !rest.empty()) {
      const auto dot = rest.find('.');
      const std::string key(rest.substr(0, dot));
      rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
      at = at->is_object() && at->contains(key) ? &(*at)[key] : nullptr;
    }
    if (at == nullptr) return failed("the session has no '" + path + "'");
    if (*at != nlohmann::json::parse(expected, nullptr, false))
      return failed(fmt::format("{} is {}", path, at->dump()));
  }
  return passed("as expected");
}

Outcome received(const ModelReceivedCheck& check, const CallEvidence& call, const Between& between,
                 const Evidence& evidence) {
  Outcome outcome = passed("it arrived");
  if (check.audio) outcome = received_audio(check, call, between, evidence);
  if (outcome.passed() && check.text) outcome = received_text(*check.text, call, between, evidence);
  if (outcome.passed() && check.tool_output)
    outcome = received_output(*check.tool_output, call, between, evidence);
  if (outcome.passed() && !check.session.empty()) outcome = judge_session(check, call);
  if (outcome.passed() && check.truncate_heard) return judge_truncations(check, call, between, evidence);
  return outcome.passed() ? passed("it arrived") : outcome;
}

/// The codes in what was posted to the Debugger's webhook.
std::set<int> told_debugger(const CallFacts& call) {
  std::set<int> codes;
  for (const auto& exchange : call.http) {
    if (exchange.purpose != simulators::twilio::HttpExchange::Purpose::debugger) continue;
    const auto payload = nlohmann::json::parse(runtime::net::field(exchange.form, "Payload"), nullptr, false);
    if (!payload.is_object() || !payload.contains("error_code")) continue;
    codes.insert(std::stoi(payload["error_code"].get<std::string>()));
  }
  return codes;
}

/// What is wrong with the codes, errors and addresses.
void judge_codes(const CallCheck& check, const CallEvidence& evidence, std::vector<std::string>& wrong) {
  const auto& call = *evidence.call;
  if (check.twilio_errors) {
    std::set<int> codes;
    for (const auto& error : call.errors) codes.insert(error.code);
    const std::set<int> wanted(check.twilio_errors->begin(), check.twilio_errors->end());
    if (codes != wanted) wrong.push_back(fmt::format("Twilio's errors are [{}]", fmt::join(codes, ", ")));
  }
  if (check.debugger_told) {
    const auto codes = told_debugger(call);
    const std::set<int> wanted(check.debugger_told->begin(), check.debugger_told->end());
    if (codes != wanted) wrong.push_back(fmt::format("the Debugger was told [{}]", fmt::join(codes, ", ")));
  }
  if (check.dialed) {
    std::vector<std::string> rung;
    for (const auto& leg : call.children) rung.push_back(leg->to);
    if (std::ranges::find(rung, *check.dialed) == rung.end())
      wrong.push_back(rung.empty() ? "nobody was dialed" : fmt::format("dialed: {}", fmt::join(rung, ", ")));
  }
  if (check.stream_close_code) {
    const auto* stream = call.stream();
    const int code = stream == nullptr ? 0 : stream->bridge_close_code.value_or(std::uint16_t{0});
    if (code != *check.stream_close_code)
      wrong.push_back(code == 0 ? "the bridge sent no close code to Twilio"
                                : fmt::format("it closed the stream with {}", code));
  }
  if (check.openai_close_code) {
    const auto* session = evidence.sessions.empty() ? nullptr : evidence.sessions.back();
    const int code = session == nullptr || !session->close_received ? 0 : session->close_received->code;
    if (code != *check.openai_close_code)
      wrong.push_back(code == 0 ? "the bridge sent no close code to OpenAI"
                                : fmt::format("it closed the session with {}", code));
  }
}

Outcome judge_one_call(const CallCheck& check, const CallEvidence& evidence, TimePoint finished) {
  const auto& call = *evidence.call;
  std::vector<std::string> wrong;
  const std::string status = call.statuses.empty() ? "none" : call.status();
  if (check.status && status != *check.status) wrong.push_back("its status is " + status);
  if (check.ended_by && (!call.ended_at || name_of(call.ended_by) != *check.ended_by)) {
    wrong.push_back(call.ended_at ? fmt::format("{} ended it", name_of(call.ended_by)) : "it never ended");
  }
  if (check.streams) {
    const auto count = static_cast<std::size_t>(
        std::count_if(call.streams.begin(), call.streams.end(),
                      [](const auto& stream) { return stream->started_at.has_value(); }));
    if (count != *check.streams) wrong.push_back(fmt::format("{} streams were opened", count));
  }
  if (check.silence_before_end && call.measured.utterances.empty()) {
    wrong.emplace_back("the bot was never heard");
  } else if (check.silence_before_end) {
    const Duration silence = call.ended_at.value_or(finished) - call.measured.utterances.back().end;
    if (silence < check.silence_before_end->first || silence > check.silence_before_end->second)
      wrong.push_back(fmt::format("{:.2f} s of silence before the end", runtime::seconds(silence)));
  }
  judge_codes(check, evidence, wrong);
  if (!wrong.empty()) return failed(fmt::format("{}", fmt::join(wrong, "; ")));
  return passed(fmt::format("{}, ended by {}", status, name_of(call.ended_by)));
}

}  // namespace

Outcome judge_model_received(const ModelReceivedCheck& check, const Window& window, const Between& between,
                             const Evidence& evidence) {
  Between open = between;
  if (!window.to) open.to = TimePoint::max();  // the last of it may be on its way when the call has ended
  return for_calls(evidence, check.call,
                   [&](const CallEvidence& call) { return received(check, call, open, evidence); });
}

Outcome judge_call(const CallCheck& check, const Window& window, const Between& between,
                   const Evidence& evidence) {
  return for_calls(evidence, check.call, [&](const CallEvidence& call) {
    const auto ended = call.call->ended_at;
    if (window.mode == Window::Mode::within && !(ended && between.holds(*ended)))
      return failed(ended ? "it ended at " + time_text(evidence, between, *ended) : "it never ended");
    return judge_one_call(check, call, evidence.finished_at);
  });
}

}  // namespace scenarios::engine
