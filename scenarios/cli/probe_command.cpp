#include "scenarios/cli/call_plan.hpp"
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/probe.hpp"
#include "scenarios/cli/server.hpp"
#include "scenarios/engine/measures.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

namespace scenarios::cli {
namespace asio = boost::asio;
namespace twilio = simulators::twilio;

namespace {

struct ProbeRequest {
  ServerOptions server;
  twilio::Account account;
  CallWish wish;
  std::string listen;
  std::vector<std::string> targets;
  std::string limit = "30s";
  std::string textfile;
};

/// The node exporter reads the file at any moment: it is replaced whole.
bool write_whole(const std::string& name, const std::string& text) {
  const std::string half = name + ".tmp";
  std::ofstream out(half, std::ios::binary);
  out << text << std::flush;
  if (!out) return false;
  out.close();
  std::error_code failed;
  std::filesystem::rename(half, name, failed);
  return !failed;
}

asio::awaitable<void> once(Server& server, const ProbeRequest& request, twilio::CallPlan plan,
                           runtime::Duration limit, Probed& into) {
  auto probing = probe(server, request.account, std::move(plan), request.wish.url, limit);
  into = co_await std::move(probing);
}

Exit probe_once(Server& server, const ProbeRequest& request, twilio::CallPlan plan, runtime::Duration limit) {
  Probed probed;
  server.work(once(server, request, std::move(plan), limit, probed));
  if (request.textfile.empty()) {
    std::fputs(probed.metrics.c_str(), stdout);
  } else if (!write_whole(request.textfile, probed.metrics)) {
    std::fprintf(stderr, "linecheck: %s cannot be written\n", request.textfile.c_str());
    return Exit::environment;
  }
  if (server.stopped().is_set()) return Exit::interrupted;
  return probed.success ? Exit::passed : Exit::failed;
}

/// A link, a device or a pipe would be replaced as well, and be gone.
bool may_be_replaced(const std::string& name) {
  const auto what = std::filesystem::symlink_status(name).type();
  return what == std::filesystem::file_type::not_found || what == std::filesystem::file_type::regular;
}

Exit run_probe(ProbeRequest& request) {
  if (request.listen.empty() == request.wish.url.empty()) {
    std::fputs("linecheck: expected either the URL of a voice webhook, or --listen HOST:PORT\n", stderr);
    return Exit::usage;
  }
  if (!request.textfile.empty() && !may_be_replaced(request.textfile)) {
    std::fprintf(
        stderr,
        "linecheck: --textfile %s is no regular file, and would be replaced by one; expected a file's "
        "name, or none for standard output\n",
        request.textfile.c_str());
    return Exit::usage;
  }
  auto plan = plan_of(request.wish);
  if (const auto* error = std::get_if<std::string>(&plan)) {
    std::fputs(error->c_str(), stderr);
    return Exit::usage;
  }
  const auto limit = *engine::parse_duration(request.limit);
  if (!request.listen.empty()) request.server.listen = request.listen;
  Server server(request.server);
  auto& call = std::get<twilio::CallPlan>(plan);
  if (request.listen.empty()) return probe_once(server, request, std::move(call), limit);
  ProbeService service(server, {request.account, std::move(call), request.targets, limit});
  return server.serve_alone("probe", service);
}

void add_options(CLI::App& command, ProbeRequest& request) {
  command.add_option("URL", request.wish.url, "the bridge's voice webhook: one call, then the end");
  command
      .add_option("--listen", request.listen,
                  "HOST:PORT: serve GET /probe?target=URL instead, for Prometheus")
      ->option_text("HOST:PORT");
  command.add_option("--target", request.targets, "with --listen: call these alone; default: any")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)
      ->option_text("URL ...");
  command
      .add_option("--textfile", request.textfile,
                  "write the metrics there, for the node exporter's\ncollector")
      ->option_text("FILE");
  command
      .add_option("--limit", request.limit, "end the call after so long; a scraper's shorter\ntimeout counts")
      ->check(is_duration)
      ->capture_default_str();
  command
      .add_option("--say", request.wish.say, "a sound file, or words to read aloud; several: one\nturn each")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)
      ->option_text("WAV|TEXT ...");
  command.add_option("--script", request.wish.script, "scenario whose caller, line and call it is")
      ->check(CLI::ExistingFile)
      ->excludes("--say")
      ->option_text("FILE");
  command.add_option("--from", request.wish.from, "the caller's number");
  command.add_option("--to", request.wish.to, "the bridge's number");
  command.add_option("--account-sid", request.account.sid, "of the signed requests");
  command.add_option("--auth-token", request.account.auth_token, "signs them; as the bridge knows it")
      ->envname("TWILIO_AUTH_TOKEN");
  command
      .add_option("--rules", request.wish.rules,
                  "Twilio's rules about the track; default: the script's,\nelse twilio_docs")
      ->check(CLI::IsMember({"twilio_docs", "incident_report"}));
  command.add_option("--trust", request.server.trust, "certificates (PEM) to trust besides the system's");
  command.add_flag("--quiet", request.server.quiet, "with --listen: print nothing after the first line");
}

}  // namespace

void add_probe(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<ProbeRequest>();
  auto* command =
      app.add_subcommand("probe", "make a test call, and say as metrics whether it carried sound");
  command->footer(
      "Without --say and --script the caller holds a short conversation.\n"
      "Exit codes: 0 sound both ways, 1 not, 2 bad usage or script, 3 the file cannot be\n"
      "written, 130 interrupted. More: docs/probe.md.\n"
      "  linecheck probe https://bridge.example.com/webhook/incoming_call\n"
      "  linecheck probe --listen 127.0.0.1:9116");
  add_options(*command, *request);
  command->callback([request, &exit] { exit = run_probe(*request); });
}

}  // namespace scenarios::cli
