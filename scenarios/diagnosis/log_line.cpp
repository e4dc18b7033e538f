#include "scenarios/diagnosis/log_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace scenarios::diagnosis {
namespace {

constexpr std::size_t kShown = 160;
constexpr std::size_t kSidLength = 34;
constexpr int kWrappings = 3;  // JSON in JSON: a container runtime around a collector around the bridge

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/// What follows `key` in `text`, up to the first character that is none of a word. Empty: no such key.
std::string word_after(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return {};
  auto rest = text.substr(at + key.size());
  while (!rest.empty() && (rest.front() == '"' || rest.front() == '\'' || rest.front() == ' '))
    rest.remove_prefix(1);
  const auto end = std::ranges::find_if_not(rest, is_word);
  return {rest.begin(), end};
}

std::uint64_t number_after(std::string_view text, std::string_view key) {
  const auto word = word_after(text, key);
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

/// What looks like a sid of Twilio's: `prefix` and 32 hexadecimal digits.
std::string sid_in(std::string_view text, std::string_view prefix) {
  for (auto at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at + 2)) {
    const auto sid = text.substr(at, kSidLength);
    const bool hexadecimal = std::ranges::all_of(sid.substr(2), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    if (sid.size() == kSidLength && hexadecimal) return std::string(sid);
  }
  return {};
}

/// The CallSid of a line: `call=...` and its like, or anything that looks like one.
std::string call_of(std::string_view text) {
  for (const auto* key :
       {"call=", "call_sid=", "callSid=", "call_sid: ", "callSid: ", "CallSid=", "CallSid: "}) {
    if (auto word = word_after(text, key); !word.empty()) return word;
  }
  return sid_in(text, "CA");
}

Fact marker_in(std::string_view text) {
  if (const auto at = text.find("[RX_AUDIO_DELTA]"); at != std::string_view::npos) {
    const auto rest = text.substr(at);
    return DeltaReceived{number_after(rest, "bytes="), word_after(rest, "response_id=")};
  }
  if (text.find("[TX_FRAME_FIRST]") != std::string_view::npos) return FirstFrame{};
  if (const auto at = text.find("[TX_FRAME_BATCH]"); at != std::string_view::npos) {
    return FrameBatch{number_after(text.substr(at), "total_frames=")};
  }
  if (auto track = word_after(text, "TWIML_TRACK="); !track.empty()) return TrackServed{std::move(track)};
  return {};
}

constexpr std::string_view kWithout = " object has no attribute '";

/// What Python itself made has no state of a call: of those anything may be missing, by a mistake like
/// others.
bool is_of_python(std::string_view before) {
  constexpr std::array kTypes{"NoneType", "str",   "bytes", "dict",     "list",   "tuple",
                              "int",      "float", "bool",  "function", "method", "coroutine"};
  return std::ranges::any_of(
      kTypes, [&](std::string_view type) { return before.ends_with("'" + std::string(type) + "'"); });
}

/// An attribute that an object of the program's own has not got, with or without `_` before its name.
std::string missing_state_in(std::string_view text) {
  const auto at = text.find(kWithout);
  if (at == std::string_view::npos || is_of_python(text.substr(0, at))) return {};
  return word_after(text.substr(at), kWithout);
}

/// How the bridge that had the incident died: state used before it existed, and one path instead of two.
Fact incident_in(std::string_view text) {
  if (auto name = missing_state_in(text); !name.empty()) return StateMissing{std::move(name)};
  if (text.find("AttributeError") != std::string_view::npos || text.find(kWithout) != std::string_view::npos)
    return Crashed{};
  if (text.find("LIVE AUDIO PIPELINE ACTIVE") != std::string_view::npos &&
      text.find("(single path)") != std::string_view::npos) {
    return OnePath{};
  }
  if (text.find("fault inside the call") != std::string_view::npos ||
      text.find("Traceback (most recent call last)") != std::string_view::npos) {
    return Crashed{};
  }
  return {};
}

/// A caller, or what claimed to be Twilio, was turned away before any stream.
Fact refusal_in(std::string_view text) {
  const auto holds = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (holds("signature=") && holds(" checked_against=")) return SignatureRefused{};
  constexpr std::string_view kConnections = " connections refused: limits.connections=";
  if (const auto at = text.find(kConnections); at != std::string_view::npos) {
    if (holds(" of the admin listener are open")) return {};  // no caller comes there
    const auto before = text.substr(0, at);
    return ConnectionsRefused{number_after(before.substr(before.find_last_of(" \t") + 1), "")};
  }
  if (holds(" refused: no agent answers ")) return CallRefused{"unknown_number"};
  if (!holds(" refused direction=")) return {};
  if (holds(" limits.calls=")) return CallRefused{"limit"};
  if (holds(" limits.calls_per_source=")) return CallRefused{"source"};
  if (holds(" budgets.daily_tokens=")) return CallRefused{"budget"};
  if (holds(" draining: ")) return CallRefused{"draining"};
  return {};
}

/// What the bridge passes on of Twilio's words, and the first line of each process.
Fact event_in(std::string_view text) {
  const auto holds = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (holds(" twilio says of its stream: ") || holds(" twilio's debugger: "))
    return TwilioSaid{word_after(text, " code=")};
  if (holds("linecheck-bridge ") && holds(" starts, public=")) return ProcessStarted{};
  if (holds("cannot listen on ")) return NotListening{};
  return {};
}

Fact judgement_in(std::string_view text) {
  if (auto stage = word_after(text, " watchdog="); !stage.empty()) return WatchdogFired{std::move(stage)};
  if (auto verdict = word_after(text, " verdict="); !verdict.empty()) {
    auto reason = word_after(text, " reason=");
    if (text.find(" ended_by=") != std::string_view::npos)
      return CallVerdict{std::move(verdict), std::move(reason)};
    return ResponseVerdict{std::move(verdict), std::move(reason)};
  }
  if (const auto at = text.find("no OpenAI session"); at != std::string_view::npos) {
    const auto rest = text.substr(at);
    const auto why = word_after(rest, ": ");
    if (auto reason = word_after(rest, " reason="); !reason.empty())
      return SessionRefused{why == "misconfigured", std::move(reason)};
  }
  const bool started = text.ends_with(" started") || text.find(" started agent=") != std::string_view::npos;
  if (started && text.find(" stream=") != std::string_view::npos) return StreamStarted{};
  return {};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The message of a JSON line, and its call and stream where those are fields of their own.
struct Unwrapped {
  std::string message, call, stream;
};

/// A field's text. journald writes a message that holds control characters as an array of its bytes.
std::optional<std::string> text_of(const nlohmann::json& field) {
  if (field.is_string()) return field.get<std::string>();
  if (!field.is_array()) return std::nullopt;
  std::string text;
  for (const auto& byte : field) {
    if (!byte.is_number_unsigned() || byte.get<unsigned>() > 0xFFU) return std::nullopt;
    text += static_cast<char>(byte.get<unsigned>());
  }
  return text;
}

std::optional<std::string> message_of(const nlohmann::json& json) {
  for (const auto* key : {"message", "msg", "log", "text", "MESSAGE"}) {
    if (const auto field = json.find(key); field != json.end()) {
      if (auto text = text_of(*field)) return text;
    }
  }
  return std::nullopt;
}

Unwrapped unwrap(std::string_view raw) {
  Unwrapped found{std::string(trimmed(raw)), {}, {}};
  for (int depth = 0; depth < kWrappings && found.message.starts_with('{'); ++depth) {
    const auto json = nlohmann::json::parse(found.message, nullptr, false);
    if (!json.is_object()) break;
    for (const auto* key : {"call", "call_sid", "callSid", "CallSid"}) {
      if (const auto field = json.find(key); field != json.end() && field->is_string()) found.call = *field;
    }
    for (const auto* key : {"stream", "stream_sid", "streamSid", "StreamSid"}) {
      const auto field = json.find(key);  // container runtimes have a `stream` of their own: stdout, stderr
      if (field == json.end() || !field->is_string()) continue;
      if (auto sid = sid_in(field->get<std::string>(), "MZ"); !sid.empty()) found.stream = std::move(sid);
    }
    const auto message = message_of(json);
    if (!message) break;
    found.message = trimmed(*message);
  }
  return found;
}

/// How many bytes of `text` are one well-formed character of UTF-8 beyond ASCII; 0: none is.
std::size_t character_at(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead >= 0xF0U && lead < 0xF5U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC2U ? 2 : 0;
  if (length == 0 || lead >= 0xF5U || text.size() < length) return 0;
  const auto rest = text.substr(1, length - 1);
  return std::ranges::all_of(rest, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; })
             ? length
             : 0;
}

/// The length of a terminal's colour or cursor command that begins with ESC: up to its letter.
std::size_t escape_at(std::string_view text) {
  const auto letter = std::ranges::find_if(
      text.substr(1), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return std::min<std::size_t>(text.size(), static_cast<std::size_t>(letter - text.begin()) + 1);
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string shown;
  while (!text.empty() && shown.size() < most) {
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    if (c == 0x1BU) {
      length = escape_at(text);
    } else if (c >= 0x80U) {
      const auto whole = character_at(text);
      shown += whole == 0 ? "?" : text.substr(0, whole);
      length = std::max<std::size_t>(whole, 1);
    } else if (c >= ' ' && c != 0x7FU) {
      shown += text.front();
    } else if (c == '\t') {
      shown += ' ';
    }
    text.remove_prefix(length);
  }
  return shown;
}

LogLine read_line(std::string_view raw) {
  auto unwrapped = unwrap(raw);
  LogLine line;
  line.text = printable(unwrapped.message, kShown);
  // Facts are looked for in the cleaned text: colours may stand inside of a marker's line.
  const auto whole = printable(unwrapped.message, unwrapped.message.size());
  line.call = unwrapped.call.empty() ? call_of(whole) : std::move(unwrapped.call);
  line.stream = unwrapped.stream.empty() ? sid_in(whole, "MZ") : std::move(unwrapped.stream);
  for (const auto reader : {marker_in, incident_in, judgement_in, refusal_in, event_in}) {
    line.fact = reader(whole);
    if (!std::holds_alternative<std::monostate>(line.fact)) break;
  }
  return line;
}

}  // namespace scenarios::diagnosis
