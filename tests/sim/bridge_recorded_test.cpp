// What a recorded call hands to its recording, and that it ends it once.
#include "bridge/call/recording.hpp"
#include "tests/sim/bridge_app_fixture.hpp"

namespace bridge::app {
namespace {

using testing::_;
using testing::AtLeast;
using testing::Gt;
using testing::InSequence;
using testing::StrictMock;

class MockSink : public call::RecordingSink {
 public:
  MOCK_METHOD(void, write, (std::string_view, call::RecordedPiece), (override));
  MOCK_METHOD(void, finish, (std::string_view, std::int64_t), (override));
};

class Recorded : public BridgeApp {
 protected:
  Recorded() {
    config_.call.record = true;
    config_.call.model.retry.pace.budget = 5s;
    recordings_ = &sink_;
  }
  StrictMock<MockSink> sink_;
};

TEST_F(Recorded, ACallIsWrittenWhileItLastsAndFinishedOnce) {
  {
    const InSequence in_order;
    EXPECT_CALL(sink_, write(std::string_view(kSid), _)).Times(AtLeast(3));
    EXPECT_CALL(sink_, finish(std::string_view(kSid), Gt(3 * 8000)));
  }
  Stream& stream = open(incoming());
  EXPECT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 60s));
}

TEST_F(Recorded, AStreamThatIsNotAdmittedHasNoRecording) {
  const auto document = incoming();
  Stream& stream = open(document, kSecondSid);  // another call than the document's

  EXPECT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 60s));
}

}  // namespace
}  // namespace bridge::app
