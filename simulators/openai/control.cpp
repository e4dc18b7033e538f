#include "simulators/openai/control.hpp"

#include "runtime/audio/wav.hpp"
#include "simulators/control/requests.hpp"
#include "simulators/openai/close_codes.hpp"
#include "simulators/openai/control_facts.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace simulators::openai {
namespace asio = boost::asio;
using control::Json;
using control::refuse;
using control::show;

namespace {

constexpr Duration kLook = std::chrono::milliseconds(20);    // how often a waiting request looks again
constexpr Duration kResetWithin = std::chrono::seconds(10);  // for clients to answer the close
constexpr std::int64_t kLongestStall = 3600;                 // seconds
constexpr std::uint16_t kGoingAway = 1001;

control::HttpResponse no_such_session(const std::string& id) {
  return refuse(404, {"there is no session " + id + ", or it has been forgotten", "path",
                      "an id or a number of GET /sessions"});
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Of a body that asks for a close; nullopt: no close frame holds it.
std::optional<std::uint16_t> close_code_in(const control::Body& body) {
  constexpr std::uint16_t kInternalError = 1011;
  if (!body.has("code")) return kInternalError;
  if (body.text("code") == "none") return close_code::kNone;
  const auto code = body.whole("code", 1000, 4999);
  if (!code || !close_code::may_be_sent(*code)) return std::nullopt;
  return static_cast<std::uint16_t>(*code);
}

/// What the caller's side appended in the session's format, as WAV; PCM comes at 24 kHz.
control::HttpResponse caller_wav(const SessionFacts& session, const control::Arguments&) {
  namespace audio = runtime::audio;
  std::string bytes;
  for (const AppendFacts& append : session.appends) {
    if (append.format == session.input_format)
      bytes += session.caller_audio.substr(append.offset, append.bytes);
  }
  std::string wav;
  if (session.input_format == AudioFormat::pcm) {
    audio::Pcm pcm(bytes.size() / 2);
    for (std::size_t i = 0; i < pcm.size(); ++i) {
      const auto low = static_cast<unsigned char>(bytes[2 * i]);
      const auto high = static_cast<unsigned char>(bytes[2 * i + 1]);
      pcm[i] = static_cast<std::int16_t>(low | (high << 8U));
    }
    wav = audio::wav_bytes(pcm, 24000);
  } else {
    const bool mulaw = session.input_format == AudioFormat::pcmu;
    wav = audio::wav_bytes(mulaw ? audio::mulaw_decode(bytes) : audio::alaw_decode(bytes), 8000);
  }
  return runtime::net::make_response(200, "audio/wav", std::move(wav));
}

/// What the model generated in one response, named by its id or its place in the session, from 0.
control::HttpResponse response_wav(const SessionFacts& session, const control::Arguments& arguments) {
  namespace audio = runtime::audio;
  const std::string& id = arguments.captured[1];
  std::size_t place = 0;
  for (const ResponseFacts& response : session.responses) {
    if (response.id == id || std::to_string(place++) == id) {
      const auto pcm = audio::mulaw_decode(response.audio);
      return runtime::net::make_response(200, "audio/wav", audio::wav_bytes(pcm, 8000));
    }
  }
  return refuse(404, {"the session has no response " + id, "path", "an id of its `responses`"});
}

}  // namespace

Control::Control(Parts parts) : parts_(std::move(parts)) {
  add_session_routes();
  add_server_routes();
  control::add_journal(api_, parts_.journal, parts_.clock);
}

/// By its id, or by its number in the order of arrival.
const SessionFacts* Control::find(std::string_view id) const {
  for (const SessionFacts& session : parts_.fake.sessions()) {
    if (session.session_id == id || std::to_string(session.number) == id) return &session;
  }
  return nullptr;
}

void Control::on_session(std::string_view method, std::string_view pattern, SessionHandler handler) {
  api_.on(method, pattern, [this, handler = std::move(handler)](const Arguments& arguments) {
    const SessionFacts* session = find(arguments.captured.front());
    return session == nullptr ? no_such_session(arguments.captured.front()) : handler(*session, arguments);
  });
}

void Control::add_session_routes() {
  api_.on("GET", "/sessions", [this](const Arguments& a) { return list(a); });
  api_.on_waiting("GET", "/sessions/{id}", [this](const Arguments& a) { return one_session(a); });
  on_session("GET", "/sessions/{id}/caller.wav", caller_wav);
  on_session("GET", "/sessions/{id}/responses/{response}/audio.wav", response_wav);
  on_session("POST", "/sessions/{id}/faults",
             [this](const SessionFacts& session, const Arguments& a) { return strike(session, a); });
}

void Control::add_server_routes() {
  api_.on("PUT", "/script", [this](const Arguments& a) { return replace(a, true); });
  api_.on("PUT", "/behaviour", [this](const Arguments& a) { return replace(a, false); });
  api_.on_waiting("POST", "/reset", [this](const Arguments& a) { return reset(a); });
  control::add_health(api_, parts_.book);
  control::add_document(api_, control_openapi());
}

control::HttpResponse Control::list(const Arguments&) const {
  Json sessions = Json::array();
  for (const SessionFacts& session : parts_.fake.sessions()) sessions.push_back(summary_json(session));
  return show({{"sessions", sessions},
               {"active", parts_.fake.active_sessions()},
               {"forgotten", parts_.fake.forgotten()},
               {"idle_faults", parts_.fake.idle_faults()}});
}

control::HttpResponse Control::strike(const SessionFacts& session, const Arguments& arguments) {
  const control::Body body(arguments.request.body);
  const std::string what = body.text("do");
  const std::size_t number = session.number;
  FakeOpenAi& fake = parts_.fake;
  if (session.ended_at) return refuse(409, {"the session is over", "path", "a session that is running"});
  if (what == "close") {
    const auto code = close_code_in(body);
    if (code == close_code::kNone && !body.text("reason").empty())
      return refuse(400,
                    {"an empty close frame holds no reason", "reason", "a code beside it, or no reason"});
    if (!code)
      return refuse(400, {"no close frame holds this code", "code",
                          R"(1000 to 1003, 1007 to 1014, 3000 to 4999 or "none"; {"do": "drop"} cuts)"});
    fake.close(number, {*code, body.text("reason")});
  } else if (what == "drop") {
    fake.abort(number);
  } else if (what == "stall" && body.whole("seconds", 1, kLongestStall)) {
    fake.stall(number, parts_.clock.now() + std::chrono::seconds(*body.whole("seconds", 1, kLongestStall)));
  } else if (what == "inject" && !body.text("message").empty()) {
    fake.send_text(number, body.text("message"));
  } else if (what == "fault") {
    return strike_by_name(session, arguments);
  } else {
    return refuse(400,
                  {"this fault is not known, or it lacks something", "body",
                   R"({"do": "close", "code": 1011}, {"do": "drop"}, {"do": "stall", "seconds": 3}, )"
                   R"({"do": "inject", "message": "..."} or {"do": "fault", "fault": {"kind": "..."}})"});
  }
  return show(summary_json(session));
}

/// A fault by its name, in the language's words. A moment that is told no time is now.
control::HttpResponse Control::strike_by_name(const SessionFacts& session, const Arguments& arguments) {
  Json fault = Json::parse(arguments.request.body, nullptr, false).value("fault", Json());
  constexpr const char* kRight = R"({"do": "fault", "fault": {"kind": "silent_audio", "after_deltas": 3}})";
  if (!fault.is_object()) return refuse(400, {"no fault is given", "fault", kRight});
  for (const char* key : {"share", "session", "first", "from", "to"}) {
    if (fault.contains(key))
      return refuse(400, {"the path says which session is struck", std::string("fault.") + key, kRight});
  }
  const Json kind = fault.value("kind", Json());
  const NamedFault* named = kind.is_string() ? find_fault(kind.get_ref<const std::string&>()) : nullptr;
  if (named != nullptr && named->scope == FaultScope::handshake)
    return refuse(400,
                  {"the session's handshake is over", "fault.kind", "PUT /behaviour, for sessions to come"});
  const auto timed = [&](const char* key) { return fault.contains(key); };
  const bool moment = named != nullptr && named->scope == FaultScope::moment;
  if (moment && !timed("at") && !timed("response") && !timed("after_deltas") && !timed("after_audio"))
    fault["at"] = "0s";
  const Json part = {{"openai", {{"faults", Json::array({fault})}}}};
  auto read = parts_.read_part(part.dump());
  if (auto* error = std::get_if<std::string>(&read)) {
    return refuse(400, {"the fault cannot be used", *error, kRight});
  }
  auto& faults = std::get<Part>(read).behaviour.faults;
  if (faults.empty()) return refuse(400, {"no fault is given", "fault", kRight});
  parts_.fake.strike(session.number, std::move(faults.front()));
  return show(summary_json(session));
}

/// A body in which the route finds nothing would reset all that it rules.
control::HttpResponse Control::replace(const Arguments& arguments, bool script) {
  auto read = parts_.read_part(arguments.request.body);
  if (auto* error = std::get_if<std::string>(&read)) {
    return refuse(400, {"the script cannot be used", *error,
                        script ? R"(a scenario or a part of one: {"model": [{"when": ..., "reply": ...}]})"
                               : R"(a scenario or a part of one: {"openai": {"formats": "refused"}})"});
  }
  auto& part = std::get<Part>(read);
  const std::string key = script ? "model" : "openai";
  const bool empty = part.keys.empty();
  if (!empty && part.keys.erase(key) == 0) {
    const bool of_the_other = part.keys.contains(script ? "openai" : "model");
    const std::string other = script ? "PUT /behaviour takes 'openai'" : "PUT /script takes 'model'";
    return refuse(400, {"the body says nothing of '" + key + "'", "body: " + joined(part.keys),
                        of_the_other ? other + "; an empty body stands for the defaults"
                                     : "'" + key + "' in it; an empty body stands for the defaults"});
  }
  Json answer = script ? Json{{"rules", part.script.rules.size()}} : Json{{"status", "ok"}};
  if (!part.keys.empty()) answer["not_taken"] = part.keys;
  if (script) {
    parts_.fake.set_script(std::move(part.script));
  } else {
    parts_.fake.set_behaviour(std::move(part.behaviour));
  }
  return show(answer);
}

asio::awaitable<control::HttpResponse> Control::one_session(const Arguments& arguments) const {
  const std::string id = arguments.captured.front();
  const auto wait = control::seconds_to_wait(arguments);
  if (!wait) co_return control::refuse_wait(arguments);
  const auto deadline = parts_.clock.now() + *wait;
  for (;;) {
    const SessionFacts* session = find(id);
    if (session == nullptr) co_return no_such_session(id);
    if (session->ended_at || parts_.clock.now() >= deadline) co_return show(session_json(*session));
    if (const bool went_on = co_await parts_.clock.sleep_until(parts_.clock.now() + kLook); !went_on)
      co_return no_such_session(id);
  }
}

asio::awaitable<control::HttpResponse> Control::reset(const Arguments&) {
  FakeOpenAi& fake = parts_.fake;
  fake.set_script(parts_.initial.script);
  fake.set_behaviour(parts_.initial.behaviour);
  std::vector<std::size_t> running;
  for (const SessionFacts& session : fake.sessions()) {
    if (!session.ended_at) running.push_back(session.number);
  }
  for (const std::size_t number : running) fake.close(number, {kGoingAway, "reset"});
  const auto deadline = parts_.clock.now() + kResetWithin;
  for (;;) {
    fake.forget_ended();
    if (fake.sessions().empty() || parts_.clock.now() >= deadline) break;
    if (const bool went_on = co_await parts_.clock.sleep_until(parts_.clock.now() + kLook); !went_on) break;
  }
  parts_.journal.clear();
  co_return show({{"sessions", fake.sessions().size()}, {"forgotten", fake.forgotten()}});
}

}  // namespace simulators::openai
