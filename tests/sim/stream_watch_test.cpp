// What a media stream is asked and told while it is looked after, and in which order.
#include "bridge/app/stream_watch.hpp"

#include "runtime/sim/loop.hpp"
#include "tests/support/mock_socket.hpp"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>

#include <array>
#include <optional>
#include <stdexcept>

namespace bridge::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using runtime::Result;
using testing::_;
using testing::InSequence;
using testing::MockFunction;
using testing::NiceMock;
using testing::Return;

class StreamWatchTest : public testing::Test {
 protected:
  ~StreamWatchTest() override {
    asio::co_spawn(loop_.context(), watch_->stop(), [](std::exception_ptr) {});
    loop_.run();
  }
  void watch(StreamWatch::Limits limits) {
    watch_.emplace(loop_.context().get_executor(), loop_.clock(), limits,
                   StreamWatch::Owner{idle_.AsStdFunction(), failed_.AsStdFunction()});
    auto mock = std::make_unique<support::MockSocket>();
    below_ = mock.get();
    socket_ = watch_->watch(std::move(mock));
  }
  /// A ping that takes so long.
  auto takes(runtime::Duration time) {
    return [this, time](std::string_view) -> asio::awaitable<Result<void>> {
      (void)co_await loop_.clock().sleep_until(loop_.now() + time);
      co_return Result<void>();
    };
  }

  runtime::sim::Loop loop_;
  MockFunction<void()> idle_;
  MockFunction<void(std::exception_ptr)> failed_;
  std::optional<StreamWatch> watch_;
  std::unique_ptr<runtime::net::MessageSocket> socket_;
  support::MockSocket* below_ = nullptr;
};

TEST_F(StreamWatchTest, AStreamThatStaysSilentIsCutOnceItsOwnerHasHeard) {
  watch({2s, 0s});
  {
    const InSequence in_order;
    EXPECT_CALL(idle_, Call());
    EXPECT_CALL(*below_, abort());
  }
  loop_.run_for(10s);
}

TEST_F(StreamWatchTest, AMessageWaitsForThePingBeforeIt) {
  watch({0s, 1s});
  constexpr std::string_view kText = "media";
  const std::array texts{kText};
  {
    const InSequence in_order;
    EXPECT_CALL(*below_, ping(_)).WillOnce(takes(300ms));
    EXPECT_CALL(*below_, start_write(_)).WillOnce(Return(true));
  }
  loop_.run_for(1100ms);

  EXPECT_FALSE(socket_->start_write(texts));
  std::optional<bool> written;
  asio::co_spawn(loop_.context(), socket_->finish_write(),
                 [&](std::exception_ptr, Result<void> outcome) { written = outcome.has_value(); });
  loop_.run_for(100ms);
  EXPECT_FALSE(written);
  loop_.run_for(200ms);
  EXPECT_EQ(written, true);
}

TEST_F(StreamWatchTest, APingThatThrowsIsItsOwnersAffairAndHoldsNothingUp) {
  watch({0s, 1s});
  const auto throws = [](std::string_view) -> asio::awaitable<Result<void>> {
    throw std::runtime_error("a bug");
    co_return Result<void>();
  };
  {
    const InSequence in_order;
    EXPECT_CALL(*below_, ping(_)).WillOnce(throws);
    EXPECT_CALL(failed_, Call(_));
    EXPECT_CALL(*below_, start_write(_)).WillOnce(Return(true));
  }
  loop_.run_for(5s);

  constexpr std::string_view kText = "media";
  EXPECT_TRUE(socket_->start_write({&kText, 1}));
}

}  // namespace
}  // namespace bridge::app
