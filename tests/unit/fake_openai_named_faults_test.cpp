#include "tests/unit/fake_openai_named_faults.hpp"

#include <fstream>
#include <map>
#include <sstream>

// The faults that have a name: their list, and which sessions and responses they strike.
namespace simulators::openai {
namespace {

TEST_F(FakeOpenAiNamedFaults, WithoutAFaultTheConversationIsWhole) {
  converse("http_429");  // which has no effect once the session is open

  EXPECT_EQ(greeting().audio, said());
  EXPECT_EQ(answer().status, "cancelled");
  EXPECT_EQ(count(kTranscribed), 1U);
  EXPECT_EQ(count("error"), 0U);
}

TEST_F(FakeOpenAiNamedFaults, OfTheHandshake) {
  const std::map<std::string, std::string> refusals = {
      {"http_401", "401"},
      {"http_403", "403"},
      {"http_404", "404"},
      {"http_429", "429"},
      {"http_500", "500"},
      {"http_503", "503"},
      {"error_then_close", "server_error 4000"},
      {"invalid_api_key", "invalid_api_key 3000"},
      {"missing_api_key", " 3000"},
      {"invalid_model", "invalid_model 4000"},
      {"missing_model", "missing_model 4000"},
      {"model_not_found", "model_not_found 4004"},
      {"insufficient_permissions", "insufficient_permissions 3000"},
      {"beta_api_shape_disabled", "beta_api_shape_disabled 4000"}};
  for (const NamedFault& named : named_faults()) {
    if (named.scope != FaultScope::handshake || named.kind == FaultKind::slow_handshake) continue;
    Behaviour behaviour;
    apply(fault(named.name), behaviour);
    refusal_ = behaviour.refusal;
    ASSERT_TRUE(refusals.contains(std::string(named.name))) << named.name << " has no test";
    EXPECT_EQ(refused_with(), refusals.at(std::string(named.name))) << named.name;
  }
  Behaviour slow;
  apply(fault("slow_handshake"), slow);
  EXPECT_EQ(slow.upgrade_after, 3s);
}

TEST_F(FakeOpenAiNamedFaults, AreListedInTheDocumentation) {
  std::ifstream file(LINECHECK_SOURCE_DIR "/docs/openai-faults.md");
  std::ostringstream page;
  page << file.rdbuf();

  EXPECT_TRUE(page.str() == describe_faults())
      << "docs/openai-faults.md is not what the table says; build openai_faults_docs and run: "
         "build/release/bin/openai_faults_docs > docs/openai-faults.md";
}

TEST_F(FakeOpenAiNamedFaults, StrikeTheSessionsThatTheyAreFor) {
  Fault early = fault("mute");
  early.from = 1s;
  early.to = 2s;
  EXPECT_FALSE(strikes(early, 1, 999ms, random_));
  EXPECT_TRUE(strikes(early, 1, 1s, random_));
  EXPECT_FALSE(strikes(early, 1, 2s, random_));

  Fault second = fault("mute");
  second.session = 2;
  EXPECT_FALSE(strikes(second, 1, 0s, random_));
  EXPECT_TRUE(strikes(second, 2, 0s, random_));

  Fault some = fault("mute");
  some.share_percent = 30;
  int struck = 0;
  for (std::size_t i = 1; i <= 1000; ++i) struck += strikes(some, i, 0s, random_) ? 1 : 0;
  EXPECT_NEAR(struck, 300, 60);
}

TEST_F(FakeOpenAiNamedFaults, StrikeTheResponseThatTheyAreFor) {
  Fault silent = fault("silent_audio");
  silent.response = 2;
  converse(silent);

  EXPECT_TRUE(greeting().audible);
  EXPECT_FALSE(answer().audible);
}

TEST_F(FakeOpenAiNamedFaults, HappenAtTheirMomentInsideOfAResponse) {
  Fault close = fault("close");
  close.response = 1;
  close.after_deltas = 3;
  close.close = 1001;
  converse(close);

  EXPECT_EQ(deltas(), 3U);
  EXPECT_EQ(sent_.back().type, "close 1001 ");
}

TEST(FakeOpenAiErrorCodes, AreKnownWithWhatTheApiSays) {
  for (const std::string& code : known_error_codes()) {
    EXPECT_EQ(error_of(code).code, code);
    EXPECT_NE(error_of(code).message, code);
  }
  EXPECT_EQ(error_of("of_our_own").message, "of_our_own");
}

}  // namespace
}  // namespace simulators::openai
