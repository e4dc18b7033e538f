#include "simulators/openai/client_secrets.hpp"
#include "tests/sim/fake_openai_test.hpp"

#include <array>
#include <utility>

// The ways in beside the usual one: client secrets, transcription, Azure's two URLs.
namespace simulators::openai {
namespace {

using testing::HasSubstr;

class FakeOpenAiDoors : public FakeOpenAiOnTheNetwork {
 protected:
  net::HttpResponse post(const std::string& target, const std::string& body,
                         const std::string& key = "sk-test") {
    net::HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.headers = bearer(key);
    request.body = body;
    net::HttpResponse response;
    auto asking = [&]() -> asio::awaitable<void> { response = co_await fake_->respond(request); };
    spawn(asking());
    loop_.run_for(0s);
    return response;
  }
  /// The value of a secret that was asked for with `body`.
  std::string secret(const std::string& body) {
    const auto response = post("/v1/realtime/client_secrets", body);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body)["value"];
  }
  const Json& created() const { return heard_.at(0).event["session"]; }
  void restart(const std::string& key = "sk-test") {
    Options options;
    options.valid_key = key;
    start(std::move(options));
  }
};

TEST_F(FakeOpenAiDoors, AClientSecretOpensSessionsWithWhatItWasMadeFor) {
  restart();
  const std::string value =
      secret(R"({"expires_after":{"anchor":"created_at","seconds":30},"session":{"type":"realtime",)"
             R"("model":"gpt-realtime-2","instructions":"Be brief."}})");
  EXPECT_TRUE(value.starts_with("ek_"));

  spawn(talk("/v1/realtime", {}, bearer(value)));
  run(1s);

  EXPECT_EQ(created()["instructions"], "Be brief.");
  EXPECT_EQ(created()["model"], "gpt-realtime-2") << "also when the URL names none";
}

TEST_F(FakeOpenAiDoors, TheSchemeOfAKeyIsReadInAnyCase) {
  restart();
  net::Headers headers;
  headers.add("Authorization", "bearer sk-test");

  spawn(talk(kVoice, {}, std::move(headers)));
  run(1s);

  EXPECT_EQ(heard_.at(0).event["type"], "session.created");
}

TEST_F(FakeOpenAiDoors, AClientSecretExpires) {
  restart();
  const std::string value = secret(R"({"expires_after":{"anchor":"created_at","seconds":30}})");

  run(31s);
  spawn(talk(kVoice, {}, bearer(value)));
  run(1s);

  EXPECT_EQ(heard_.at(0).event["error"]["code"], "invalid_api_key");
}

TEST_F(FakeOpenAiDoors, AnExpiredClientSecretIsRefusedAlsoWhenItIsForgottenAndEveryKeyWillDo) {
  restart("");
  const std::string brief = secret(R"({"expires_after":{"anchor":"created_at","seconds":30}})");
  run(31s);
  (void)secret("{}");

  spawn(talk(kVoice, {}, bearer(brief)));
  run(1s);

  EXPECT_EQ(heard_.at(0).event["error"]["code"], "invalid_api_key");
}

TEST(FakeOpenAiSecrets, AreForgottenWhenTheyHaveExpiredAndBoundedUntilThen) {
  runtime::SeededRandom random(1);
  Ids ids(random);
  ClientSecrets secrets(20);
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/v1/realtime/client_secrets";
  request.body = R"({"expires_after":{"anchor":"created_at","seconds":30}})";
  const auto first = Json::parse(secrets.respond(request, 1000, ids).body);
  const std::string value = first["value"];
  EXPECT_EQ(first["expires_at"], 1030);

  for (int i = 1; i < 20; ++i) ASSERT_EQ(secrets.respond(request, 1010, ids).status, 200) << i;
  EXPECT_EQ(secrets.respond(request, 1029, ids).status, 429);
  EXPECT_NE(secrets.find(value), nullptr);
  EXPECT_EQ(secrets.respond(request, 1030, ids).status, 200) << "there is room where one expired";
  EXPECT_EQ(secrets.find(value), nullptr);
}

TEST_F(FakeOpenAiDoors, TheDoorsForSecretsCheckKeyAndFields) {
  restart();
  const std::string door = "/v1/realtime/client_secrets";

  EXPECT_EQ(post(door, "{}", "sk-wrong").status, 401);
  EXPECT_THAT(post(door, R"({"expires_after":{"seconds":5}})").body, HasSubstr("integer_below_min_value"));
  EXPECT_THAT(post(door, R"({"session":{"type":"realtime","voice":"ash"}})").body,
              HasSubstr("session.voice"));
  EXPECT_EQ(post(door, "no json").status, 400);
  const auto legacy =
      Json::parse(post("/v1/realtime/sessions", R"({"model":"gpt-realtime","voice":"ash"})").body);
  EXPECT_EQ(legacy["voice"], "ash");
  EXPECT_TRUE(legacy["client_secret"]["value"].get<std::string>().starts_with("ek_"));
}

TEST_F(FakeOpenAiDoors, ATranscriptionSessionHearsAndNeverAnswers) {
  restart();
  std::vector<std::string> messages = {
      R"({"type":"session.update","session":{"type":"transcription","audio":{"input":{"format":{"type":)"
      R"("audio/pcmu"},"transcription":{"model":"gpt-4o-transcribe"}}}}})",
      R"({"type":"session.update","session":{"type":"realtime"}})", kCreate};
  const std::string said =
      runtime::audio::speech_like(9, runtime::Samples8k(8'000)).mulaw + std::string(8'000, '\xFF');
  messages.push_back(R"({"type":"input_audio_buffer.append","audio":")" + runtime::base64_encode(said) +
                     R"("})");

  spawn(talk("/v1/realtime?intent=transcription", messages));
  run();

  EXPECT_EQ(created()["object"], "realtime.transcription_session");
  EXPECT_TRUE(has("conversation.item.input_audio_transcription.completed"));
  EXPECT_FALSE(has("response.created"));
  EXPECT_EQ(fake_->sessions().at(0).errors_sent.size(), 2U) << "a voice update and a response";
}

TEST_F(FakeOpenAiDoors, AzurePreviewSpeaksBetaAndAzureGaNamesDeployments) {
  restart("k");
  net::Headers headers;
  headers.add("api-key", "k");
  headers.add("OpenAI-Beta", "realtime=v1");
  spawn(talk("/openai/realtime?api-version=2024-10-01-preview&deployment=mine", {kCreate}, headers));
  run();
  EXPECT_EQ(created()["modalities"].size(), 2U);
  EXPECT_TRUE(has("response.audio.delta"));
  EXPECT_FALSE(has("conversation.item.done"));

  spawn(hang_up({1000, ""}));
  run(1s);
  heard_.clear();
  net::Headers ga;
  ga.add("api-key", "k");
  spawn(talk("/openai/v1/realtime?model=mine", {kCreate}, ga));
  run();
  EXPECT_EQ(created()["model"], "mine");
  for (const Heard& heard : heard_) {
    if (heard.type != "response.content_part.added") continue;
    EXPECT_EQ(heard.event["content"], heard.event["part"]);
  }
}

TEST_F(FakeOpenAiDoors, AzurePreviewWantsADeployment) {
  restart("k");
  net::Headers headers;
  headers.add("api-key", "k");
  spawn(talk("/openai/realtime?api-version=2024-10-01-preview&model=mine", {}, headers));
  run(1s);
  EXPECT_EQ(heard_.at(0).event["error"]["code"], "missing_model");
  ASSERT_TRUE(closed_with_);
  EXPECT_EQ(closed_with_->code, 4000);

  heard_.clear();
  spawn(talk("/openai/realtime?api-version=2024-10-01-preview&intent=transcription", {}, headers));
  run(1s);
  EXPECT_EQ(heard_.at(0).type, "transcription_session.created");
}

TEST_F(FakeOpenAiDoors, TheUpgradeIsAnsweredAsByTheProxyInFrontOfTheService) {
  restart();
  const auto upgrade = [&](const std::string& target) {
    net::HttpRequest request;
    request.method = "GET";
    request.target = target;
    request.headers = bearer("sk-test");
    request.upgrade = true;
    net::HttpResponse response;
    auto asking = [&]() -> asio::awaitable<void> { response = co_await fake_->respond(request); };
    spawn(asking());
    loop_.run_for(0s);
    EXPECT_EQ(response.status, 101);
    std::string shown;
    for (const auto& [name, value] : response.headers.fields)
      shown += name + ": " + value.substr(0, value.find('=')) + "\n";
    return shown;
  };

  EXPECT_EQ(upgrade(kVoice),
            "Server: cloudflare\nx-openai-proxy-wasm: v0.1\nSet-Cookie: __cf_bm\nSet-Cookie: _cfuvid\n");
  EXPECT_EQ(upgrade("/openai/v1/realtime?model=mine"), "") << "Azure has another proxy";
}

TEST_F(FakeOpenAiDoors, ASessionThatJoinsACallBeginsAsTheSettingHasIt) {
  using Joining = OpenPoints::Joining;
  constexpr std::array kJoinings{Joining::refused, Joining::created, Joining::updated};
  Options options;
  options.adjust = [&](std::size_t number, Behaviour& behaviour) {
    behaviour.open_points.joined_call = kJoinings.at(number);
  };
  start(std::move(options));
  const auto beginning = [&] {
    heard_.clear();
    spawn(talk("/v1/realtime?call_id=rtc_1", {}));
    run(1s);
    spawn(hang_up({1000, ""}));
    run(1s);
    return heard_.empty() ? Json() : heard_.front().event;
  };

  EXPECT_EQ(beginning()["error"]["code"], "call_id_not_found");
  const Json created = beginning();
  EXPECT_EQ(created["type"], "session.created");
  EXPECT_TRUE(created["session"]["id"].get<std::string>().starts_with("sess_u0_"));
  EXPECT_EQ(created["session"]["model"], "gpt-realtime");
  EXPECT_EQ(beginning()["type"], "session.updated");
}

TEST_F(FakeOpenAiDoors, ARefusalByStatusHasTheBodyOfTheApi) {
  Options options;
  options.behaviour.faults.emplace_back().what = find_fault("http_429");
  start(std::move(options));
  net::HttpRequest request;
  request.method = "GET";
  request.target = "/v1/realtime?model=gpt-realtime";
  request.upgrade = true;
  request.headers = bearer("sk-test");
  net::HttpResponse response;
  auto asking = [&]() -> asio::awaitable<void> { response = co_await fake_->respond(request); };
  spawn(asking());
  loop_.run_for(0s);

  EXPECT_EQ(response.status, 429);
  const Json body = Json::parse(response.body);
  EXPECT_FALSE(body.contains("type")) << "which an event of the WebSocket's has";
  EXPECT_EQ(body["error"]["code"], "rate_limit_exceeded");
  EXPECT_EQ(body["error"]["type"], "rate_limit_error");
}

TEST_F(FakeOpenAiDoors, EveryModelOfTheCatalogueIsLetIn) {
  for (const char* model :
       {"gpt-realtime-mini-2025-10-06", "gpt-realtime-mini-2025-12-15", "gpt-audio-1.5", "gpt-audio-mini"}) {
    heard_.clear();
    restart();
    spawn(talk("/v1/realtime?model=" + std::string(model), {}, bearer("sk-test")));
    run(1s);
    EXPECT_EQ(created()["model"], model);
    spawn(hang_up({1000, ""}));
    run(1s);
  }
}

TEST_F(FakeOpenAiDoors, AzureRefusesABadKeyBeforeTheUpgrade) {
  restart("k");

  spawn(dial("/openai/v1/realtime?model=mine", bearer("wrong")));
  run(1s);

  EXPECT_EQ(dialled_.http_status, 401);
}

}  // namespace
}  // namespace simulators::openai
