#include "tests/sim/fake_openai_test.hpp"

namespace simulators::openai {
namespace {

TEST_F(FakeOpenAiOnTheNetwork, GreetsWithExactlyTheScriptsAudio) {
  Options options;
  options.script = greeting(3s);
  const std::string said = std::get<Speech>(options.script.rules[0].reply.outputs[0]).mulaw;
  start(std::move(options));

  spawn(talk(kVoice, {kPhone, kCreate}));
  run();

  ASSERT_GE(heard_.size(), 3U);
  EXPECT_EQ(heard_[0].type, "session.created");
  EXPECT_EQ(heard_[0].at, 10ms + 4ms + 10ms) << "there with the upgrade, 4 ms, and back";
  EXPECT_EQ(heard_[1].type, "session.updated");
  EXPECT_EQ(audio(), said);
  const SessionFacts& facts = fake_->sessions().at(0);
  EXPECT_EQ(facts.responses.at(0).audio, said);
  EXPECT_EQ(facts.responses[0].as, "hello");
  EXPECT_TRUE(facts.responses[0].audible);
  EXPECT_EQ(facts.output_format, AudioFormat::pcmu);
  EXPECT_THAT(fake_->unused_rules(), ElementsAre());
}

TEST_F(FakeOpenAiOnTheNetwork, KeepsTheCallersAudioBitForBit) {
  start();
  const std::string said = runtime::audio::speech_like(9, runtime::Samples8k(8'000)).mulaw;
  std::vector<std::string> messages = {kPhone};
  for (std::size_t from = 0; from < said.size(); from += 160) {
    messages.push_back(R"({"type":"input_audio_buffer.append","audio":")" +
                       runtime::base64_encode(said.substr(from, 160)) + R"("})");
  }

  spawn(talk(kVoice, messages));
  run();

  EXPECT_EQ(fake_->sessions().at(0).caller_audio, said);
  EXPECT_EQ(fake_->sessions()[0].appends.size(), 50U);
  EXPECT_TRUE(has("input_audio_buffer.speech_started"));
  EXPECT_NE(book_.expose().find("fake_openai_audio_bytes_received_total 8000"), std::string::npos);
}

struct RefusalCase {
  std::string target;
  std::string key;
  std::string code;  // "null" for none
  std::uint16_t close_code;
  std::string reason;
};
class FakeOpenAiRefusals : public FakeOpenAiOnTheNetwork, public testing::WithParamInterface<RefusalCase> {};

TEST_P(FakeOpenAiRefusals, ComeAfterTheUpgradeAsAnErrorAndAClose) {
  Options options;
  options.valid_key = "sk-right";
  start(std::move(options));
  const RefusalCase& refused = GetParam();

  spawn(talk(refused.target, {}, refused.key.empty() ? net::Headers{} : bearer(refused.key)));
  run();

  EXPECT_EQ(dialled_.http_status, 101);
  ASSERT_EQ(heard_.size(), 1U) << "no session.created";
  EXPECT_EQ(heard_[0].type, "error");
  const Json& code = heard_[0].event["error"]["code"];
  EXPECT_EQ(code.is_null() ? "null" : code.get<std::string>(), refused.code);
  ASSERT_TRUE(closed_with_);
  EXPECT_EQ(closed_with_->code, refused.close_code);
  EXPECT_EQ(closed_with_->text, refused.reason);
  EXPECT_FALSE(fake_->sessions().at(0).handshake.refused_with.empty());
  EXPECT_TRUE(fake_->sessions()[0].session_id.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Catalogue, FakeOpenAiRefusals,
    testing::Values(RefusalCase{kVoice, "sk-wrong-key-xyz", "invalid_api_key", 3000,
                                "invalid_request_error.invalid_api_key"},
                    RefusalCase{kVoice, "", "null", 3000, "invalid_request_error"},
                    RefusalCase{"/v1/realtime?model=gpt-nope", "sk-right", "invalid_model", 4000,
                                "invalid_request_error.invalid_model"},
                    RefusalCase{"/v1/realtime", "sk-right", "missing_model", 4000,
                                "invalid_request_error.missing_model"},
                    RefusalCase{"/v1/realtime?model=gpt-4o-realtime-preview-2024-12-17", "sk-right",
                                "model_not_found", 4004, "invalid_request_error.model_not_found"},
                    RefusalCase{"/v1/realtime?intent=transcription&model=whisper-1", "sk-right",
                                "invalid_model", 4000, "invalid_request_error.invalid_model"},
                    RefusalCase{"/v1/realtime?call_id=rtc_1", "sk-right", "call_id_not_found", 4004,
                                "invalid_request_error.call_id_not_found"}));

TEST_F(FakeOpenAiOnTheNetwork, TheBetaHeaderIsFatal) {
  start();
  net::Headers headers = bearer("sk-test");
  headers.add("OpenAI-Beta", "realtime=v1");

  spawn(talk(kVoice, {}, std::move(headers)));
  run();

  ASSERT_TRUE(closed_with_);
  EXPECT_EQ(closed_with_->text, "invalid_request_error.beta_api_shape_disabled");
}

TEST_F(FakeOpenAiOnTheNetwork, SelectsTheSubprotocolAndTakesTheKeyFromIt) {
  Options options;
  options.valid_key = "sk-browser";
  start(std::move(options));

  spawn(dial(kVoice, {}, {"realtime", "openai-insecure-api-key.sk-browser"}));
  run(1s);

  EXPECT_EQ(dialled_.subprotocol, "realtime");
  EXPECT_TRUE(fake_->sessions().at(0).handshake.key_valid);
  EXPECT_FALSE(fake_->sessions()[0].session_id.empty());
}

TEST_F(FakeOpenAiOnTheNetwork, CanRefuseTheUpgradeOfTheFirstSessionOnly) {
  Options options;
  options.adjust = [](std::size_t number, Behaviour& behaviour) {
    if (number == 0) behaviour.refusal = RefuseWithStatus{429, R"({"error":{"code":"rate_limit_exceeded"}})"};
  };
  start(std::move(options));

  spawn(dial(kVoice));
  run(1s);
  EXPECT_EQ(dialled_.http_status, 429);
  spawn(dial(kVoice));
  run(1s);

  EXPECT_EQ(dialled_.http_status, 101);
  EXPECT_EQ(fake_->sessions().at(0).handshake.http_status, 429);
  EXPECT_FALSE(fake_->sessions().at(1).session_id.empty());
}

TEST_F(FakeOpenAiOnTheNetwork, TheUpgradesAnswerLooksLikeTheServices) {
  start();
  net::HttpResponse answer;
  const auto upgrade = [&]() -> asio::awaitable<void> {
    net::HttpRequest request;
    request.method = "GET";
    request.target = kVoice;
    request.headers = bearer("sk-test");
    request.upgrade = true;
    answer = co_await fake_->respond(request);
  };

  spawn(upgrade());
  run(1s);

  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.headers.get("Server"), "cloudflare");
  EXPECT_EQ(answer.headers.get("Sec-WebSocket-Extensions"), "") << "no compression is agreed on";
}

TEST_F(FakeOpenAiOnTheNetwork, AnotherPathIsNotFound) {
  start();

  spawn(dial("/v2/realtime?model=gpt-realtime"));
  run(1s);

  EXPECT_EQ(dialled_.http_status, 404);
  EXPECT_TRUE(fake_->sessions().empty());
}

TEST_F(FakeOpenAiOnTheNetwork, ASessionExpiresWithItsErrorAndClose1001) {
  Options options;
  options.behaviour.expires_after = 2min;
  start(std::move(options));

  spawn(talk(kVoice, {kPhone}));
  run(3min);

  EXPECT_EQ(heard_.back().event["error"]["code"], "session_expired");
  ASSERT_TRUE(closed_with_);
  EXPECT_EQ(closed_with_->code, 1001);
  EXPECT_EQ(closed_with_->text, "Your session hit the maximum duration of 2 minutes.");
}

TEST_F(FakeOpenAiOnTheNetwork, TheScriptCanCloseOrCutTheConnectionInTheMiddleOfAnAnswer) {
  for (const bool politely : {true, false}) {
    Options options;
    options.script = greeting(3s);
    Insertion end{{Moment::At::after_audio, 1s, false}, AbortConnection{}};
    if (politely) end.what = CloseConnection{1011, "internal"};
    options.script.rules[0].reply.faults.insertions.push_back(end);
    heard_.clear();
    start(std::move(options));

    spawn(talk(kVoice, {kPhone, kCreate}));
    run();

    const SessionFacts& facts = fake_->sessions().at(0);
    EXPECT_EQ(closed_with_.has_value(), politely);
    EXPECT_EQ(facts.aborted, !politely);
    EXPECT_TRUE(facts.ended_at);
    EXPECT_EQ(facts.responses.at(0).status, "");
    EXPECT_GE(facts.responses[0].audio.size(), 8'000U);
    EXPECT_LT(facts.responses[0].audio.size(), 12'000U);
    spawn(end_all());
    loop_.run();
    socket_.reset();
  }
  start();
}

TEST_F(FakeOpenAiOnTheNetwork, NotesTheClientsClose) {
  start();
  spawn(talk(kVoice, {kPhone}));
  run(1s);

  spawn(hang_up({1000, "bye"}));
  run(1s);

  const SessionFacts& facts = fake_->sessions().at(0);
  ASSERT_TRUE(facts.close_received);
  EXPECT_EQ(facts.close_received->code, 1000);
  EXPECT_TRUE(facts.ended_at);
}

TEST_F(FakeOpenAiOnTheNetwork, ABridgeThatDialsAgainGoesOnWhereItWas) {
  Options options;
  options.script = greeting(3s);
  options.script.rules[0].reply.faults.stall = Stall{};
  start(std::move(options));
  spawn(talk(kVoice, {kPhone, kCreate}));
  run(3s);
  spawn(hang_up({1000, ""}));
  run(1s);

  spawn(talk(kVoice, {kPhone, kCreate}));
  run(3s);

  EXPECT_EQ(fake_->sessions().at(1).responses.at(0).trigger, Trigger::retry);
  EXPECT_EQ(fake_->sessions()[1].responses[0].as, "hello");
}

TEST_F(FakeOpenAiOnTheNetwork, PerSessionEachPlaysTheScriptFromItsBeginning) {
  Options options;
  options.script = greeting(1s);
  options.sharing = Options::Sharing::per_session;
  start(std::move(options));
  spawn(talk(kVoice, {kPhone, kCreate}));
  run(3s);
  spawn(hang_up({1000, ""}));
  run(1s);

  spawn(talk(kVoice, {kPhone, kCreate}));
  run(3s);

  EXPECT_EQ(fake_->sessions().at(0).responses.at(0).as, "hello");
  EXPECT_EQ(fake_->sessions().at(1).responses.at(0).as, "hello");
  EXPECT_EQ(fake_->sessions()[1].responses[0].trigger, Trigger::greeting);
}

}  // namespace
}  // namespace simulators::openai
