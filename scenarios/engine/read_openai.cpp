#include "scenarios/engine/reading.hpp"
#include "simulators/openai/fault.hpp"
#include "simulators/openai/server_events.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

// OpenAI's side apart from what it says: how it is reached, how it behaves, what it does wrong.
namespace scenarios::engine {
namespace {

namespace openai = simulators::openai;
namespace takes = simulators::openai::takes;

constexpr Word<HostState> kHosts[] = {{"up", HostState::up},
                                      {"refused", HostState::refused},
                                      {"unresolved", HostState::unresolved},
                                      {"unroutable", HostState::unroutable},
                                      {"tls_failure", HostState::tls_failure}};
constexpr Word<openai::Formats> kFormats[] = {{"honoured", openai::Formats::honoured},
                                              {"echoed_as_pcm", openai::Formats::echoed_as_pcm},
                                              {"refused", openai::Formats::refused},
                                              {"unconfirmed", openai::Formats::unconfirmed}};
constexpr Word<OpenAiApi> kApis[] = {
    {"openai", OpenAiApi::openai}, {"azure", OpenAiApi::azure}, {"azure_preview", OpenAiApi::azure_preview}};
constexpr Word<openai::AudioFormat> kAudioFormats[] = {{"pcm", openai::AudioFormat::pcm},
                                                       {"pcmu", openai::AudioFormat::pcmu},
                                                       {"pcma", openai::AudioFormat::pcma}};

void read_transcription(const Field& field, openai::InputTranscription& transcription) {
  transcription.text = field.text("text", transcription.text);
  transcription.after_commit = field.duration("after", transcription.after_commit);
  if (!field.has("deployments")) return;
  transcription.deployments.emplace();
  for (const auto& entry : field.at("deployments").each()) transcription.deployments->push_back(entry.text());
}

std::optional<openai::AudioFormat> read_format(const Field& field, std::string_view key) {
  if (!field.has(key)) return std::nullopt;
  return choose(field.text(key), kAudioFormats);
}

/// A parameter that this kind of fault does not take would be ignored: it is an error.
void check_parameters(const Field& field, const openai::NamedFault& fault) {
  static constexpr std::pair<std::string_view, unsigned> kOwnKeys[] = {{"code", takes::code},
                                                                       {"error", takes::code},
                                                                       {"close", takes::close},
                                                                       {"for", takes::lasts},
                                                                       {"count", takes::count},
                                                                       {"format", takes::format},
                                                                       {"event", takes::event},
                                                                       {"field", takes::field},
                                                                       {"after_deltas", takes::after_deltas},
                                                                       {"after_audio", takes::after_audio},
                                                                       {"at", takes::at},
                                                                       {"response", takes::response}};
  std::string own;
  for (const auto& [key, bit] : kOwnKeys) {
    if ((fault.takes & bit) != 0) own += (own.empty() ? "" : ", ") + std::string(key);
  }
  const auto refuse = [&](std::string_view key) {
    if (!field.has(key)) return;
    field.at(key).problem("'" + std::string(key) + "' does not belong to '" + std::string(fault.name) + "'",
                          own.empty() ? "it takes nothing of its own" : "it takes " + own);
  };
  for (const auto& [key, bit] : kOwnKeys) {
    if ((fault.takes & bit) == 0) refuse(key);
  }
}

void check_moment(const Field& field, const openai::NamedFault& fault) {
  if (field.has("code") && field.has("error")) field.at("code").problem("'error' says the code", "keep one");
  if (field.has("after_deltas") && field.has("after_audio"))
    field.at("after_audio").problem("'after_deltas' and 'after_audio' are two moments", "keep one");
  const bool of_responses = fault.scope == openai::FaultScope::response;  // `at`: those asked for since then
  for (const std::string_view key : {"response", "after_deltas", "after_audio"}) {
    if (of_responses && key != "response") break;
    if (field.has("at") && field.has(key))
      field.at(key).problem(
          "'at' counts from the session's beginning, '" + std::string(key) + "' inside of a response",
          "keep one");
  }
  const bool timed =
      field.has("at") || field.has("response") || field.has("after_deltas") || field.has("after_audio");
  if (fault.scope == openai::FaultScope::moment && !timed)
    field.problem("when shall '" + std::string(fault.name) + "' happen?", "'at: 5s', or 'response: 1'");
}

/// A type of event that never comes would strike nothing.
void check_event(const Field& field) {
  const std::string type = field.text();
  std::vector<std::string> types{"any"};
  for (const auto known : {openai::server_event_types(), openai::beta_server_event_types()})
    types.insert(types.end(), known.begin(), known.end());
  if (std::find(types.begin(), types.end(), type) != types.end()) return;
  const std::string near = nearest(type, types);
  field.problem("the fake sends no event of the type '" + type + "'",
                near.empty() ? "docs/openai-events.md lists them, and 'any' stands for all"
                             : "did you mean '" + near + "'?");
}

/// Why a response is incomplete: clients know these two.
void check_reason(const Field& field) {
  const std::vector<std::string> reasons{"max_output_tokens", "content_filter"};
  const std::string reason = field.text();
  if (std::find(reasons.begin(), reasons.end(), reason) != reasons.end()) return;
  const std::string near = nearest(reason, reasons);
  field.problem("no response is incomplete because of '" + reason + "'",
                near.empty() ? "max_output_tokens or content_filter" : "did you mean '" + near + "'?");
}

/// A code that is nearly one of the API's was meant to be that one.
void check_code(const Field& field) {
  const std::vector<std::string> known = openai::known_error_codes();
  const std::string code = field.text();
  if (std::find(known.begin(), known.end(), code) != known.end()) return;
  const std::string near = nearest(code, known);
  if (near.empty()) return;
  field.problem("the API knows no code '" + code + "'",
                "did you mean '" + near + "'? 'error: {code: " + code + "}' says it as it stands");
}

void read_fault(const Field& field, std::vector<openai::Fault>& faults) {
  const auto* named = openai::find_fault(field.text("kind"));
  if (named == nullptr) return field.at("kind").problem("no fault is called so");
  check_parameters(field, *named);
  check_moment(field, *named);
  openai::Fault fault;
  fault.what = named;
  if (field.has("share")) {
    const std::string share = field.text("share");
    std::from_chars(share.data(), share.data() + share.size(), fault.share_percent);
  }
  if (field.has("session")) fault.session = static_cast<std::size_t>(field.number("session"));
  if (field.has("first")) fault.first = static_cast<std::size_t>(field.number("first"));
  if (field.has("session") && field.has("first"))
    field.at("first").problem("'session' and 'first' are two choices of sessions", "keep one");
  if (field.has("event")) check_event(field.at("event"));
  if (field.has("event")) fault.event = field.text("event") == "any" ? "" : field.text("event");
  if (field.has("field")) fault.field = field.text("field");
  fault.from = field.duration_if("from");
  fault.to = field.duration_if("to");
  if (fault.to && *fault.to <= fault.from.value_or(Duration(0)))
    field.at("to").problem("this fault ends before it begins",
                           "'from' and 'to' both count from the session's beginning");
  const bool any = field.has("response") && field.at("response").is_text();
  if (!any) fault.response = static_cast<std::size_t>(field.number("response"));
  if (field.has("after_deltas")) fault.after_deltas = static_cast<std::size_t>(field.number("after_deltas"));
  fault.after_audio = field.duration_if("after_audio");
  fault.at = field.duration_if("at");
  if (field.has("code")) {
    const bool reason = named->kind == openai::FaultKind::incomplete;
    (reason ? check_reason : check_code)(field.at("code"));
    fault.error = openai::error_of(field.text("code"));
  }
  if (field.has("error")) fault.error = read_error(field.at("error"));
  if (field.has("close")) fault.close = read_close_code(field, "close");
  fault.lasts = field.duration_if("for");
  if (field.has("count")) fault.count = static_cast<std::size_t>(field.number("count"));
  fault.format = read_format(field, "format");
  faults.push_back(std::move(fault));
}

void read_servers(const Field& field, std::map<std::string, openai::McpServer>& servers) {
  for (const auto& [label, unused] : field.json().items()) {
    const Field entry = field.at(label);
    openai::McpServer& server = servers[label];
    server.lists_after = entry.duration("lists_after", server.lists_after);
    server.unreachable = entry.flag("unreachable");
    if (!entry.has("tools")) continue;
    server.tools.emplace();
    for (const auto& tool : entry.at("tools").each()) server.tools->push_back(tool.text());
  }
}

}  // namespace

/// The fake writes down what the callers say: it is given their sounds with their words.
void teach_sounds(Scenario& scenario) {
  auto known = std::make_shared<std::vector<openai::KnownSound>>();
  for (const auto& call : scenario.calls) {
    for (const auto& step : call.plan.caller) {
      const auto* say = std::get_if<simulators::twilio::Say>(&step.action);
      if (say == nullptr) continue;
      const auto same = [&](const openai::KnownSound& other) { return other.text == say->label; };
      if (std::any_of(known->begin(), known->end(), same)) continue;
      known->push_back({openai::sketch_of_mulaw(say->clip.mulaw), say->label});
    }
  }
  scenario.openai.transcription.known = std::move(known);
}

void read_openai(const Field& field, Scenario& scenario) {
  scenario.openai_host = choose(field.text("host", "up"), kHosts);
  scenario.openai_key_wrong = field.text("key") == "wrong";
  auto& behaviour = scenario.openai;
  if (field.has("refuse")) {
    const Field refuse = field.at("refuse");
    if (refuse.has("http")) {
      behaviour.refusal =
          openai::RefuseWithStatus{static_cast<int>(refuse.number("http")), refuse.text("body")};
    } else {
      openai::RefuseAfterUpgrade after{read_error(refuse.at("error"))};
      if (refuse.has("close")) after.close_code = read_close_code(refuse, "close");
      behaviour.refusal = std::move(after);
    }
  }
  scenario.openai_api = choose(field.text("api", "openai"), kApis);
  behaviour.formats = choose(field.text("formats", "honoured"), kFormats);
  if (field.has("confirms")) {
    behaviour.confirms = {read_format(field.at("confirms"), "input"),
                          read_format(field.at("confirms"), "output")};
  }
  if (field.has("pace")) behaviour.pace = read_pace(field.at("pace"));
  behaviour.created_after = field.duration("created_after", behaviour.created_after);
  behaviour.updated_after = field.duration("updated_after", behaviour.updated_after);
  behaviour.expires_after = field.duration("expires_after", behaviour.expires_after);
  behaviour.cancel_looked_at_after =
      field.duration("cancel_looked_at_after", behaviour.cancel_looked_at_after);
  behaviour.ping_every = field.duration("ping_every", behaviour.ping_every);
  if (field.has("unverified")) read_open_points(field.at("unverified"), behaviour.open_points);
  if (field.has("transcription")) read_transcription(field.at("transcription"), behaviour.transcription);
  const std::string turns = field.text("semantic_turns", "by_ear");
  if (turns != "by_ear") behaviour.semantic_finished = turns == "finished";
  if (field.has("faults")) {
    for (const auto& entry : field.at("faults").each()) read_fault(entry, behaviour.faults);
  }
  if (field.has("mcp")) read_servers(field.at("mcp"), behaviour.mcp_servers);
  if (field.has("line")) read_conditions(field.at("line"), scenario.openai_line);
}

}  // namespace scenarios::engine
