#include "runtime/async/first_of.hpp"
#include "scenarios/cli/call_finding.hpp"
#include "scenarios/cli/call_plan.hpp"
#include "scenarios/cli/call_report.hpp"
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/refused_webhook.hpp"
#include "scenarios/cli/server.hpp"
#include "scenarios/cli/whole_number.hpp"
#include "scenarios/engine/measures.hpp"
#include "simulators/twilio/fake_twilio.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

namespace scenarios::cli {
namespace asio = boost::asio;
namespace twilio = simulators::twilio;

namespace {

struct CallRequest {
  ServerOptions server;
  twilio::Account account;
  CallWish wish;
  std::string record;
};

/// Until the call is over; a signal hangs up.
asio::awaitable<void> hold(Server& server, twilio::FakeTwilio& fake) {
  (void)co_await runtime::first_of(fake.all_ended(), server.stopped().wait());
  const bool interrupted = server.stopped().is_set();
  if (interrupted) fake.hang_up_all();
  co_await fake.shut_down();
}

Exit call(const CallRequest& request) {
  auto plan = plan_of(request.wish);
  if (const auto* error = std::get_if<std::string>(&plan)) {
    std::fputs(error->c_str(), stderr);
    return Exit::usage;
  }
  Server server(request.server);
  CallTranscript transcript(server.clock());
  twilio::Settings settings;
  settings.account = request.account;
  settings.on_failure = report_failure;
  const twilio::Environment environment{server.executor(), server.clock(),  server.ticker(),
                                        server.network(),  server.random(), server.journal(),
                                        server.book()};
  twilio::FakeTwilio fake(environment, std::move(settings), &transcript);
  const twilio::CallFacts& facts = fake.place(std::get<twilio::CallPlan>(std::move(plan)));
  server.work(hold(server, fake));
  std::fputs(call_report(facts).c_str(), stdout);
  if (!facts.http.empty()) {
    const auto& voice = facts.http.front();
    const bool has_token = request.account.auth_token != twilio::Account().auth_token;
    std::fputs(on_refusal(voice.status, voice.body, has_token).c_str(), stdout);
  }
  if (!request.record.empty()) {
    if (const auto error = record_heard(facts, request.record); !error.empty()) {
      std::fprintf(stderr, "linecheck: %s\n", error.c_str());
      return Exit::environment;
    }
    std::printf("recorded: %s\n", request.record.c_str());
  }
  if (server.stopped().is_set()) return Exit::interrupted;
  return proved_sound(facts) ? Exit::passed : Exit::failed;
}

}  // namespace

void add_call(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<CallRequest>();
  auto* command = app.add_subcommand("call", "call a bridge, talk to it, and print what was heard");
  command->footer(
      "Without --say, --for and --script the caller holds a short conversation.\n"
      "Exit codes: 0 the caller was answered, 1 it was not, 2 bad usage or script,\n"
      "3 the recording cannot be written, 130 interrupted.\n"
      "  linecheck call http://127.0.0.1:8080/voice --say 'Hello?' --record heard.wav\n"
      "  linecheck call http://127.0.0.1:8080/voice --say a.wav --say b.wav --for 20s");
  command->add_option("URL", request->wish.url, "the bridge's voice webhook")->required();
  command
      ->add_option("--say", request->wish.say,
                   "a sound file, or words to read aloud; several: one\nturn each")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)
      ->option_text("WAV|TEXT ...");
  command
      ->add_option("--for", request->wish.length,
                   "listen for so long, then hang up; default: until\nthe bot has finished")
      ->check(is_duration)
      ->option_text("DURATION");
  command->add_option("--script", request->wish.script, "scenario whose caller, line and call it is")
      ->check(CLI::ExistingFile)
      ->excludes("--say", "--for")
      ->option_text("FILE");
  command->add_option("--record", request->record, "write what the caller heard into this WAV file");
  command->add_option("--from", request->wish.from, "the caller's number");
  command->add_option("--to", request->wish.to, "the bridge's number");
  command
      ->add_option(
          "--parameter", request->wish.parameters,
          "of its webhooks, besides Twilio's own or instead of\nthem: CallerName, ForwardedFrom, FromCity")
      ->check(is_parameter)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->option_text("NAME=VALUE ...");
  command->add_option("--account-sid", request->account.sid, "of the signed requests");
  command->add_option("--auth-token", request->account.auth_token, "signs them; as the bridge knows it")
      ->envname("TWILIO_AUTH_TOKEN");
  command->add_option("--method", request->wish.method, "of the voice webhook")
      ->check(CLI::IsMember({"GET", "POST"}))
      ->capture_default_str();
  command->add_flag("--outbound-media", request->wish.outbound_media,
                    "a stream of both_tracks is sent what the caller hears as\nwell; with --rules "
                    "incident_report, as it implies");
  command->add_option("--line", request->wish.line, "what the line is like: a preset (docs/line.md)");
  command
      ->add_option("--rules", request->wish.rules,
                   "Twilio's rules about the track; default: the script's,\nelse twilio_docs")
      ->check(CLI::IsMember({"twilio_docs", "incident_report"}));
  command->add_option("--trust", request->server.trust, "certificates (PEM) to trust besides the system's");
  command->add_option("--seed", request->server.seed, "same seed, same ids and timing; default: random")
      ->check(whole_number);
  command->callback([request, &exit] { exit = call(*request); });
}

}  // namespace scenarios::cli
