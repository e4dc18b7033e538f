#include "metrics/catalogue.hpp"
#include "scenarios/engine/promql/query.hpp"
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

namespace twilio = simulators::twilio;
namespace openai = simulators::openai;

/// In quotes where YAML would read something else without them: a number, an alias, a comment.
std::string scalar_text(const std::string& text) {
  const bool number = text.find_first_not_of("0123456789+-.") == std::string::npos;
  const bool sign = !text.empty() && std::string_view("*#&!%@").find(text.front()) != std::string_view::npos;
  return number || sign ? "\"" + text + "\"" : text;
}

/// A value as its author would write it on one line.
std::string flow_text(const Json& json) {
  if (json.is_string()) return scalar_text(json.get<std::string>());
  std::vector<std::string> parts;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      const bool nested = value.is_object();
      parts.push_back(key + ": " + (nested ? "{" + flow_text(value) + "}" : flow_text(value)));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }
  if (!json.is_array()) return json.dump();
  for (const auto& value : json) parts.push_back(flow_text(value));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

class ExpectationReader {
 public:
  ExpectationReader(const Scenario& scenario, const Names& names) : scenario_(scenario), names_(names) {}

  Expectation read(const Field& field) const {
    Expectation expectation;
    expectation.at = field.place().value;
    expectation.text = field.is_text() ? field.text() : flow_text(field.json());
    if (field.is_text()) {
      if (!refuse_quotes(field)) expectation.check = query_check(field);
      return expectation;
    }
    expectation.window = window(field);
    expectation.check = check(field);
    if (!std::holds_alternative<QueryCheck>(expectation.check)) {
      for (const std::string_view key : {"always", "never"}) {
        if (field.has(key)) field.at(key).problem("'" + std::string(key) + "' belongs to 'that'");
      }
    }
    for (const std::string_view what : {"verdict", "twiml", "visitor", "bridge", "recording", "alert"}) {
      if (field.has(what)) refuse_window(field, what);
    }
    if (field.has("model_received") && field.at("model_received").has("session"))
      refuse_window(field, "session");
    for (const std::string_view key : {"complete", "only", "alike"}) {
      const bool fits = field.has("heard") || (key == "complete" && field.has("model_received"));
      if (field.has(key) && !fits) field.at(key).problem("'" + std::string(key) + "' belongs to 'heard'");
    }
    return expectation;
  }

 private:
  /// Of a whole expectation that stands in quotes. True: it is one.
  static bool refuse_quotes(const Field& field) {
    static constexpr std::string_view kKeys[] = {
        "verdict", "heard", "not_heard",     "model_received", "tool_called", "twiml",     "order", "bridge",
        "alert",   "log",   "http_received", "visitor",        "call",        "recording", "that"};
    const std::string text = field.text();
    const auto colon = text.find(": ");
    if (std::ranges::find(kKeys, text.substr(0, colon)) == std::end(kKeys) || colon == std::string::npos)
      return false;
    field.problem("in quotes this is a query, and '" + text.substr(0, colon) + ":' begins none",
                  "without quotes: " + text);
    return true;
  }

  static void refuse_window(const Field& field, std::string_view what) {
    for (const std::string_view key : {"after", "within", "between"}) {
      if (!field.has(key)) continue;
      field.at(key).problem(fmt::format("'{}' means nothing to '{}'", key, what),
                            "leave it out: that is judged once, when everything is over");
    }
  }

  Window window(const Field& field) const {
    Window window;
    if (field.has("after")) {
      window.after = field.text("after");
      window.mode = Window::Mode::within;
      check_moment(field, names_.all());
    }
    if (field.has("within")) {
      window.mode = Window::Mode::within;
      window.to = field.duration("within");
    }
    if (field.has("between")) {
      window.mode = Window::Mode::within;
      const auto ends = field.at("between").each();
      window.from = ends[0].duration();
      window.to = ends[1].duration();
      if (field.has("within"))
        field.at("between").problem("'within' and 'between' are two windows", "keep one");
      if (*window.to < window.from) field.at("between").problem("the second time is before the first");
    }
    if (field.flag("always")) window.mode = Window::Mode::always;
    if (field.flag("never")) window.mode = Window::Mode::never;
    if (field.flag("always") && field.flag("never"))
      field.at("never").problem("'always' and 'never' exclude each other");
    return window;
  }

  Check check(const Field& field) const {
    const auto call = call_number(field);
    if (field.has("that")) return query_check(field.at("that"));
    if (field.has("verdict")) return verdict(field.at("verdict"), call);
    if (field.has("heard")) return heard(field, call);
    if (field.has("not_heard")) {
      HeardCheck check;
      check.audio = reply_audio(field.at("not_heard"), field.text("not_heard"));
      check.absent = true;
      check.call = call;
      return check;
    }
    if (field.has("model_received")) return model_received(field, call);
    if (field.has("tool_called")) return tool_called(field.at("tool_called"), call);
    if (field.has("twiml")) return read_twiml_check(field.at("twiml"));
    if (field.has("order")) return read_order_check(field.at("order"), call);
    if (field.has("recording")) return recording(field.at("recording"), call);
    if (field.has("bridge")) return read_bridge_check(field.at("bridge"), scenario_.bridge);
    if (field.has("alert")) return read_alert_check(field.at("alert"));
    if (field.has("log")) return read_log_check(field.at("log"));
    if (field.has("http_received")) return read_http_received(field.at("http_received"));
    if (field.has("visitor")) return read_visitor_check(field.at("visitor"), scenario_.visitors);
    return call_check(field.at("call"));
  }

  std::optional<std::size_t> call_number(const Field& field) const {
    if (!field.has("call") || field.at("call").is_map()) return std::nullopt;
    return existing_call(field.at("call"));
  }

  std::size_t existing_call(const Field& field) const {
    const auto number = field.json().get<std::size_t>();
    if (number > scenario_.calls.size()) field.problem("there is no call " + std::to_string(number));
    return number;
  }

  static QueryCheck query_check(const Field& field) {
    QueryCheck check;
    check.text = field.text();
    check.text_at = field.place().value;
    check.query = read_query(field);
    return check;
  }

  static VerdictCheck verdict(const Field& field, std::optional<std::size_t> call) {
    if (field.is_text()) return {field.text(), "", call};
    const VerdictCheck check{field.text("is"), field.text("reason"), call};
    if (field.has("reason")) check_reason(field.at("reason"), check);
    return check;
  }

  /// The bridge counts no verdict with a reason that is another's.
  static void check_reason(const Field& field, const VerdictCheck& check) {
    std::vector<std::string> reasons;
    for (const auto& [verdict, reason] : metrics::find_family("voicebridge_call_verdicts_total")->pairs) {
      if (verdict == check.verdict) reasons.emplace_back(reason);
    }
    if (std::ranges::find(reasons, check.reason) != reasons.end()) return;
    field.problem(fmt::format("the verdict '{}' never has the reason '{}'", check.verdict, check.reason),
                  fmt::format("its reasons: {}", fmt::join(reasons, ", ")));
  }

  HeardCheck heard(const Field& field, std::optional<std::size_t> call) const {
    const Field what = field.at("heard");
    HeardCheck check;
    check.call = call;
    check.complete = field.flag("complete") || (what.is_map() && what.flag("complete"));
    check.only = field.flag("only") || (what.is_map() && what.flag("only"));
    check.alike = field.flag("alike") || (what.is_map() && what.flag("alike"));
    if (what.is_map() && what.has("silence")) {
      check.silence = what.duration("silence");
      if (check.complete || check.only || check.alike)
        what.at("silence").problem("'complete', 'only' and 'alike' mean nothing to a silence");
    } else if (what.is_map() && what.has("reply")) {
      check.audio = reply_audio(what.at("reply"), what.text("reply"));
    } else if (what.is_map()) {
      Sound sound = read_sound(what);
      check.audio = {std::move(sound.label), std::move(sound.clip.mulaw)};
    } else if (what.text() == "nothing") {
      check.nothing = true;
    } else {
      check.audio = reply_audio(what, what.text());
    }
    return check;
  }

  NamedAudio reply_audio(const Field& field, const std::string& name) const {
    for (const auto& rule : scenario_.model.rules) {
      if (rule.as != name) continue;
      NamedAudio audio{name, ""};
      for (const auto& output : rule.reply.outputs) {
        if (const auto* speech = std::get_if<openai::Speech>(&output)) audio.mulaw += speech->mulaw;
      }
      if (audio.mulaw.empty()) field.problem("the reply '" + name + "' has no sound");
      return audio;
    }
    return clip_audio(field, name, names_.replies, "no reply");
  }

  NamedAudio step_audio(const Field& field, const std::string& name) const {
    for (const auto& call : scenario_.calls) {
      for (const auto& step : call.plan.caller) {
        if (step.as != name) continue;
        const auto* say = std::get_if<twilio::Say>(&step.action);
        if (say == nullptr) field.problem("the step '" + name + "' says nothing");
        return {name, say == nullptr ? "" : say->clip.mulaw};
      }
    }
    return clip_audio(field, name, names_.steps, "no step of the caller");
  }

  bool is_step(const std::string& name) const {
    return std::ranges::find(names_.steps, name) != names_.steps.end();
  }

  NamedAudio clip_audio(const Field& field, const std::string& name, const std::vector<std::string>& names,
                        std::string_view what) const {
    if (name.find('.') != std::string::npos) return {name, read_clip(field, name).mulaw};
    std::string message = fmt::format("{} is called '{}', and it is no clip", what, name);
    if (what == "no reply" && is_step(name)) {
      field.problem("'" + name + "' is a step of the caller's: what is heard is a reply or a clip");
    } else if (name == "silence") {
      field.problem(std::move(message),
                    "nothing: from beginning to end; {silence: 2s}: for at least so long");
    } else {
      field.unknown_sound(std::move(message), names);
    }
    return {name, ""};
  }

  ModelReceivedCheck model_received(const Field& field, std::optional<std::size_t> call) const {
    constexpr auto kTolerance = std::chrono::milliseconds(20);
    const Field what = field.at("model_received");
    ModelReceivedCheck check;
    check.call = call;
    check.complete = field.flag("complete");
    if (what.has("speech")) check.audio = step_audio(what.at("speech"), what.text("speech"));
    if (what.has("text")) check.text = what.text("text");
    if (what.has("tool_output")) check.tool_output = what.text("tool_output");
    check.truncate_heard = what.has("truncate");
    check.tolerance = what.duration("tolerance", kTolerance);
    if (what.has("session")) {
      for (const auto& [path, value] : what.at("session").json().items()) {
        check.session.emplace_back(path, value.dump());
      }
    }
    return check;
  }

  static ToolCalledCheck tool_called(const Field& field, std::optional<std::size_t> call) {
    ToolCalledCheck check;
    check.call = call;
    check.name = field.is_text() ? field.text() : field.text("name");
    if (field.has("times")) check.times = static_cast<std::size_t>(field.number("times"));
    if (field.has("arguments")) check.arguments = field.at("arguments").json().dump();
    if (field.has("output")) {
      const Field output = field.at("output");
      if (output.is_text()) {
        check.output = output.text();
      } else {
        check.output_json = output.json().dump();
      }
    }
    return check;
  }

  RecordingCheck recording(const Field& field, std::optional<std::size_t> call) const {
    RecordingCheck check;
    check.call = call;
    check.none = field.is_text();
    if (check.none) return check;
    if (!scenario_.bridge.records)
      field.problem("this bridge records nothing: its configuration names no folder for it",
                    "bridge: {config: {recording: {folder: .}}}");
    if (field.has("caller")) {
      for (const auto& step : field.at("caller").each())
        check.caller.push_back(step_audio(step, step.text()));
    }
    if (field.has("bot")) {
      for (const auto& reply : field.at("bot").each()) check.bot.push_back(reply_audio(reply, reply.text()));
    }
    check.tolerance = field.duration("tolerance", usual_tolerance());
    return check;
  }

  /// Two frames; and the bridge cannot know what the line adds on the way there and back.
  Duration usual_tolerance() const {
    Duration longest{0};
    for (const auto& call : scenario_.calls) {
      const auto& line = call.plan.line;
      longest = std::max(longest, 2 * (line.latency + line.jitter + line.handset_delay));
    }
    return std::chrono::milliseconds(40) + longest;
  }

  static std::vector<int> codes(const Field& list) {
    std::vector<int> all;
    for (const auto& entry : list.each()) all.push_back(entry.json().get<int>());
    return all;
  }

  CallCheck call_check(const Field& field) const {
    CallCheck check;
    if (!field.is_map()) {
      field.problem("'call' with a number stands beside another expectation", "{verdict: normal, call: 1}");
      return check;
    }
    if (field.has("number")) check.call = existing_call(field.at("number"));
    if (field.has("ended_by")) check.ended_by = field.text("ended_by");
    if (field.has("status")) check.status = field.text("status");
    if (field.has("streams")) check.streams = static_cast<std::size_t>(field.number("streams"));
    if (field.has("stream_closed_with"))
      check.stream_close_code = static_cast<int>(field.number("stream_closed_with"));
    if (field.has("openai_closed_with"))
      check.openai_close_code = static_cast<int>(field.number("openai_closed_with"));
    if (field.has("twilio_errors")) check.twilio_errors = codes(field.at("twilio_errors"));
    if (field.has("debugger_told")) check.debugger_told = codes(field.at("debugger_told"));
    if (field.has("dialed")) check.dialed = field.text("dialed");
    if (field.has("silence_before_end")) {
      const auto ends = field.at("silence_before_end").each();
      check.silence_before_end.emplace(ends[0].duration(), ends[1].duration());
      const auto [least, most] = *check.silence_before_end;
      if (least > most)
        ends[1].problem(
            fmt::format("no silence lasts at least {} and at most {}", ends[0].text(), ends[1].text()),
            fmt::format("the shorter one first: [{}, {}]", ends[1].text(), ends[0].text()));
    }
    return check;
  }

  const Scenario& scenario_;
  const Names& names_;
};

}  // namespace

std::vector<Expectation> read_expectations(const Field& list, const Scenario& scenario, const Names& names) {
  const ExpectationReader reader(scenario, names);
  std::vector<Expectation> expectations;
  for (const auto& entry : list.each()) expectations.push_back(reader.read(entry));
  return expectations;
}

}  // namespace scenarios::engine
