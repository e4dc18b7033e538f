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
using simulators::openai::TruncationFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::EndedBy;

constexpr std::size_t kReceivedBytes = 3200;  // 400 ms: recognised
constexpr std::size_t kBytesPerMs = 8;

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

Outcome received_audio(const ModelReceivedCheck& check, const CallEvidence& call) {
  std::vector<Run> runs;
  for (const auto* session : call.sessions) runs.push_back({{}, session->caller_audio});
  const NamedAudio& wanted = *check.audio;
  const Match match =
      check.complete ? find_whole(runs, wanted.mulaw) : find_stretch(runs, wanted.mulaw, kReceivedBytes);
  if (match.length > 0) return passed(fmt::format("{} bytes of '{}' arrived", match.length, wanted.name));
  const Match part = find_stretch(runs, wanted.mulaw, kFrame * 2);
  if (part.length == 0) return failed("nothing of '" + wanted.name + "' arrived");
  return failed(fmt::format("{} of the {} bytes of '{}' arrived in a row", part.length, wanted.mulaw.size(),
                            wanted.name));
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

Outcome judge_truncations(const ModelReceivedCheck& check, const CallEvidence& call, const Between& between) {
  Outcome outcome = failed("no truncation arrived");
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

template <class Facts, class Fits>
bool any_in(const CallEvidence& call, const Between& between, Facts facts, Fits fits) {
  return std::any_of(call.sessions.begin(), call.sessions.end(), [&](const SessionFacts* session) {
    const auto& list = session->*facts;
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& one) { return between.holds(one.at) && fits(one); });
  });
}

Outcome received(const ModelReceivedCheck& check, const CallEvidence& call, const Between& between) {
  if (check.audio) {
    if (auto outcome = received_audio(check, call); !outcome.passed()) return outcome;
  }
  if (check.text && !any_in(call, between, &SessionFacts::user_texts, [&](const auto& item) {
        return item.text.find(*check.text) != std::string::npos;
      })) {
    return failed("no text with '" + *check.text + "' arrived");
  }
  if (check.tool_output && !any_in(call, between, &SessionFacts::tool_outputs,
                                   [&](const auto& output) { return output.tool == *check.tool_output; })) {
    return failed("no output of the tool '" + *check.tool_output + "' arrived");
  }
  if (!check.session.empty()) {
    if (auto outcome = judge_session(check, call); !outcome.passed()) return outcome;
  }
  if (check.truncate_heard) return judge_truncations(check, call, between);
  return passed("it arrived");
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

Outcome judge_codes(const CallCheck& check, const CallEvidence& evidence) {
  const auto& call = *evidence.call;
  if (check.twilio_errors) {
    std::set<int> codes;
    for (const auto& error : call.errors) codes.insert(error.code);
    const std::set<int> wanted(check.twilio_errors->begin(), check.twilio_errors->end());
    if (codes != wanted) return failed(fmt::format("Twilio's errors are [{}]", fmt::join(codes, ", ")));
  }
  if (check.debugger_told) {
    const auto codes = told_debugger(call);
    const std::set<int> wanted(check.debugger_told->begin(), check.debugger_told->end());
    if (codes != wanted) return failed(fmt::format("the Debugger was told [{}]", fmt::join(codes, ", ")));
  }
  if (check.dialed) {
    std::vector<std::string> rung;
    for (const auto& leg : call.children) rung.push_back(leg->to);
    if (std::ranges::find(rung, *check.dialed) == rung.end()) {
      return failed(rung.empty() ? "nobody was dialed" : fmt::format("dialed: {}", fmt::join(rung, ", ")));
    }
  }
  if (check.stream_close_code) {
    const auto* stream = call.stream();
    const int code = stream == nullptr ? 0 : stream->bridge_close_code.value_or(std::uint16_t{0});
    if (code != *check.stream_close_code) {
      return failed(code == 0 ? "the bridge sent no close code to Twilio"
                              : fmt::format("it closed the stream with {}", code));
    }
  }
  if (check.openai_close_code) {
    const auto* session = evidence.sessions.empty() ? nullptr : evidence.sessions.back();
    const int code = session == nullptr || !session->close_received ? 0 : session->close_received->code;
    if (code != *check.openai_close_code) {
      return failed(code == 0 ? "the bridge sent no close code to OpenAI"
                              : fmt::format("it closed the session with {}", code));
    }
  }
  return passed("");
}

Outcome judge_one_call(const CallCheck& check, const CallEvidence& evidence, TimePoint finished) {
  const auto& call = *evidence.call;
  const std::string status = call.statuses.empty() ? "none" : call.status();
  if (check.status && status != *check.status) return failed("its status is " + status);
  if (check.ended_by && (!call.ended_at || name_of(call.ended_by) != *check.ended_by)) {
    return failed(call.ended_at ? fmt::format("{} ended it", name_of(call.ended_by)) : "it never ended");
  }
  if (check.streams) {
    const auto count = static_cast<std::size_t>(
        std::count_if(call.streams.begin(), call.streams.end(),
                      [](const auto& stream) { return stream->started_at.has_value(); }));
    if (count != *check.streams) return failed(fmt::format("{} streams were opened", count));
  }
  if (check.silence_before_end) {
    if (call.measured.utterances.empty()) return failed("the bot was never heard");
    const Duration silence = call.ended_at.value_or(finished) - call.measured.utterances.back().end;
    if (silence < check.silence_before_end->first || silence > check.silence_before_end->second) {
      return failed(fmt::format("{:.2f} s of silence before the end", runtime::seconds(silence)));
    }
  }
  if (auto outcome = judge_codes(check, evidence); !outcome.passed()) return outcome;
  return passed(fmt::format("{}, ended by {}", status, name_of(call.ended_by)));
}

}  // namespace

Outcome judge_model_received(const ModelReceivedCheck& check, const Between& between,
                             const Evidence& evidence) {
  return for_calls(evidence, check.call,
                   [&](const CallEvidence& call) { return received(check, call, between); });
}

Outcome judge_call(const CallCheck& check, const Window& window, const Between& between,
                   const Evidence& evidence) {
  return for_calls(evidence, check.call, [&](const CallEvidence& call) {
    const auto ended = call.call->ended_at;
    if (window.mode == Window::Mode::within && !(ended && between.holds(*ended)))
      return failed(ended ? "it ended at " + time_text(evidence, *ended) : "it never ended");
    return judge_one_call(check, call, evidence.finished_at);
  });
}

}  // namespace scenarios::engine
