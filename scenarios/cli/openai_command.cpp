#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/scripts.hpp"
#include "scenarios/cli/server.hpp"
#include "simulators/openai/control.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <utility>

namespace scenarios::cli {
namespace asio = boost::asio;
namespace openai = simulators::openai;
using namespace std::chrono_literals;

namespace {

struct OpenAiRequest {
  ServerOptions server;
  std::string script;
  std::string api_key;
  std::vector<std::string> models;
  bool one_script = false;
  std::size_t audio_mib = 256;
};

class SessionOperator final : public openai::Observer {
 public:
  explicit SessionOperator(Server& server) : server_(server) {}

 private:
  void session_began(const openai::SessionFacts& session) override {
    server_.say(fmt::format("{} session began, model {}", session.session_id, session.handshake.model));
  }
  void turn_committed(const openai::SessionFacts& session, const openai::TurnFacts& turn) override {
    server_.say(fmt::format("{} turn of the caller: {} ms to {} ms", session.session_id, turn.audio_start_ms,
                            turn.audio_end_ms));
  }
  void response_done(const openai::SessionFacts& session, const openai::ResponseFacts& response) override {
    const std::string_view told = response.done_lost ? ", untold to the client" : "";
    server_.say(fmt::format("{} response {} {}{}: {:.1f} s of audio", session.session_id, response.id,
                            response.status, told,
                            runtime::seconds(runtime::mulaw_length(response.audio.size()))));
  }
  void error_sent(const openai::SessionFacts& session, const openai::ErrorFacts& sent) override {
    server_.say(fmt::format("{} error {}: {}", session.session_id,
                            sent.error.code.empty() ? sent.error.type : sent.error.code, sent.error.message));
  }
  void session_ended(const openai::SessionFacts& session) override {
    server_.say(fmt::format("{} session ended{}", session.session_id,
                            session.handshake.refused_with.empty()
                                ? std::string()
                                : ", refused with " + session.handshake.refused_with));
  }

  Server& server_;
};

std::variant<openai::Part, std::string> part_of(std::variant<engine::Scenario, std::string> read) {
  if (auto* error = std::get_if<std::string>(&read)) return std::move(*error);
  auto& scenario = std::get<engine::Scenario>(read);
  return openai::Part{std::move(scenario.model), std::move(scenario.openai), {}};
}

/// The end of the fake: sessions are told, and have a moment to answer.
asio::awaitable<void> say_goodbye(runtime::Clock& clock, openai::FakeOpenAi& fake) {
  constexpr std::uint16_t kGoingAway = 1001;
  std::vector<std::size_t> running;
  for (const auto& session : fake.sessions()) {
    if (!session.ended_at) running.push_back(session.number);
  }
  for (const auto number : running) fake.close(number, {kGoingAway, "the fake ends"});
  const auto deadline = clock.now() + 2s;
  while (fake.active_sessions() > 0 && clock.now() < deadline) {
    if (const bool went_on = co_await clock.sleep_until(clock.now() + 10ms); !went_on) co_return;
  }
}

Exit serve(const OpenAiRequest& request) {
  Scripts scripts;
  // The fake itself judges what is too large, by a setting; the socket takes
  // all that this may allow.
  ServerOptions server_options = request.server;
  server_options.message_bytes = 64U << 20U;
  auto initial = part_of(request.script.empty() ? scripts.read_text("") : scripts.read_file(request.script));
  if (const auto* error = std::get_if<std::string>(&initial)) {
    std::fputs(error->c_str(), stderr);
    return Exit::usage;
  }
  openai::Options options;
  options.script = std::get<openai::Part>(initial).script;
  options.behaviour = std::get<openai::Part>(initial).behaviour;
  options.sessions_kept = request.server.keep;
  options.audio_kept_bytes = request.audio_mib << 20U;
  options.valid_key = request.api_key;
  if (!request.models.empty()) options.models = request.models;
  if (!request.one_script) options.sharing = openai::Options::Sharing::per_session;

  Server server(std::move(server_options));
  SessionOperator watching(server);
  openai::FakeOpenAi fake(server.executor(), server.clock(), server.random(), server.journal(), server.book(),
                          std::move(options));
  fake.observe(&watching);
  const auto read_part = [&scripts](const std::string& text) {
    auto read = part_of(scripts.read_text(text));
    if (auto* part = std::get_if<openai::Part>(&read)) part->keys = scripts.given();
    return read;
  };
  openai::Control control({fake, server.journal(), server.book(), server.clock(), read_part,
                           std::get<openai::Part>(std::move(initial))});
  return server.serve("openai", fake, control.service(), [&] { return say_goodbye(server.clock(), fake); });
}

}  // namespace

void add_openai(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<OpenAiRequest>();
  auto* command = app.add_subcommand("openai", "the fake OpenAI Realtime API as a server, for any client");
  command->footer(
      "The Realtime API is at ws://LISTEN/v1/realtime?model=gpt-realtime (TLS: wss):\n"
      "  linecheck openai --listen 127.0.0.1:4020 --control 127.0.0.1:4021\n"
      "  curl http://127.0.0.1:4021/sessions\n"
      "Without --script every session greets and answers each turn of its caller.\n"
      "The first line of output names both addresses. GET /openapi.yaml says the rest.");
  add_server_options(*command, request->server);
  command->add_option("--script", request->script, "scenario whose model and openai parts say what\nit does")
      ->check(CLI::ExistingFile)
      ->option_text("FILE");
  command->add_flag("--one-script", request->one_script,
                    "all sessions together play the script once;\ndefault: each from its beginning");
  command->add_option("--audio-size", request->audio_mib, "MiB of ended sessions' audio to remember")
      ->option_text("N (default 256)")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str();
  command->add_option("--api-key", request->api_key, "the only key that is let in; default: every key");
  command->add_option("--model", request->models, "models that are known; default: OpenAI's")->delimiter(',');
  command->callback([request, &exit] { exit = serve(*request); });
}

}  // namespace scenarios::cli
