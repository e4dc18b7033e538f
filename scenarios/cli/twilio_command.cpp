#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/scripts.hpp"
#include "scenarios/cli/server.hpp"
#include "simulators/twilio/control.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <utility>

namespace scenarios::cli {
namespace twilio = simulators::twilio;

namespace {

struct TwilioRequest {
  ServerOptions server;
  twilio::Account account;
  std::string script;
  std::string voice_url;
  std::string voice_method = "POST";
  std::string status_callback;
  std::string from, to;
};

/// Tells the operator what a bridge's developer wants to know at a glance.
class Operator final : public twilio::Observer {
 public:
  explicit Operator(Server& server) : server_(server) {}

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

std::variant<twilio::CallPlan, std::string> first_call(std::variant<engine::Scenario, std::string> read) {
  if (auto* error = std::get_if<std::string>(&read)) return std::move(*error);
  return std::get<engine::Scenario>(read).calls.front().plan;
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
  defaults.voice_url = request.voice_url;
  defaults.voice_method = request.voice_method;
  defaults.status_callback = request.status_callback;
  if (!request.from.empty()) defaults.from = request.from;
  if (!request.to.empty()) defaults.to = request.to;

  Server server(request.server);
  Operator watching(server);
  twilio::Settings settings;
  settings.account = request.account;
  settings.default_outbound = defaults;
  settings.calls_kept = request.server.keep;
  const twilio::Environment environment{server.executor(), server.clock(),  server.ticker(),
                                        server.network(),  server.random(), server.journal(),
                                        server.book()};
  twilio::FakeTwilio fake(environment, std::move(settings), &watching);
  const auto read_plan = [&scripts](const std::string& text) { return first_call(scripts.read_text(text)); };
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
      "  linecheck twilio --voice-url http://127.0.0.1:8080/voice --control 127.0.0.1:4011\n"
      "  curl -X POST http://127.0.0.1:4011/calls\n"
      "  curl http://127.0.0.1:4011/calls/CA.../heard.wav -o heard.wav\n"
      "The first line of output names both addresses. GET /openapi.yaml says the rest.");
  add_server_options(*command, request->server);
  command
      ->add_option("--script", request->script,
                   "scenario whose caller, line and call are what calls do\nunless they say otherwise")
      ->check(CLI::ExistingFile);
  command->add_option("--account-sid", request->account.sid, "the account's sid")->capture_default_str();
  command->add_option("--auth-token", request->account.auth_token, "its token: signs webhooks, opens REST")
      ->capture_default_str();
  command->add_option("--voice-url", request->voice_url, "the bridge's voice webhook, for inbound calls");
  command->add_option("--voice-method", request->voice_method, "how it is asked")
      ->check(CLI::IsMember({"GET", "POST"}))
      ->capture_default_str();
  command->add_option("--status-callback", request->status_callback, "where inbound calls' ends are told");
  command->add_option("--from", request->from, "the caller's number");
  command->add_option("--to", request->to, "the bridge's number");
  command->callback([request, &exit] { exit = serve(*request); });
}

}  // namespace scenarios::cli
