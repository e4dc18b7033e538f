// What --check-config says of a wrong value in the keys that an operator sets: where, what, and what would be
// right.
#include "bridge/app/config.hpp"
#include "tests/support/tls_identity.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace bridge::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> complaints(const std::string& added, const std::filesystem::path& folder = {}) {
  const auto text = "public_url: https://bridge.example.com\nopenai: {api_key: sk-test}\n" + added;
  auto parsed = parse_config({"bridge.yaml", text, folder, {}});
  if (auto* errors = std::get_if<ConfigErrors>(&parsed)) return errors->problems;
  return {};
}

struct Key {
  const char* section;
  const char* name;
  std::vector<const char*> wrong;  // values
  const char* right;
};

const std::vector<const char*> kWrongCounts{"many", "[1]",         "{a: 1}", "-1", "1.5",
                                            "10s",  "99999999999", "''",     "~"};
const std::vector<const char*> kWrongSizes{"1048576", "1MB", "[1KiB]", "1B", "9GiB", "-1KiB", "''", "~"};
const std::vector<const char*> kWrongTimes{"5", "5 s", "1d", "[5s]", "99h", "-5s", "soon", "''", "~"};

const Key kKeys[] = {
    {"limits", "calls", kWrongCounts, "expected a whole number from 1 to 100000"},
    {"limits", "calls_per_source", kWrongCounts, "expected a whole number from 0 to 100000"},
    {"limits", "connections", kWrongCounts, "expected a whole number from 1 to 1000000"},
    {"limits", "remembered_calls", kWrongCounts, "expected a whole number from 100 to 10000000"},
    {"limits",
     "openai_connections_per_second",
     {"many", "-1", "10s", "20000", "~"},
     "expected a number from 0 to 10000"},
    {"limits", "openai_requests", kWrongCounts, "expected a whole number from 16 to 100000"},
    {"limits", "message_size", kWrongSizes,
     "expected a size from 4KiB to 64MiB, with its unit: B, KiB or MiB"},
    {"limits", "header_size", kWrongSizes, "expected a size from 1KiB to 1MiB, with its unit"},
    {"limits", "body_size", kWrongSizes, "expected a size from 4KiB to 16MiB, with its unit"},
    {"limits", "handshake", kWrongTimes,
     "expected a duration from 100ms to 1min, with its unit: ms, s, min or h"},
    {"limits", "request", kWrongTimes, "expected a duration from 100ms to 1min, with its unit"},
    {"limits", "idle", kWrongTimes, "expected a duration from 1s to 10min, with its unit"},
    {"limits", "stream_idle", kWrongTimes, "expected a duration from 0ms to 24h, with its unit"},
    {"limits", "stream_idle", {"1ms", "999ms"}, "expected 0s (never), or a duration from 1s to 24h"},
    {"drain", "accept_for", kWrongTimes, "expected a duration from 0ms to 10min, with its unit"},
    {"drain", "grace", kWrongTimes, "expected a duration from 0ms to 24h, with its unit"},
    {"admin",
     "port",
     {"http", "-1", "65536", "[1]", "1.5", "''", "~"},
     "expected a whole number from 0 to 65535"},
    {"admin", "port", {"8080"}, "expected a port of its own"},
    {"admin", "host", {"''", "'a b'", "localhost:9090", "'http://a'"}, "expected an address of this machine"},
    {"admin", "host", {"[a]", "{a: b}", "~"}, "expected text"},
    {"admin", "protect", {"every", "[all]", "true", "~"}, "metrics, all"},
    {"admin", "user", {"[joe]", "~"}, "expected text"},
    {"listen", "host", {"''", "'a b'", "localhost:80"}, "expected an address of this machine"},
};

TEST(OperatorsKeys, AreComplainedAboutByPlaceNameAndWhatWouldBeRight) {
  for (const auto& key : kKeys) {
    for (const auto* value : key.wrong) {
      const auto line = std::string(key.section) + ": {" + key.name + ": " + value + "}";
      const auto found = complaints(line + "\n");
      ASSERT_EQ(found.size(), 1U) << line << testing::PrintToString(found);
      const auto column = line.find(": {") + 3 + std::string(key.name).size() + 2 + 1;
      EXPECT_THAT(found.front(), AllOf(StartsWith("bridge.yaml:3:" + std::to_string(column) + ": `" +
                                                  key.section + "." + key.name + "` "),
                                       HasSubstr(key.right)))
          << line;
    }
  }
}

TEST(OperatorsKeys, ThatAreMisspeltAreToldWithTheirNeighbours) {
  const std::pair<const char*, const char*> cases[] = {
      {"limits: {cals: 1}", "3:10: unknown key `limits.cals`"},
      {"limits: {Calls: 1}", "did you mean `calls`?"},
      {"limits: {max_calls: 1}", "known here: calls, calls_per_source, connections,"},
      {"drain: {grase: 1s}", "did you mean `grace`? known here: accept_for, grace"},
      {"admin: {pasword: x}", "did you mean `password`? known here: host, port, user, password, protect"},
      {"listen: {tsl: {}}", "did you mean `tls`?"},
      {"limit: {calls: 1}", "3:1: unknown key `limit`"},
  };
  for (const auto& [line, said] : cases) {
    const auto found = complaints(std::string(line) + "\n");
    ASSERT_EQ(found.size(), 1U) << line << testing::PrintToString(found);
    EXPECT_THAT(found.front(), HasSubstr(said));
  }
}

TEST(OperatorsKeys, WithAValueWhereASectionShouldBeAreToldOnce) {
  const std::pair<const char*, const char*> cases[] = {
      {"limits: 5", "3:9: `limits` is `5`"},
      {"drain: 60s", "expected keys with values below it: drain: {KEY: VALUE}"},
      {"admin: [9090]", "3:8: `admin` is a list"},
      {"listen: {tls: cert.pem}", "3:15: `listen.tls` is `cert.pem`"},
      {"admin: {user: joe}", "expected both: admin.user, and admin.password"},
  };
  for (const auto& [line, said] : cases) {
    const auto found = complaints(std::string(line) + "\n");
    ASSERT_EQ(found.size(), 1U) << line << testing::PrintToString(found);
    EXPECT_THAT(found.front(), HasSubstr(said));
  }
}

class OperatorsCertificate : public testing::Test {
 protected:
  OperatorsCertificate() {
    std::filesystem::create_directories(folder_);
    write("cert.pem", tests::local_tls_identity().certificate_chain_pem);
    write("key.pem", tests::local_tls_identity().private_key_pem);
    write("words.pem", "no PEM at all");
    write("broken.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  }
  ~OperatorsCertificate() override { std::filesystem::remove_all(folder_); }
  void write(const char* name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  std::string one(const std::string& tls) {
    const auto found = complaints("listen: {tls: {" + tls + "}}\n", folder_);
    EXPECT_EQ(found.size(), 1U) << tls << testing::PrintToString(found);
    return found.empty() ? "" : found.front();
  }
  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("linecheck-tls-" + std::to_string(::getpid()));
};

TEST_F(OperatorsCertificate, IsTakenWithItsKeyAndNothingElseIs) {
  EXPECT_TRUE(complaints("listen: {tls: {certificate: cert.pem, key: key.pem}}\n", folder_).empty());

  EXPECT_THAT(one("certificate: cert.pem"), HasSubstr("3:15: `listen.tls` has no `key`"));
  EXPECT_THAT(one("certificate: cert.pem, key: ''"), HasSubstr("`listen.tls.key` names no file"));
  EXPECT_THAT(one("certificate: cert.pem, key: [a]"), HasSubstr("`listen.tls.key` is a list"));
  EXPECT_THAT(one("certificate: none.pem, key: key.pem"), HasSubstr("none.pem`, which cannot be read"));
  EXPECT_THAT(one("certificate: words.pem, key: key.pem"), HasSubstr("words.pem`, which is no PEM file"));
  EXPECT_THAT(
      one("certificate: cert.pem, key: broken.pem"),
      AllOf(HasSubstr("broken.pem`, which cannot be used ("), HasSubstr("expected the private key of")));
}

/// Whoever opens a pipe waits for its writer.
TEST_F(OperatorsCertificate, NorIsAnythingThatIsNoPlainFile) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(one("certificate: pipe, key: key.pem"), HasSubstr("pipe`, which cannot be read"));
  const auto clip = complaints("fallback: pipe\n", folder_);
  ASSERT_EQ(clip.size(), 1U);
  EXPECT_THAT(clip.front(), HasSubstr("pipe, which is no regular file"));
  const auto whole = load_config(pipe, {});
  ASSERT_TRUE(std::holds_alternative<ConfigErrors>(whole));
  EXPECT_THAT(std::get<ConfigErrors>(whole).text(), HasSubstr("pipe: is no regular file"));
}

}  // namespace
}  // namespace bridge::app
