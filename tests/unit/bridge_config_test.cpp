#include "bridge/app/config.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace bridge::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto kLeast = "public_url: https://bridge.example.com\nopenai: {api_key: sk-test}\n";

std::variant<Config, ConfigErrors> parse(std::string text,
                                         std::map<std::string, std::string> environment = {}) {
  ConfigSource source;
  source.name = "bridge.yaml";
  source.text = std::move(text);
  source.environment = std::move(environment);
  return parse_config(source);
}

Config good(const std::string& text, std::map<std::string, std::string> environment = {}) {
  auto parsed = parse(text, std::move(environment));
  if (auto* errors = std::get_if<ConfigErrors>(&parsed)) {
    ADD_FAILURE() << errors->text();
    return {};
  }
  return std::get<Config>(std::move(parsed));
}

std::vector<std::string> problems(const std::string& text) {
  auto parsed = parse(text);
  if (auto* errors = std::get_if<ConfigErrors>(&parsed)) return errors->problems;
  return {};
}

/// What is wrong with one line added to the least configuration.
std::string problem(const std::string& added) {
  const auto found = problems(kLeast + added);
  EXPECT_EQ(found.size(), 1U) << testing::PrintToString(found);
  return found.empty() ? "" : found.front();
}

TEST(BridgeConfig, TheLeastConfigurationGetsTheDesignsDefaults) {
  const auto config = good(kLeast);

  EXPECT_EQ(config.twiml.track, "both_tracks");
  EXPECT_EQ(config.twiml.after_stream, "<Hangup/>");
  EXPECT_EQ(config.call.playout_lead, 400ms);
  EXPECT_EQ(config.call.response_start_timeout, 5s);
  EXPECT_EQ(config.call.model.url.text(), "wss://api.openai.com/v1/realtime?model=gpt-realtime");
  EXPECT_FALSE(config.twilio.validate_signatures);
  EXPECT_FALSE(config.call.fallback.has_value());
  EXPECT_EQ(config.twilio.send_buffer, 16U * 1024);
}

TEST(BridgeConfig, EveryKeyArrives) {
  const auto config = good(R"(
public_url: https://bridge.example.com
listen: {host: 127.0.0.1, port: 0}
admin: {host: 127.0.0.2, port: 9}
twilio: {account_sid: AC1, auth_token: t, api_base: "http://twilio:80", validate_signatures: false, send_buffer: system}
openai: {url: "ws://openai:80/v1/realtime", model: m, api_key: k, connect_timeout: 1s, ready_within: 3s}
agent:
  instructions: "Be brief."
  voice: cedar
  language: he
  greeting: {instructions: "Say hello."}
  transcription_model: whisper-1
  end_call: false
  turn_detection: {threshold: 0.7, prefix_padding: 200ms, silence_duration: 0.4s, responses: bridge,
                   min_speech: 250ms}
twiml: {track: inbound_track, verb: connect, prelude: "<Say>Hi</Say>", after_stream: "<Dial>+1</Dial>"}
playout: {lead: 200ms, mark_interval: 1s}
watchdog: {response_start_timeout: 4s, transcript_to_audio: 800ms, delta_stall: 2s}
log: {markers: first_and_every_50, level: debug, format: json}
limits: {calls: 7, message_size: 64KiB}
drain: {accept_for: 0s, grace: 5min}
outbound: {allow: ["+14155551212", "+9723*"], from: "+1", api_token: secret}
stream_token: {secret: 0123456789abcdef, valid_for: 30s}
call: {max_duration: 1h}
)");

  EXPECT_EQ(config.listen.port, 0);
  EXPECT_EQ(config.twilio.send_buffer, std::nullopt);
  EXPECT_EQ(config.call.model.url.text(), "ws://openai/v1/realtime?model=m");
  EXPECT_EQ(config.call.model.limits.connect, 1s);
  EXPECT_TRUE(config.call.model.greet);
  EXPECT_EQ(config.call.model.greeting_instructions, "Say hello.");
  EXPECT_EQ(config.call.model.session.silence_duration_ms, 400);
  EXPECT_FALSE(config.call.model.session.create_response);
  EXPECT_FALSE(config.call.model.session.interrupt_response);
  EXPECT_EQ(config.call.model.min_speech, 250ms);
  EXPECT_EQ(config.call.markers, call::MarkerStyle::first_and_every_50);
  EXPECT_EQ(config.call.model.limits.message_bytes, 64U * 1024);
  EXPECT_EQ(config.drain.grace, 5min);
  EXPECT_THAT(config.outbound.allow, ElementsAre("+14155551212", "+9723*"));
  EXPECT_EQ(config.call.max_call, 1h);
}

TEST(BridgeConfig, TheEnvironmentsSecretsWinOverTheFilesAndTurnSignaturesOn) {
  const auto config =
      good(kLeast, {{"OPENAI_API_KEY", "sk-env"}, {"TWILIO_AUTH_TOKEN", "tok"}, {"OTHER", "x"}});

  EXPECT_EQ(config.call.model.api_key, "sk-env");
  EXPECT_TRUE(config.twilio.validate_signatures);
}

TEST(BridgeConfig, AnUnknownKeyIsShownWithItsPlaceAndTheNearestKey) {
  EXPECT_EQ(problem("twiml:\n  trak: both_tracks\n"),
            "bridge.yaml:4:3: unknown key `twiml.trak`\n"
            "      trak: both_tracks\n"
            "      ^\n"
            "    did you mean `track`? known here: track, verb, continue_by, prelude, after_stream, "
            "when_bot_is_gone, busy");
}

TEST(BridgeConfig, AMessageShowsALineWithoutItsSecrets) {
  const auto shown = problem("outbound: {api_token: \"tok, en\", alow: [x]}\n");
  EXPECT_THAT(shown,
              HasSubstr("unknown key `outbound.alow`\n    outbound: {api_token: *********, alow: [x]}\n"));
  EXPECT_THAT(shown, Not(HasSubstr("tok, en")));

  const auto url = problem("twilio: {api_base: \"ftp://me:pass@x.example.com/?k=word\"}\n");
  EXPECT_THAT(url, HasSubstr("ftp://*******@x.example.com/?******"));
  EXPECT_THAT(url, Not(HasSubstr("pass")));
  EXPECT_THAT(url, Not(HasSubstr("word")));
}

TEST(BridgeConfig, WhatIsPrintedShowsNoQueryOfAUrlAndParsesBack) {
  const auto parsed = parse_config({"bridge.yaml",
                                    R"(public_url: https://bridge.example.com
openai: {url: "wss://proxy.example.com/v1/realtime?api-key=MARKED&model=m&MARKED", api_key: sk-1}
agent:
  tools:
    hosts: [a.example.com]
    http: {f: {description: x, url: "https://a.example.com/o?code=MARKED"}}
)",
                                    "",
                                    {}});
  ASSERT_TRUE(std::holds_alternative<Config>(parsed)) << std::get<ConfigErrors>(parsed).text();
  const auto& printed = std::get<Config>(parsed).effective;

  EXPECT_THAT(printed, Not(HasSubstr("MARKED")));
  EXPECT_THAT(printed, HasSubstr("wss://proxy.example.com/v1/realtime?api-key=redacted-since-it-is-a-secret&"
                                 "model=m&redacted-since-it-is-a-secret"));
  EXPECT_THAT(printed, HasSubstr("https://a.example.com/o?code=redacted-since-it-is-a-secret"));
  EXPECT_TRUE(std::holds_alternative<Config>(parse_config({"printed", printed, "", {}}))) << printed;
}

TEST(BridgeConfig, AValueOutsideItsChoicesIsShownWithThem) {
  EXPECT_EQ(
      problem("twiml: {track: both_track}\n"),
      "bridge.yaml:3:16: `twiml.track` is `both_track`\n"
      "    twiml: {track: both_track}\n"
      "                   ^\n"
      "    did you mean `both_tracks`? expected one of: inbound_track, outbound_track, both_tracks, none");
}

TEST(BridgeConfig, AllErrorsAreReportedAtOnceInTheOrderOfTheFile) {
  const auto found = problems("drain: {grace: 5}\nlisten: {port: 70000}\nopenai: {api_key: k}\n");

  ASSERT_EQ(found.size(), 3U);
  EXPECT_THAT(found[0], HasSubstr("bridge.yaml:1:1: `public_url` is missing"));
  EXPECT_THAT(found[1], HasSubstr("`drain.grace` is `5`"));
  EXPECT_THAT(found[1], HasSubstr("with its unit: ms, s, min or h"));
  EXPECT_THAT(found[2], HasSubstr("2:16: `listen.port` is `70000`"));
}

TEST(BridgeConfig, ASectionThatIsNoneIsSaidOnce) {
  for (const char* section : {"listen", "admin", "openai", "twiml", "agent", "limits", "log", "idle"}) {
    const std::string all = testing::PrintToString(problems(std::string(section) + ": 127.0.0.1:8080\n"));
    EXPECT_THAT(all, HasSubstr("`" + std::string(section) + "` is `127.0.0.1:8080`"));
    EXPECT_THAT(all, testing::Not(HasSubstr("this is no YAML"))) << section;
  }
}

TEST(BridgeConfig, EachKindOfErrorNamesWhatWouldBeRight) {
  const std::pair<const char*, const char*> cases[]{
      {"log: {mask_numbers: yes}\n", "expected true or false"},
      {"limits: {message_size: 32}\n", "with its unit: B, KiB or MiB"},
      {"agent: {turn_detection: {threshold: 1.5}}\n", "expected a number from 0 to 1"},
      {"agent: {greeting: loud}\n", "expected one of: none, model"},
      {"agent: {greeting: {}}\n", "expected {instructions: TEXT"},
      {"agent: nothing\n", "expected keys with values below it: agent: {KEY: VALUE}"},
      {"outbound: {allow: \"+1\"}\n", "expected a list"},
      {"outbound: {allow: [12]}\n", "expected numbers such as"},
      {"outbound: {allow: [\"+*\"]}\n", "every number of the world"},
      {"outbound: {allow: [\"+1415\"]}\n", "no whole number"},
      {"agent: {voice: \"\"}\n", "`agent.voice` is empty"},
      {"twiml: {verb: start, continue_by: action}\n", "expected verb: connect, or continue_by: redirect"},
      {"twiml: {continue_by: verb}\n", "expected one of: redirect, action"},
      {"twiml: {prelude: \"<Say>\"}\n", "is no XML"},
      {"twiml: {prelude: \"<say>Hi</say>\"}\n", "<say>, which is no verb"},
      {"twiml: {prelude: \"Hi\"}\n", "text outside of a verb"},
      {"twiml: {track: outbound_track}\n", "which a <Connect> cannot have"},
      {"twilio: {validate_signatures: true}\n", "TWILIO_AUTH_TOKEN"},
      {"twilio: {api_base: api.twilio.com}\n", "expected an absolute URL: https://HOST"},
      {"listen: {tls: {certificate: /none.pem}}\n", "cannot be read"},
      {"fallback: none.wav\n", "names a clip that cannot be used"},
      {"stream_token: {secret: short}\n", "shorter than 16"},
      {"log: {level: info, level: debug}\n", "is given twice"},
      {"twiml: [\n", "this is no YAML"},
      {"agent:\n\tvoice: marin\n", "line 4 is indented with a tab"},
      {"listen: {port: 9090}\n", "expected a port of its own"},
      {"outbound: {from: 4155550123}\n", "begins without +"},
      {"twilio: {account_sid: SK123}\n", "expected the account's own SID"},
  };
  for (const auto& [added, expected] : cases) {
    const auto found = problems(std::string(kLeast) + added);
    ASSERT_FALSE(found.empty()) << added;
    EXPECT_THAT(testing::PrintToString(found), HasSubstr(expected)) << added;
  }
}

TEST(BridgeConfig, AllowedOutboundCallsDemandAllThatACallNeeds) {
  const auto found = problems(std::string(kLeast) + "outbound: {allow: [\"+14155551212\"]}\n");

  EXPECT_EQ(found.size(), 4U) << testing::PrintToString(found);
  EXPECT_THAT(testing::PrintToString(found), HasSubstr("LINECHECK_API_TOKEN"));
}

TEST(BridgeConfig, TheExampleConfigurationIsValid) {
  const auto file = std::filesystem::path(LINECHECK_SOURCE_DIR) / "docs/linecheck-bridge.example.yaml";
  auto loaded = load_config(file, {{"OPENAI_API_KEY", "k"},
                                   {"TWILIO_AUTH_TOKEN", "t"},
                                   {"TWILIO_ACCOUNT_SID", "AC1"},
                                   {"LINECHECK_TOKEN_SECRET", "0123456789abcdef"},
                                   {"LINECHECK_API_TOKEN", "a"}});

  ASSERT_TRUE(std::holds_alternative<Config>(loaded)) << std::get<ConfigErrors>(loaded).text();
  // Its address is all that has to be filled in.
  EXPECT_THAT(std::get<Config>(loaded).warnings, ElementsAre(HasSubstr("the host of the example")));
  EXPECT_EQ(std::get<Config>(loaded).twiml.track, "inbound_track");
}

TEST(BridgeConfig, AFileThatIsNotThereIsNamed) {
  const auto loaded = load_config("/nowhere/bridge.yaml", {});

  ASSERT_TRUE(std::holds_alternative<ConfigErrors>(loaded));
  EXPECT_THAT(std::get<ConfigErrors>(loaded).text(), HasSubstr("/nowhere/bridge.yaml: cannot be read"));
}

}  // namespace
}  // namespace bridge::app
