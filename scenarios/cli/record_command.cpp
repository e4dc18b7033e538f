#include "scenarios/cli/proxy_recorder.hpp"
#include "scenarios/cli/recorded_files.hpp"
#include "scenarios/cli/recording_commands.hpp"
#include "scenarios/cli/server.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace scenarios::cli {
namespace {

struct RecordRequest {
  std::string from, to;
  std::size_t call = 1;
  bool force = false;
  ProxyRequest proxy;
};

bool said_wrong(const std::string& wrong) {
  if (!wrong.empty()) std::fprintf(stderr, "linecheck: %s\n", wrong.c_str());
  return !wrong.empty();
}

Exit record_from(const std::string& from, const RecordTo& to) {
  const auto recorded = read_recorded(from);
  if (const auto* error = std::get_if<std::string>(&recorded)) {
    said_wrong(*error);
    return Exit::usage;
  }
  std::size_t notes = 0;
  const auto exit = write_recorded(std::get<Recorded>(recorded), to, notes);
  if (exit == Exit::passed) say_recorded(to, notes);
  return exit;
}

Exit record(const RecordRequest& request) {
  const RecordTo to{request.to, request.call, request.force};
  if (said_wrong(wrong_name(to.file))) return Exit::usage;
  // Before a call is taken, and not after it.
  std::error_code error;
  if (!request.force && std::filesystem::exists(to.file, error)) {
    said_wrong(to.file.string() + " is there already (--force writes over it)");
    return Exit::usage;
  }
  if (!request.from.empty()) return record_from(request.from, to);
  if (request.proxy.twilio.empty()) {
    said_wrong("record needs --from PATH, or --twilio, --bridge, --openai and --upstream");
    return Exit::usage;
  }
  return record_by_proxy(request.proxy, to);
}

void add_proxy(CLI::App& command, ProxyRequest& proxy, CLI::Option* from) {
  const char* group = "Recording proxy";
  auto* twilio =
      command.add_option("--twilio", proxy.twilio, "HOST:PORT where Twilio finds it instead of the bridge");
  auto* bridge = command.add_option("--bridge", proxy.bridge, "the bridge, as http://HOST:PORT");
  auto* openai =
      command.add_option("--openai", proxy.openai, "HOST:PORT where the bridge finds it instead of OpenAI");
  auto* upstream = command.add_option("--upstream", proxy.upstream, "OpenAI, as wss://api.openai.com");
  twilio->check(wrong_address)->needs(bridge)->needs(openai)->needs(upstream)->excludes(from);
  openai->check(wrong_address)->needs(twilio);
  bridge->check(wrong_url)->needs(twilio);
  upstream->check(wrong_url)->needs(twilio);
  auto* trust =
      command.add_option("--trust", proxy.trust, "certificates (PEM) to trust besides the system's");
  auto* wires = command.add_option("--wires", proxy.wires, "write both sides' messages to this file too");
  auto* within = command.add_option("--within", proxy.within_minutes, "minutes that it waits for the call");
  auto* longest = command.add_option("--longest", proxy.longest_minutes, "minutes after which a call is cut");
  within->check(CLI::Range(1, 1440))->capture_default_str();
  longest->check(CLI::Range(1, 1440))->capture_default_str();
  trust->option_text("FILE");
  wires->option_text("FILE");
  for (auto* option : {twilio, bridge, openai, upstream, trust, wires, within, longest}) option->group(group);
}

}  // namespace

void add_record(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<RecordRequest>();
  auto* command = app.add_subcommand("record", "turn a call into a scenario, both sides of it");
  command->footer(
      "Any call that went through the fakes, whichever bridge it was:\n"
      "  linecheck run --keep all my.yaml\n"
      "  linecheck record --from out/my -o again.yaml\n"
      "A call with the real services, or any others, through a proxy:\n"
      "  linecheck record --twilio 127.0.0.1:5000 --bridge http://127.0.0.1:8080 \\\n"
      "    --openai 127.0.0.1:5001 --upstream wss://api.openai.com -o live.yaml\n"
      "Twilio must open its stream to the proxy: let the bridge's public host (of the\n"
      "<Stream url>) lead to --twilio, where your tunnel or proxy has ended TLS. The\n"
      "voice webhook may go either way. The bridge's OpenAI base URL is\n"
      "ws://127.0.0.1:5001. Keys and queries pass, and are never written down. It takes\n"
      "one call and ends; Ctrl-C ends it before, and writes what there is.\n"
      "The scenario stands in NAME.yaml, its sounds in clips/ beside it. Numbers of five\n"
      "digits and more, sids, API keys and instructions are replaced or left out; its\n"
      "header says what a person has to look over. `linecheck replay NAME.yaml` compares\n"
      "it with a bridge.\n"
      "Exit codes: 0 written, 2 nothing to record, or bad usage, 3 cannot listen or\n"
      "write, or no call came, 130 interrupted.");
  auto* from = command->add_option("--from", request->from, "out/SCENARIO of a run, or a wires.jsonl");
  from->option_text("PATH");
  command->add_option("-o,--output", request->to, "the scenario to write: NAME.yaml")
      ->required()
      ->option_text("FILE");
  command->add_option("--call", request->call, "which of several calls, from 1")
      ->check(CLI::Range(1, 1'000'000));
  command->add_flag("--force", request->force, "write over a file that is there already");
  add_proxy(*command, request->proxy, from);
  command->callback([request, &exit] { exit = record(*request); });
}

}  // namespace scenarios::cli
