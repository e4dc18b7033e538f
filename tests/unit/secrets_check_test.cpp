#include "scenarios/engine/secrets_check.hpp"
#include "runtime/core/encoding.hpp"

#include <gmock/gmock.h>

namespace scenarios::engine {
namespace {

using runtime::WireLog;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kGiven{"sk-the-key-of-a-line-check", "", "another-secret-0123",
                                      "p@ss/word+0123"};

class Secrets : public testing::Test {
 protected:
  std::vector<std::string> let_out() {
    return secrets_let_out(SecretShapes(kGiven), log_, in_metrics_, journal_);
  }
  void sent(WireLog::Direction direction, std::string_view text) {
    journal_.record({runtime::TimePoint{}, "openai", "CA1", direction, text});
  }

  std::deque<LogLine> log_{{runtime::TimePoint{}, "started"}};
  bool in_metrics_ = false;
  Journal journal_;
};

TEST_F(Secrets, ThatAreKeptAreNoFinding) {
  sent(WireLog::Direction::from_bridge, R"({"type":"session.update"})");
  sent(WireLog::Direction::to_bridge, "a caller who knows sk-the-key-of-a-line-check");

  EXPECT_THAT(let_out(), IsEmpty());
}

TEST_F(Secrets, InTheLogAreFoundAndNotRepeated) {
  log_.push_back({runtime::TimePoint{}, "dialling with another-secret-0123"});

  EXPECT_THAT(let_out(), ElementsAre("the bridge's log holds a secret, in its line 2"));
}

TEST_F(Secrets, InTheMetricsAreFound) {
  const SecretShapes shapes(kGiven);
  EXPECT_FALSE(shapes.in("voicebridge_calls_active 0\n"));
  EXPECT_TRUE(shapes.in("x{key=\"sk-the-key-of-a-line-check\"} 1\n"));
  in_metrics_ = true;

  EXPECT_THAT(let_out(), ElementsAre("the bridge's metrics hold a secret"));
}

TEST_F(Secrets, ThatTravelInAnotherShapeAreFound) {
  sent(WireLog::Direction::note, "{}");
  sent(WireLog::Direction::from_bridge, "x" + runtime::base64_encode(kGiven[0]) + "y");
  EXPECT_THAT(let_out(), ElementsAre(HasSubstr("line 2 of the journal, to openai")));

  log_.push_back({runtime::TimePoint{}, "GET /?key=p%40ss%2Fword%2B0123"});
  EXPECT_THAT(let_out(), ElementsAre(HasSubstr("log"), HasSubstr("journal")));
  log_.pop_back();

  log_.push_back({runtime::TimePoint{}, "616e6f746865722d7365637265742d30313233"});
  EXPECT_THAT(let_out(), ElementsAre(HasSubstr("log"), HasSubstr("journal")));
}

}  // namespace
}  // namespace scenarios::engine
