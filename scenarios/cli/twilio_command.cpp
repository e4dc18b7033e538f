#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/first_call.hpp"
#include "scenarios/cli/scripts.hpp"
#include "scenarios/cli/server.hpp"
#include "simulators/twilio/control.hpp"
#include "simulators/twilio/rest_form.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::cli {
namespace twilio = simulators::twilio;

namespace {

struct TwilioRequest {
  ServerOptions server;
  twilio::Account account;
  std::string script;
  std::string voice_url;
  std::string voice_method = "POST";
  std::string fallback_url;
  std::string status_callback;
  std::string from, to;
  twilio::RestSettings rest;
  std::vector<std::string> api_keys;  // SID:SECRET
  std::vector<std::string> restricted_keys;
  std::vector<std::string> applications;  // SID:URL
  unsigned latency_ms = 0;
  unsigned visible_ms = 0;
};

CLI::Validator sid_and_secret() {
  return {
      [](const std::string& text) { return text.find(':') == std::string::npos ? "must be SID:SECRET" : ""; },
      "SID:SECRET"};
}

CLI::Validator sid_and_url() {
  return {[](const std::string& text) {
            const auto colon = text.find(':');
            const bool good =
                colon != std::string::npos && colon > 0 && twilio::is_web_url(text.substr(colon + 1));
            return good ? std::string()
                        : "'" + text + "' must be SID:URL, such as AP1:http://127.0.0.1:8080/voice";
          },
          ""};
}

/// What no source settles. docs/twilio-settings.md lists them.
void add_open_points(CLI::App& command, TwilioRequest& request) {
  const char* group = "REST API";
  command
      .add_flag("--null-dates", request.rest.null_dates, "a queued call has no date_created and date_updated")
      ->group(group);
  command.add_option("--restricted-key", request.restricted_keys, "an API key that may only read")
      ->check(sid_and_secret())
      ->group(group);
  command.add_option("--forbidden-code", request.rest.forbidden_code, "of what it may not do, with HTTP 403")
      ->check(CLI::Range(10'000, 99'999))
      ->capture_default_str()
      ->group(group);
  command.add_option("--missing-from", request.rest.missing_from, "the message of 21213")
      ->capture_default_str()
      ->group(group);
  command
      .add_flag("--refuse-bad-callbacks", request.rest.bad_callbacks_refused,
                "21609 and 21626 refuse a call, which else\nruns without callbacks")
      ->group(group);
  command
      .add_flag("!--no-magic-numbers", request.rest.magic_numbers,
                "the test credentials' numbers are like others")
      ->group(group);
}

/// Options of the REST API. docs/twilio-rest.md says what each stands for.
void add_rest_options(CLI::App& command, TwilioRequest& request) {
  const char* group = "REST API";
  command
      .add_option("--calls-per-second", request.rest.calls_per_second,
                  "calls created faster wait as queued; 0: none does")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--concurrent-requests", request.rest.concurrent_requests,
                  "one more at once is answered by 20429; 0: never")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--concurrent-calls", request.rest.concurrent_calls,
                  "one created beyond it fails with 10004; 0: none")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--visible-after", request.visible_ms,
                  "milliseconds until a call that was created can be fetched")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str()
      ->group(group);
  command.add_option("--api-latency", request.latency_ms, "milliseconds that a request is worked on")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str()
      ->group(group);
  command.add_option("--api-key", request.api_keys, "SK...:SECRET, besides the account's own sid and token")
      ->check(sid_and_secret())
      ->group(group);
  command
      .add_option("--application", request.applications, "what an ApplicationSid stands for: its voice URL")
      ->check(sid_and_url())
      ->option_text("SID:URL ...")
      ->group(group);
  command.add_option("--own-number", request.rest.own_numbers, "who may call; without any: every number")
      ->group(group);
  add_open_points(command, request);
}

twilio::RestSettings rest_settings(const TwilioRequest& request) {
  twilio::RestSettings rest = request.rest;
  rest.latency = std::chrono::milliseconds(request.latency_ms);
  rest.visible_after = std::chrono::milliseconds(request.visible_ms);
  const auto take = [&rest](const std::vector<std::string>& keys, bool reads_only) {
    for (const auto& key : keys) {
      const auto colon = key.find(':');
      rest.api_keys.push_back({key.substr(0, colon), key.substr(colon + 1), reads_only});
    }
  };
  take(request.api_keys, false);
  take(request.restricted_keys, true);
  for (const auto& text : request.applications) {
    twilio::Application application;
    application.sid = text.substr(0, text.find(':'));
    application.voice_url = text.substr(text.find(':') + 1);
    rest.applications.push_back(std::move(application));
  }
  return rest;
}

/// Tells the operator what a bridge's developer wants to know at a glance.
class CallOperator final : public twilio::Observer {
 public:
  explicit CallOperator(Server& server) : server_(server) {}

 private:
  void call_placed(const twilio::CallFacts& call) override {
    server_.say(fmt::format("{} {} call from {} to {}", call.sid,
                            call.direction == twilio::Direction::inbound ? "inbound" : "outbound", call.from,
                            call.to));
  }
  void stream_started(const twilio::CallFacts& call, const twilio::StreamFacts& stream) override {
    server_.say(fmt::format("{} stream {} started: {}", call.sid, stream.sid, stream.url));
  }
  void call_ended(const twilio::CallFacts& call) override {
    server_.say(fmt::format("{} {}: the caller heard {:.1f} s of speech", call.sid, call.status(),
                            runtime::seconds(call.measured.heard_speech)));
  }
  void error_recorded(const twilio::CallFacts& call, const twilio::TwilioError& error) override {
    server_.say(
        fmt::format("{} {} {}: {}", call.sid, error.warning ? "warning" : "error", error.code, error.text));
  }

  Server& server_;
};

std::string wrong_voice_url(const std::string& text) {
  return text.empty() || twilio::is_web_url(text)
             ? ""
             : "'" + text + "' is no URL: http://HOST:PORT/PATH of a voice webhook";
}

/// What the command line says wins over the script, but for a path, which is on the command line's host.
void take_addresses(const TwilioRequest& request, twilio::CallPlan& plan) {
  const bool path = plan.voice_url.starts_with('/');
  if (!request.voice_url.empty())
    plan.voice_url = path ? seen_from(request.voice_url, plan.voice_url) : request.voice_url;
  plan.voice_method = request.voice_method;
  if (!request.fallback_url.empty()) plan.fallback_url = request.fallback_url;
  plan.status_callback = request.status_callback;
  if (!request.from.empty()) plan.from = request.from;
  if (!request.to.empty()) plan.to = request.to;
}

Exit serve(const TwilioRequest& request) {
  Scripts scripts;
  auto plan = first_call(request.script.empty() ? scripts.read_text(Scripts::default_caller())
                                                : scripts.read_file(request.script));
  if (const auto* error = std::get_if<std::string>(&plan)) {
    std::fputs(error->c_str(), stderr);
    return Exit::usage;
  }
  auto defaults = std::get<twilio::CallPlan>(std::move(plan));
  take_addresses(request, defaults);

  Server server(request.server);
  CallOperator watching(server);
  twilio::Settings settings;
  settings.account = request.account;
  settings.default_outbound = defaults;
  settings.calls_kept = request.server.keep;
  settings.on_failure = report_failure;
  settings.rest = rest_settings(request);
  const twilio::Environment environment{server.executor(), server.clock(),  server.ticker(),
                                        server.network(),  server.random(), server.journal(),
                                        server.book()};
  twilio::FakeTwilio fake(environment, std::move(settings), &watching);
  const auto read_plan = [&scripts](const std::string& text, const twilio::CallPlan& otherwise) {
    return first_call(scripts.read_text(text), otherwise);
  };
  twilio::Control control(
      {fake, server.journal(), server.book(), server.clock(), read_plan, std::move(defaults)});
  return server.serve("twilio", fake.rest(), control.service(), [&fake] { return fake.shut_down(); });
}

}  // namespace

void add_twilio(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<TwilioRequest>();
  auto* command = app.add_subcommand("twilio", "the fake Twilio as a server, for any bridge");
  command->footer(
      "The REST API (Calls.json, basic auth) is at --listen: point the bridge's Twilio\n"
      "client there. Calls to the bridge are started at --control:\n"
      "  linecheck twilio --control 127.0.0.1:4011 --voice-url http://HOST/voice\n"
      "  curl -X POST http://127.0.0.1:4011/calls\n"
      "  curl http://127.0.0.1:4011/calls/CA.../heard.wav -o heard.wav\n"
      "The first line of output names both addresses. GET /openapi.yaml says the rest.");
  add_server_options(*command, request->server);
  command
      ->add_option("--script", request->script,
                   "scenario whose caller, line and call are what\ncalls do unless they say otherwise")
      ->check(CLI::ExistingFile)
      ->option_text("FILE");
  command->add_option("--account-sid", request->account.sid, "the account's sid")->capture_default_str();
  command->add_option("--auth-token", request->account.auth_token, "its token: signs webhooks, opens REST")
      ->capture_default_str();
  command->add_option("--voice-url", request->voice_url, "the bridge's voice webhook, for inbound calls")
      ->check(wrong_voice_url);
  command->add_option("--voice-method", request->voice_method, "how it is asked")
      ->check(CLI::IsMember({"GET", "POST"}))
      ->capture_default_str();
  command->add_option("--fallback-url", request->fallback_url, "asked when the bridge's TwiML cannot be had");
  command->add_option("--debugger-url", request->account.debugger_url,
                      "where errors and warnings are posted, as Twilio's\nDebugger does");
  command->add_option("--api-url", request->account.api_url, "of what requests refer to: RecordingUrl")
      ->capture_default_str();
  command->add_option("--status-callback", request->status_callback, "where inbound calls' ends are told");
  command->add_option("--from", request->from, "the caller's number");
  command->add_option("--to", request->to, "the bridge's number");
  add_rest_options(*command, *request);
  command->callback([request, &exit] { exit = serve(*request); });
}

}  // namespace scenarios::cli
