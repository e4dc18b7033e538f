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

TEST(BridgeConfigOpenAi, APreviewUrlIsRefusedWithTheOneThatIsRight) {
  const auto said = errors(
      "openai: {url: \"wss://res.openai.azure.com/openai/realtime?api-version=2024-10-01-preview&"
      "deployment=d\"}\n");
  EXPECT_THAT(said, HasSubstr("beta dialect"));
  EXPECT_THAT(said, HasSubstr("wss://RESOURCE.openai.azure.com/openai/v1/realtime"));
}

TEST(BridgeConfigOpenAi, WaitsBetweenDialsGrow) {
  EXPECT_EQ(good("openai: {retry: {budget: 3s, first: 1s, most: 1s}}\n").call.model.retry.pace.budget, 3s);
  EXPECT_THAT(errors("openai: {retry: {first: 3s, most: 1s}}\n"), HasSubstr("shorter than `first`"));
}

TEST(BridgeConfigOpenAi, TheSessionsAudioIsOneOfThree) {
  EXPECT_EQ(good("agent: {audio: pcm24k}\n").call.model.session.audio, openai::AudioFormat::pcm24k);
  EXPECT_THAT(errors("agent: {audio: opus}\n"), HasSubstr("pcm24k"));
}

}  // namespace
}  // namespace bridge::app
