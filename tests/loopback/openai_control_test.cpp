#include "simulators/openai/control.hpp"
#include "tests/loopback/control_test.hpp"

#include <gmock/gmock.h>

namespace tests {
namespace {
using namespace simulators::openai;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::variant<Part, std::string> read_part(const std::string& text) {
  if (text == "broken") return std::string("script:1:1: error: it is broken");
  Part part;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_object()) {
    for (const auto& [key, unused] : json.items()) part.keys.insert(key);
  } else if (!text.empty()) {
    part.keys = {"model", "openai"};
  }
  if (text.find("silent_audio") != std::string::npos) {
    part.behaviour.faults.emplace_back().what = find_fault("silent_audio");
    return part;
  }
  part.script.rules.emplace_back();
  part.script.rules.back().every_time = true;
  part.script.rules.back().reply.outputs.emplace_back(Speech{std::string(8000, '\x10'), "One second."});
  return part;
}

/// A client that keeps what it was told.
struct Client {
  std::unique_ptr<runtime::net::MessageSocket> socket;
  std::vector<nlohmann::json> told;
};

class OpenAiControl : public ControlTest {
 public:
  OpenAiControl()
      : fake_(ioc_.get_executor(), clock_, random_, journal_, book_, options()),
        api_({fake_, journal_, book_, clock_, read_part, {}}) {
    document_.emplace(control_openapi());
    control_ = listen(api_.service());
    realtime_ = listen(fake_);
  }
  ~OpenAiControl() override { run(close_down()); }

 protected:
  static Options options() {
    Options made;
    made.sharing = Options::Sharing::per_session;
    made.sessions_kept = 2;
    return made;
  }
  boost::asio::awaitable<void> dial(Client& client) {
    runtime::net::WebSocketRequest request;
    request.url = *runtime::net::parse_url("ws://" + realtime_ + "/v1/realtime?model=gpt-realtime");
    request.headers.add("Authorization", "Bearer sk-test");
    auto dialled = co_await network_->connect(std::move(request));
    client.socket = std::move(dialled.socket);
    co_await read_until(client, "session.created");
  }
  boost::asio::awaitable<void> read_until(Client& client, std::string type) {
    for (;;) {
      const auto message = co_await client.socket->read();
      if (!message) co_return;
      client.told.push_back(nlohmann::json::parse(message->payload));
      if (client.told.back()["type"] == type) co_return;
    }
  }
  boost::asio::awaitable<void> say(Client& client, std::string text) {
    (void)co_await client.socket->write(text);
  }
  boost::asio::awaitable<void> leave(Client& client) {
    runtime::net::CloseReason reason;
    (void)co_await client.socket->close(std::move(reason));
    (void)co_await client.socket->read();
  }
  std::string strike(const std::string& id, const std::string& fault) {
    return ask("POST /sessions/{id}/faults", {id}, "", fault).body;
  }

  FakeOpenAi fake_;
  Control api_;
  std::string realtime_;
};

TEST_F(OpenAiControl, AnswersEveryRouteAsItsDocumentSays) {
  EXPECT_EQ(json(ask("PUT /script", {}, "", "new"))["rules"], 1);
  EXPECT_THAT(ask("PUT /script", {}, "", "broken").body, HasSubstr("script:1:1"));
  (void)ask("PUT /behaviour", {}, "", "new");
  EXPECT_THAT(ask("PUT /behaviour", {}, "", "broken").body, HasSubstr("script:1:1"));
  Client client;
  run(dial(client));
  run(say(client, R"({"type":"response.create"})"));
  run(read_until(client, "response.done"));
  EXPECT_EQ(json(ask("GET /sessions"))["active"], 1);
  const auto session = json(ask("GET /sessions/{id}", {"0"}));
  EXPECT_EQ(session["responses"][0]["audio_seconds"], 1.0);
  EXPECT_THAT(ask("GET /sessions/{id}/caller.wav", {session["id"]}).body, StartsWith("RIFF"));
  const std::string audio = "GET /sessions/{id}/responses/{response}/audio.wav";
  EXPECT_EQ(ask(audio, {"0", session["responses"][0]["id"]}).body.size(), 44U + 16'000U);
  EXPECT_THAT(ask(audio, {"0", "9"}).body, HasSubstr("no response 9"));
  for (const std::string route :
       {"GET /sessions/{id}", "GET /sessions/{id}/caller.wav", "POST /sessions/{id}/faults"})
    EXPECT_THAT(ask(route, {"7"}).body, HasSubstr("there is no session 7"));
  EXPECT_THAT(ask("GET /sessions/{id}", {"0"}, "?wait=long").body, HasSubstr("whole seconds"));

  EXPECT_THAT(strike("0", R"({"do":"stall"})"), HasSubstr("it lacks something"));
  (void)strike("0", R"({"do":"inject","message":"{\"type\":\"strange\"}"})");
  run(read_until(client, "strange"));
  EXPECT_EQ(client.told.back()["type"], "strange");
  (void)strike("0", R"({"do":"close","code":4001,"reason":"enough"})");
  run(read_until(client, "never"));
  EXPECT_EQ(client.socket->peer_close()->code, 4001);
  EXPECT_EQ(json(ask("GET /sessions/{id}", {"0"}, "?wait=20"))["close_sent"]["code"], 4001);
  EXPECT_THAT(strike("0", R"({"do":"drop"})"), HasSubstr("the session is over"));

  EXPECT_THAT(ask("GET /journal", {}, "?limit=1").body, HasSubstr(R"("lane":"openai")"));
  (void)ask("GET /journal", {}, "?follow=a");
  EXPECT_THAT(ask("GET /metrics").body, HasSubstr("fake_openai_sessions_total 1"));
  (void)ask("GET /healthz");
  EXPECT_EQ(ask("GET /openapi.yaml").body, control_openapi());
  EXPECT_EQ(json(ask("POST /reset"))["sessions"], 0);
  expect_all_documented(api_.service().routes());
}

TEST_F(OpenAiControl, ABodyForAnotherRouteIsRefusedAndResetsNothing) {
  (void)ask("PUT /script", {}, "", R"({"model":[]})");
  EXPECT_THAT(
      ask("PUT /script", {}, "", R"({"openai":{}})").body,
      AllOf(HasSubstr("says nothing of 'model'"), HasSubstr("body: openai"), HasSubstr("PUT /behaviour")));
  EXPECT_THAT(ask("PUT /behaviour", {}, "", R"({"model":[],"caller":[]})").body,
              AllOf(HasSubstr("says nothing of 'openai'"), HasSubstr("body: caller, model")));
  EXPECT_EQ(json(ask("PUT /script", {}, "", R"({"model":[],"openai":{}})"))["not_taken"][0], "openai");
  EXPECT_EQ(json(ask("PUT /behaviour", {}, "", R"({"openai":{}})")), nlohmann::json({{"status", "ok"}}));
  EXPECT_EQ(json(ask("PUT /behaviour"))["status"], "ok") << "nothing at all: the defaults";
}

TEST_F(OpenAiControl, NamesTheFaultsThatHaveStruckNobody) {
  (void)ask("PUT /behaviour", {}, "", R"({"openai":{"faults":[{"kind":"silent_audio"}]}})");
  EXPECT_EQ(json(ask("GET /sessions"))["idle_faults"], nlohmann::json::array({0}));

  Client client;
  run(dial(client));
  run(say(client, R"({"type":"response.create"})"));
  run(read_until(client, "response.done"));

  EXPECT_EQ(json(ask("GET /sessions"))["idle_faults"], nlohmann::json::array());
  run(leave(client));
}

TEST_F(OpenAiControl, ClosesWithWhatACloseFrameMayHold) {
  Client client;
  run(dial(client));
  for (const char* code : {"1004", "1006", "1015", "2999", "\"some\""})
    EXPECT_THAT(strike("0", std::string(R"({"do":"close","code":)") + code + "}"),
                AllOf(HasSubstr("no close frame holds this code"), HasSubstr("drop")));

  (void)strike("0", R"({"do":"close","code":"none"})");
  run(read_until(client, "never"));

  EXPECT_EQ(client.socket->peer_close()->code, 1005);
  EXPECT_EQ(json(ask("GET /sessions/{id}", {"0"}, "?wait=20"))["close_sent"]["code"], 1005);
}

TEST_F(OpenAiControl, StandsStillAndGoesOn) {
  Client client;
  run(dial(client));
  (void)strike("0", R"({"do":"stall","seconds":1})");
  const auto before = clock_.now();
  run(say(client, R"({"type":"response.create"})"));
  run(read_until(client, "response.done"));
  EXPECT_GE(clock_.now() - before, std::chrono::milliseconds(900));
  run(leave(client));
}

TEST_F(OpenAiControl, StrikesARunningSessionByAFaultsName) {
  Client client;
  run(dial(client));
  EXPECT_THAT(strike("0", R"({"do":"fault"})"), HasSubstr("no fault is given"));
  EXPECT_THAT(strike("0", R"({"do":"fault","fault":{"kind":"http_429"}})"), HasSubstr("handshake is over"));
  EXPECT_THAT(strike("0", R"({"do":"fault","fault":{"kind":"mute","share":"3%"}})"),
              HasSubstr("which session"));
  (void)strike("0", R"({"do":"fault","fault":{"kind":"silent_audio"}})");
  run(say(client, R"({"type":"response.create"})"));
  run(read_until(client, "response.done"));

  EXPECT_FALSE(fake_.sessions().at(0).responses.at(0).audible);
  run(leave(client));
}

TEST_F(OpenAiControl, ForgetsTheOldestEndedSessionsAndCountsThem) {
  for (int i = 0; i < 4; ++i) {
    Client client;
    run(dial(client));
    run(leave(client));
    (void)ask("GET /sessions/{id}", {std::to_string(i)}, "?wait=20");
  }
  const auto list = json(ask("GET /sessions"));
  EXPECT_EQ(list["forgotten"], 1);
  EXPECT_EQ(list["sessions"][0]["number"], 1);
}

TEST_F(OpenAiControl, ANewScriptIsForNewSessionsAndCutsNone) {
  Client first;
  Client second;
  run(dial(first));
  (void)ask("PUT /script", {}, "", "new");
  run(dial(second));
  for (Client* client : {&first, &second}) {
    run(say(*client, R"({"type":"response.create"})"));
    run(read_until(*client, "response.done"));
    run(leave(*client));
  }
  const auto rule = [&](const char* session) {
    return json(ask("GET /sessions/{id}", {session}, "?wait=20"))["responses"][0]["rule"];
  };
  EXPECT_EQ(rule("0"), nullptr);
  EXPECT_EQ(rule("1"), 0);
}

}  // namespace
}  // namespace tests
