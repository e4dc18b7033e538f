#include "bridge/app/config.hpp"
#include "bridge/call/tool_schema.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace bridge::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

std::variant<Config, ConfigErrors> parse(const std::string& tools,
                                         std::map<std::string, std::string> environment = {}) {
  ConfigSource source;
  source.name = "bridge.yaml";
  source.text =
      "public_url: https://bridge.example.com\nopenai: {api_key: sk-test}\nagent:\n  tools:\n" + tools;
  source.folder = testing::TempDir();
  source.environment = std::move(environment);
  return parse_config(source);
}

Config good(const std::string& tools, std::map<std::string, std::string> environment = {}) {
  auto parsed = parse(tools, std::move(environment));
  if (auto* errors = std::get_if<ConfigErrors>(&parsed)) {
    ADD_FAILURE() << errors->text();
    return {};
  }
  return std::get<Config>(std::move(parsed));
}

std::vector<std::string> problems(const std::string& tools) {
  auto parsed = parse(tools);
  auto* errors = std::get_if<ConfigErrors>(&parsed);
  return errors != nullptr ? errors->problems : std::vector<std::string>{};
}

constexpr auto kOrders = R"(    hosts: [api.example.com]
    http:
      look_up_order:
        description: Says what became of an order.
        url: https://api.example.com/orders
        method: GET
        parameters: {type: object, properties: {number: {type: integer, maximum: 9999}}, required: [number]}
        timeout: 3s
        max_answer: 4KiB
        bearer_env: ORDERS_TOKEN
)";

TEST(BridgeConfigTools, AnHttpToolIsReadWhole) {
  const auto config = good(kOrders, {{"ORDERS_TOKEN", "a-secret"}});

  ASSERT_THAT(config.call.model.tools.http, SizeIs(1));
  const auto& tool = config.call.model.tools.http.front();
  EXPECT_EQ(tool.name, "look_up_order");
  EXPECT_EQ(tool.method, "GET");
  EXPECT_EQ(tool.timeout, 3s);
  EXPECT_EQ(tool.answer_bytes, 4096U);
  EXPECT_EQ(tool.bearer, "a-secret");
  EXPECT_FALSE(tool.parameters->misfit(R"({"number":17})"));
  EXPECT_TRUE(tool.parameters->misfit(R"({"number":10000})"));
}

TEST(BridgeConfigTools, ASecretComesFromAFileAsWell) {
  std::ofstream(std::filesystem::path(testing::TempDir()) / "orders.token") << "of-a-file\n";
  const auto config =
      good("    hosts: [a]\n    http: {f: {description: d, url: 'https://a/', bearer_file: orders.token}}\n");

  EXPECT_EQ(config.call.model.tools.http.front().bearer, "of-a-file");
}

TEST(BridgeConfigTools, TheBridgesOwnFunctionsAreOptional) {
  const auto config = good(
      "    transfer_call: {allow: [\"+1415*\"], caller_id: \"+14155550123\"}\n"
      "    send_dtmf: true\n");

  EXPECT_THAT(config.call.model.tools.transfer->allow, ElementsAre("+1415*"));
  EXPECT_EQ(config.call.model.tools.transfer->caller_id, "+14155550123");
  EXPECT_TRUE(config.call.model.tools.send_dtmf);
  EXPECT_FALSE(good("    {}\n").call.model.tools.transfer);
}

TEST(BridgeConfigTools, EveryMistakeIsNamedWithItsPlace) {
  const auto found = problems(R"(    hosts: ["https://x"]
    transfer_call: {allow: [14155550100], caller_id: me}
    http:
      "two words": {description: d, url: "https://elsewhere.example.com/"}
      end_call: {description: d, url: "https://elsewhere.example.com/", parameters: {type: string}}
      f: {url: nowhere, method: FETCH, bearer: a, bearer_env: B, bearer_file: c}
      g: {description: d, url: "https://x/", bearer_env: NOT_SET}
)");

  const auto all = testing::PrintToString(found);
  for (const auto* words :
       {"bridge.yaml:5:12: `agent.tools.hosts` holds `https://x`", "`agent.tools.transfer_call.allow` holds",
        "`agent.tools.transfer_call.caller_id` is `me`",
        "`agent.tools.http.two words` is no name of a function",
        "leads to `elsewhere.example.com`, which is not in tools.hosts", "is a function of the bridge's own",
        "does not say `type: object`", "`agent.tools.http.f.description` is missing", "is `nowhere`",
        "is `FETCH`", "is given twice", "names `NOT_SET`, which is not set"}) {
    EXPECT_THAT(all, HasSubstr(words));
  }
}

TEST(BridgeConfigTools, TheWayOnWithoutABotIsTwiml) {
  ConfigSource source;
  source.name = "bridge.yaml";
  source.text = "public_url: https://h\nopenai: {api_key: k}\ntwiml: {when_bot_is_gone: <Say>Sorry}\n";
  const auto parsed = parse_config(source);

  ASSERT_TRUE(std::holds_alternative<ConfigErrors>(parsed));
  EXPECT_THAT(std::get<ConfigErrors>(parsed).text(),
              HasSubstr("bridge.yaml:3:27: `twiml.when_bot_is_gone` is no XML"));
}

/// Replicas, as many as there are, have no way to tell one another where a call goes.
std::variant<Config, ConfigErrors> replicas(const std::string& more, bool account = false) {
  ConfigSource source;
  source.name = "bridge.yaml";
  source.text =
      "public_url: https://bridge.example.com\nopenai: {api_key: sk-test}\nreplica: {alone: false}\n" + more;
  source.environment = {{"LINECHECK_TOKEN_SECRET", "the-same-for-every-one"}};
  if (account) {
    source.environment["TWILIO_ACCOUNT_SID"] = "AC1";
    source.environment["TWILIO_AUTH_TOKEN"] = "token";
  }
  return parse_config(source);
}

TEST(WaysOnOfReplicas, NeedAnAccountWhereACallMayComeBackToAnother) {
  const std::pair<const char*, const char*> cases[] = {
      {"agent: {tools: {transfer_call: {allow: [\"+1*\"]}}}\n", "`replica` is not alone, and transfer_call"},
      {"agents: {a: {tools: {transfer_call: {allow: [\"+1*\"]}}}}\nnumbers: {default: a}\n",
       "`replica` is not alone, and transfer_call"},
      {"twiml: {when_bot_is_gone: <Dial>+14155550100</Dial>}\n", "`twiml` has a when_bot_is_gone"},
  };
  for (const auto& [more, said] : cases) {
    const auto without = replicas(more);
    ASSERT_TRUE(std::holds_alternative<ConfigErrors>(without)) << more;
    EXPECT_THAT(
        std::get<ConfigErrors>(without).problems,
        ElementsAre(AllOf(HasSubstr(said), HasSubstr("set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"))));
    EXPECT_TRUE(std::holds_alternative<Config>(replicas(more, true))) << more;
  }
}

TEST(WaysOnOfReplicas, AreWarnedAboutWhereAnApologyAloneMayBeLost) {
  const auto hints = [](const std::variant<Config, ConfigErrors>& parsed) {
    const auto& config = std::get<Config>(parsed);
    return std::ranges::count_if(config.warnings, [](const std::string& warning) {
      return warning.find("in place of when_bot_is_gone") != std::string::npos;
    });
  };
  EXPECT_EQ(hints(replicas("")), 1);
  EXPECT_EQ(hints(replicas("", true)), 0);
  EXPECT_EQ(hints(replicas("twiml: {when_bot_is_gone: <Hangup/>}\n")), 0);
}

TEST(WaysOn, AreGivenTheBridgesHostWhereTheyNameNone) {
  auto parsed = replicas("twiml: {after_stream: <Redirect>/menu</Redirect>}\n", true);
  EXPECT_EQ(std::get<Config>(parsed).twiml.after_stream,
            "<Redirect>https://bridge.example.com/menu</Redirect>");

  ConfigSource source;
  source.name = "bridge.yaml";
  source.text =
      "allow_host_header: true\nopenai: {api_key: sk-test}\ntwiml: {after_stream: <Play>/bye.wav</Play>}\n";
  EXPECT_TRUE(std::holds_alternative<Config>(parse_config(source)));  // the call comes back for it
  source.environment = {{"TWILIO_ACCOUNT_SID", "AC1"}, {"TWILIO_AUTH_TOKEN", "token"}};
  parsed = parse_config(source);
  ASSERT_TRUE(std::holds_alternative<ConfigErrors>(parsed));
  EXPECT_THAT(std::get<ConfigErrors>(parsed).problems,
              ElementsAre(HasSubstr("`twiml` has an address without a host in `after_stream`")));
}

}  // namespace
}  // namespace bridge::app
