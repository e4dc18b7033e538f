// How OpenAI is reached, paid for and replaced: the configuration's words for it.
#include "bridge/app/config.hpp"

#include <gmock/gmock.h>

#include <string>

namespace bridge::app {
namespace {
using testing::HasSubstr;

std::variant<Config, ConfigErrors> parse(const std::string& added) {
  ConfigSource source;
  source.name = "bridge.yaml";
  source.text = "public_url: https://bridge.example.com\n" + added;
  source.environment = {{"OPENAI_API_KEY", "sk-test"}};
  return parse_config(source);
}
Config good(const std::string& added) {
  auto parsed = parse(added);
  if (auto* errors = std::get_if<ConfigErrors>(&parsed)) {
    ADD_FAILURE() << errors->text();
    return {};
  }
  return std::get<Config>(std::move(parsed));
}
std::string errors(const std::string& added) {
  auto parsed = parse(added);
  auto* errors = std::get_if<ConfigErrors>(&parsed);
  return errors == nullptr ? "" : errors->text();
}

TEST(BridgeConfigOpenAi, AzuresUrlGetsTheKeyInItsOwnHeader) {
  const auto azure =
      good("openai: {url: \"wss://res.openai.azure.com/openai/v1/realtime\", model: my-deployment}\n");
  EXPECT_TRUE(azure.call.model.key_in_header);
  EXPECT_EQ(azure.call.model.name, "my-deployment");
  EXPECT_FALSE(good("openai: {}\n").call.model.key_in_header);
  EXPECT_TRUE(good("openai: {auth: api_key}\n").call.model.key_in_header);
}

TEST(BridgeConfigOpenAi, WhoeverWaitsForASessionHearsTonesUnlessToldOtherwise) {
  const auto& tones = good("openai: {}\n").call.model.retry.hold;
  ASSERT_NE(tones, nullptr);
  EXPECT_GT(tones->mulaw.size(), 0U);
  EXPECT_EQ(good("openai: {retry: {hold: none}}\n").call.model.retry.hold, nullptr);
  EXPECT_THAT(errors("openai: {retry: {hold: tone}}\n"), HasSubstr("openai.retry.hold"));
}

const std::string kPreview =
    "url: \"wss://res.openai.azure.com/openai/realtime?api-version=2024-10-01-preview&deployment=d\"";

TEST(BridgeConfigOpenAi, APreviewUrlOfAzureSpeaksTheBetaAndNamesItsDeployment) {
  const auto model = good("openai: {" + kPreview + "}\n").call.model;

  EXPECT_EQ(model.session.dialect, openai::Dialect::beta);
  EXPECT_EQ(model.name, "d");
  EXPECT_THAT(model.url.target, testing::EndsWith("deployment=d"));
  EXPECT_EQ(good("openai: {}\n").call.model.session.dialect, openai::Dialect::ga);
}

TEST(BridgeConfigOpenAi, TheBetaIsSpokenAtAPreviewUrlAndNowhereElse) {
  const auto beta = errors("openai: {dialect: beta}\n");
  EXPECT_THAT(beta, HasSubstr("switched off in May 2026"));
  EXPECT_THAT(beta, HasSubstr("a preview URL of Azure"));

  const auto ga = errors("openai: {" + kPreview + ", dialect: ga}\n");
  EXPECT_THAT(ga, HasSubstr("speaks the beta dialect"));
  EXPECT_THAT(ga, HasSubstr("wss://RESOURCE.openai.azure.com/openai/v1/realtime"));
}

TEST(BridgeConfigOpenAi, APreviewUrlIsOneOfAzuresUnlessTheDialectIsNamed) {
  const auto at = [](const std::string& host) {
    return "openai: {url: \"wss://" + host + "/openai/realtime?api-version=2024-10-01-preview&deployment=d\"";
  };
  const auto elsewhere = errors(at("api.openai.com") + "}\n");
  EXPECT_THAT(elsewhere, HasSubstr("`api.openai.com` is no host of Azure's"));
  EXPECT_THAT(elsewhere, HasSubstr("`dialect: beta`"));
  EXPECT_THAT(errors(at("openai.azure.com.example.com") + "}\n"), HasSubstr("no host of Azure's"));
  for (const char* host : {"res.openai.azure.com", "res.cognitiveservices.azure.com"}) {
    const auto model = good(at(host) + "}\n").call.model;
    EXPECT_EQ(model.session.dialect, openai::Dialect::beta) << host;
    EXPECT_TRUE(model.key_in_header) << host;
  }
  EXPECT_EQ(good(at("private.example.com") + ", dialect: beta}\n").call.model.session.dialect,
            openai::Dialect::beta);
}

TEST(BridgeConfigOpenAi, APreviewUrlNamesItsDeployment) {
  const auto none = errors(
      "openai: {url: \"wss://res.openai.azure.com/openai/realtime?api-version=2024-10-01-preview\"}\n");
  EXPECT_THAT(none, HasSubstr("names no deployment"));
  EXPECT_THAT(none, HasSubstr("&deployment=NAME"));
}

TEST(BridgeConfigOpenAi, WaitsBetweenDialsGrow) {
  EXPECT_EQ(good("openai: {retry: {budget: 3s, first: 1s, most: 1s}}\n").call.model.retry.pace.budget, 3s);
  EXPECT_THAT(errors("openai: {retry: {first: 3s, most: 1s}}\n"), HasSubstr("shorter than `first`"));
  const auto no_second = testing::Contains(HasSubstr("ends the call without a second try"));
  EXPECT_THAT(good("openai: {}\n").warnings, testing::Not(no_second));
  EXPECT_THAT(good("openai: {ready_within: 8s}\n").warnings, no_second);
  EXPECT_THAT(good("openai: {ready_within: 8s, retry: {budget: 0s}}\n").warnings, testing::Not(no_second));
}

TEST(BridgeConfigOpenAi, TheSessionsAudioIsOneOfThree) {
  EXPECT_EQ(good("agent: {audio: pcm24k}\n").call.model.session.audio, openai::AudioFormat::pcm24k);
  EXPECT_THAT(errors("agent: {audio: opus}\n"), HasSubstr("pcm24k"));
}

}  // namespace
}  // namespace bridge::app
