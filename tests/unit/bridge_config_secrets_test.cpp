// What --check-config can know of secrets, certificates and addresses before a caller finds out.
#include "bridge/app/certificates.hpp"
#include "bridge/app/config.hpp"
#include "runtime/net/tls.hpp"
#include "tests/support/tls_identity.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace bridge::app {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using Purpose = ConfigSource::Purpose;

constexpr auto kLeast = "public_url: https://bridge.acme.org\nopenai: {api_key: sk-test}\n";

std::variant<Config, ConfigErrors> parse(const std::string& text,
                                         std::map<std::string, std::string> environment = {},
                                         Purpose purpose = Purpose::run) {
  ConfigSource source;
  source.name = "bridge.yaml";
  source.text = text;
  source.environment = std::move(environment);
  source.purpose = purpose;
  return parse_config(source);
}

std::string errors(const std::string& text, std::map<std::string, std::string> environment = {}) {
  const auto parsed = parse(text, std::move(environment));
  const auto* wrong = std::get_if<ConfigErrors>(&parsed);
  return wrong == nullptr ? "" : wrong->text();
}

/// Whether a later start may find it right.
bool may_pass(const std::string& text) {
  return std::get<ConfigErrors>(parse(text)).may_pass;
}

std::vector<std::string> warnings(const std::string& text,
                                  std::map<std::string, std::string> environment = {}) {
  const auto parsed = parse(text, std::move(environment));
  if (const auto* wrong = std::get_if<ConfigErrors>(&parsed)) ADD_FAILURE() << wrong->text();
  return std::holds_alternative<Config>(parsed) ? std::get<Config>(parsed).warnings
                                                : std::vector<std::string>();
}

TEST(ConfigSecrets, OfTheFileThatTheEnvironmentReplacesAreSaidToBeUnused) {
  EXPECT_THAT(
      warnings(kLeast, {{"OPENAI_API_KEY", "sk-other"}}),
      Contains("openai.api_key of the file is not used: OPENAI_API_KEY of the environment wins over it"));
  EXPECT_THAT(warnings(kLeast, {{"OPENAI_API_KEY", "sk-test"}}), Not(Contains(HasSubstr("not used"))));
}

TEST(ConfigSecrets, ThatWereWrittenForAShellOrATemplateAreNone) {
  const std::string url = "public_url: https://bridge.acme.org\n";
  EXPECT_THAT(errors(url, {{"OPENAI_API_KEY", "\"sk-test\""}}),
              HasSubstr("`openai.api_key` comes from OPENAI_API_KEY, which stands in quotes"));
  EXPECT_THAT(errors(url, {{"OPENAI_API_KEY", " sk-test"}}), HasSubstr("begins or ends with a blank"));
  EXPECT_THAT(errors(url + "openai:\n  api_key: ${OPENAI_API_KEY}\n"),
              HasSubstr("is the name of a variable"));
  EXPECT_EQ(errors(url + "openai:\n  api_key: ${OPENAI_API_KEY}\n", {{"OPENAI_API_KEY", "sk-test"}}), "");
}

TEST(ConfigSecrets, ThatAPrintedConfigurationHidesAreNoneToRunWith) {
  const std::string text = kLeast + std::string("outbound: {api_token: redacted-since-it-is-a-secret}\n");
  EXPECT_THAT(errors(text), HasSubstr("`outbound.api_token` is what --print-config writes"));
  EXPECT_TRUE(std::holds_alternative<Config>(parse(text, {}, Purpose::show)));
}

TEST(ConfigAddress, ThatTwilioCannotReachIsWarnedOf) {
  const auto of = [](const std::string& url) {
    return warnings("public_url: " + url + "\nopenai: {api_key: sk-test}\n");
  };
  EXPECT_THAT(of("http://bridge.acme.org"), Contains(HasSubstr("Twilio opens no media stream by ws://")));
  EXPECT_THAT(of("https://bridge.example.com"), Contains(HasSubstr("the host of the example")));
  for (const char* fine : {"https://bridge.acme.org", "http://localhost:8080", "http://127.0.0.1"})
    EXPECT_THAT(of(fine), Not(Contains(HasSubstr("public_url")))) << fine;
}

class ConfigIdentity : public testing::Test {
 protected:
  ConfigIdentity() { std::filesystem::create_directories(folder_); }
  ~ConfigIdentity() override { std::filesystem::remove_all(folder_); }
  std::string with(const std::string& certificate, const std::string& key) {
    return errors(text_with(certificate, key));
  }
  std::string text_with(const std::string& certificate, const std::string& key) {
    std::ofstream(folder_ / "c.pem") << certificate;
    std::ofstream(folder_ / "k.pem") << key;
    const auto place = folder_.string();
    return kLeast + ("listen: {tls: {certificate: " + place + "/c.pem, key: " + place + "/k.pem}}\n");
  }
  const std::filesystem::path folder_ =
      testing::TempDir() + "bridge_config_identity_" + std::to_string(::getpid());
  const runtime::net::TlsIdentity identity_ = tests::local_tls_identity();
};

TEST_F(ConfigIdentity, OfTwoFilesThatDoNotBelongTogetherIsAnError) {
  const auto other = runtime::net::make_self_signed(runtime::net::local_names(), std::chrono::hours(1));
  const auto& [certificate, key] = std::tie(identity_.certificate_chain_pem, identity_.private_key_pem);

  EXPECT_EQ(with(certificate, key), "");
  EXPECT_THAT(
      with(certificate, other.private_key_pem),
      testing::AllOf(HasSubstr("`listen.tls.key` names"), HasSubstr("does not belong to the certificate")));
  EXPECT_THAT(with(key, key), HasSubstr("which holds no certificate"));
  EXPECT_THAT(with(certificate, certificate), HasSubstr("which cannot be used"));
}

TEST_F(ConfigIdentity, MayFitLaterIfNothingElseIsWrong) {
  const auto other = runtime::net::make_self_signed(runtime::net::local_names(), std::chrono::hours(1));
  const auto text = text_with(identity_.certificate_chain_pem, other.private_key_pem);

  EXPECT_TRUE(may_pass(text));
  EXPECT_FALSE(may_pass(text + "workerz: 2\n"));
  EXPECT_FALSE(may_pass(kLeast + std::string("workerz: 2\n")));
}

TEST_F(ConfigIdentity, OutOfItsTimeIsToldWithTheDay) {
  const auto begin = *runtime::net::certificate_begin(identity_.certificate_chain_pem);
  const auto expiry = *runtime::net::certificate_expiry(identity_.certificate_chain_pem);

  EXPECT_EQ(out_of_its_time(identity_, begin + std::chrono::seconds(1)), "");
  EXPECT_THAT(out_of_its_time(identity_, expiry), HasSubstr("listen.tls.certificate ended on 20"));
  EXPECT_THAT(out_of_its_time(identity_, begin - std::chrono::seconds(1)), HasSubstr("is valid from 20"));
}

}  // namespace
}  // namespace bridge::app
