// What a MessageSocket promises, whatever carries it.
#include "tests/loopback/network_contract.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

namespace tests {
namespace {
using namespace asio::experimental::awaitable_operators;
using net::CloseReason;
using net::MessageSocket;
using net::NetError;
using runtime::Result;

asio::awaitable<void> write_each(MessageSocket& socket, const std::vector<std::string>& messages,
                                 std::size_t& done) {
  for (const auto& message : messages) {
    const auto written = co_await socket.write(message);
    if (!written) co_return;
    ++done;
  }
}

TEST_P(NetworkContract, CarriesWholeMessagesInOrderBothWays) {
  net::ConnectionLimits limits;
  limits.message_bytes = 2U << 20U;
  listen(limits);
  const std::vector<std::string> sent{"one", "", "caf\xc3\xa9", std::string(1U << 20U, 'x'), "last"};
  auto there_and_back = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect(limits);
    if (!connected) co_return;
    for (auto [from, to] : {std::pair(client_.get(), server_), std::pair(server_, client_.get())}) {
      std::size_t done = 0;
      bool ended = false;
      spawn(write_each(*from, sent, done), ended);
      for (const auto& expected : sent) {
        const auto message = co_await to->read();
        EXPECT_TRUE(message) << message.error().message();
        EXPECT_TRUE(message && message->payload == expected);
        EXPECT_TRUE(message && !message->binary);
      }
    }
  };

  run(there_and_back());
}

TEST_P(NetworkContract, CarriesABatchInOrderAndWhatFollowsIt) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    const std::vector<std::string_view> batch{"a", "b", "", "c"};
    for (MessageSocket* from : {client_.get(), server_}) {
      MessageSocket& to = from == server_ ? *client_ : *server_;
      EXPECT_TRUE(co_await from->write_all(batch));
      EXPECT_TRUE(co_await from->write("after"));
      for (const auto* expected : {"a", "b", "", "c", "after"}) EXPECT_EQ(co_await text_of(to), expected);
    }
  };

  run(body());
}

TEST_P(NetworkContract, TellsThePeerTheCloseCodeAndText) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    CloseReason said{4001, "over"};
    auto both = client_->close(said) && server_->read();
    auto [closed, message] = co_await std::move(both);
    EXPECT_TRUE(closed) << closed.error().message();
    EXPECT_EQ(message.error(), NetError::closed);
    const auto heard = server_->peer_close();
    EXPECT_TRUE(heard && heard->code == 4001 && heard->text == "over");
  };

  run(body());
}

TEST_P(NetworkContract, TellsThePeerOfACloseWithoutACode) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    CloseReason none{1005, ""};
    auto both = server_->close(none) && client_->read();
    auto [closed, message] = co_await std::move(both);
    EXPECT_TRUE(closed) << closed.error().message();
    EXPECT_EQ(message.error(), NetError::closed) << "an empty frame is no breach";
    const auto heard = client_->peer_close();
    EXPECT_TRUE(heard && heard->code == 1005 && heard->text.empty());
  };

  run(body());
}

TEST_P(NetworkContract, TellsTheClientTheServersCloseCode) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    EXPECT_FALSE(client_->peer_close());
    CloseReason said{1011, "fault"};
    auto both = server_->close(said) && client_->read();
    auto [closed, message] = co_await std::move(both);
    EXPECT_TRUE(closed) << closed.error().message();
    EXPECT_EQ(message.error(), NetError::closed);
    const auto heard = client_->peer_close();
    EXPECT_TRUE(heard && heard->code == 1011 && heard->text == "fault");
  };

  run(body());
}

TEST_P(NetworkContract, CloseEndsOurPendingReadAndThePeers) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    CloseReason said{1000, ""};
    auto all = client_->read() && client_->close(said) && server_->read();
    auto [ours, closed, theirs] = co_await std::move(all);
    EXPECT_EQ(ours.error(), NetError::closed);
    EXPECT_TRUE(closed) << closed.error().message();
    EXPECT_EQ(theirs.error(), NetError::closed);
  };

  run(body());
}

TEST_P(NetworkContract, DataBeforeTheCloseIsDeliveredBeforeIt) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    EXPECT_TRUE(co_await client_->write("goodbye"));
    bool ended = false;
    auto closing = [&]() -> asio::awaitable<void> {
      CloseReason said{1000, ""};
      auto close = client_->close(said);
      EXPECT_TRUE(co_await std::move(close));
    };
    spawn(closing(), ended);
    EXPECT_EQ(co_await text_of(*server_), "goodbye");
    const auto message = co_await server_->read();
    EXPECT_EQ(message.error(), NetError::closed);
    while (!ended) co_await clock().sleep_until(in(1ms));
  };

  run(body());
}

TEST_P(NetworkContract, NothingIsWrittenAfterAClose) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    CloseReason said{1000, ""};
    auto both = client_->close(said) && server_->read();
    (void)co_await std::move(both);
    const auto written = co_await client_->write("late");
    EXPECT_FALSE(written);
    auto closing = client_->close(said);
    const auto again = co_await std::move(closing);
    EXPECT_FALSE(again);
  };

  run(body());
}

TEST_P(NetworkContract, ADeadlineEndsAReadAndTheConnection) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    const auto before = clock().now();
    auto reading = client_->read();
    const auto silent = co_await runtime::with_deadline(clock(), in(50ms), std::move(reading));
    EXPECT_EQ(silent.error(), asio::error::timed_out);
    EXPECT_GE(clock().now() - before, 50ms);
    auto second = client_->read();
    const auto again = co_await runtime::with_deadline(clock(), in(5s), std::move(second));
    EXPECT_FALSE(again);
    EXPECT_NE(again.error(), asio::error::timed_out) << "a dead connection answers at once";
  };

  run(body());
}

TEST_P(NetworkContract, ACloseThatNobodyAnswersEndsAtItsDeadline) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    CloseReason said{1000, ""};
    auto closing = client_->close(said);
    const auto closed = co_await runtime::with_deadline(clock(), in(50ms), std::move(closing));
    EXPECT_EQ(closed.error(), asio::error::timed_out);
    client_.reset();
    const auto message = co_await server_->read();
    EXPECT_FALSE(message);
  };

  run(body());
}

TEST_P(NetworkContract, AnAbortIsAnErrorToThePeerAndNoClose) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    auto aborting = [&]() -> asio::awaitable<bool> {
      client_->abort();
      co_return true;
    };
    auto all = client_->read() && server_->read() && aborting();
    auto [ours, theirs, aborted] = co_await std::move(all);
    EXPECT_TRUE(aborted);
    EXPECT_FALSE(ours);
    EXPECT_FALSE(theirs);
    EXPECT_NE(theirs.error(), NetError::closed);
    EXPECT_FALSE(server_->peer_close());
  };

  run(body());
}

TEST_P(NetworkContract, ADestroyedSocketIsAnEndToThePeer) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    client_.reset();
    const auto message = co_await server_->read();
    EXPECT_FALSE(message);
    EXPECT_NE(message.error(), NetError::closed);
  };

  run(body());
}

TEST_P(NetworkContract, RefusesAMessageAboveTheLimit) {
  net::ConnectionLimits limits;
  limits.message_bytes = 1000;
  listen(limits);
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    const std::string fits(1000, 'x');
    const std::string above(1001, 'x');
    EXPECT_TRUE(co_await client_->write(fits));
    EXPECT_EQ(co_await text_of(*server_), fits);
    EXPECT_TRUE(co_await client_->write(above));
    auto both = server_->read() && client_->read();
    const auto [too_big, closed] = co_await std::move(both);
    EXPECT_EQ(too_big.error(), NetError::too_big);
    EXPECT_EQ(closed.error(), NetError::closed);
    const auto heard = client_->peer_close();
    EXPECT_TRUE(heard && heard->code == 1009);
  };

  run(body());
}

TEST_P(NetworkContract, AWriterWaitsForAPeerThatDoesNotReadAndThenGoesOn) {
  net::ConnectionLimits limits;
  limits.send_buffer_bytes = 16 << 10;
  limits.receive_buffer_bytes = 16 << 10;
  listen(limits);
  auto connecting = [&]() -> asio::awaitable<void> { EXPECT_TRUE(co_await connect(limits)); };
  run(connecting());
  const std::vector<std::string> sent(100, std::string(16U << 10U, 'x'));
  std::size_t done = 0;
  bool ended = false;

  spawn(write_each(*client_, sent, done), ended);
  world_->settle();

  EXPECT_LT(done, sent.size() / 2) << "a stalled peer takes no more than its window";
  EXPECT_FALSE(ended);
  EXPECT_GT(client_->unacked_bytes(), 0U);

  auto reading = [&]() -> asio::awaitable<void> {
    for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ((co_await text_of(*server_)).size(), 16U << 10U);
    while (!ended) co_await clock().sleep_until(in(1ms));
  };
  run(reading());
  EXPECT_EQ(done, sent.size());
}

TEST_P(NetworkContract, APingIsTakenWhileAWriteIsBlockedAndNoMessageSuffers) {
  net::ConnectionLimits limits;
  limits.send_buffer_bytes = 16 << 10;
  limits.receive_buffer_bytes = 16 << 10;
  listen(limits);
  auto connecting = [&]() -> asio::awaitable<void> { EXPECT_TRUE(co_await connect(limits)); };
  run(connecting());
  const std::vector<std::string> sent(100, std::string(16U << 10U, 'x'));
  std::size_t done = 0;
  bool ended = false;
  spawn(write_each(*client_, sent, done), ended);
  world_->settle();
  ASSERT_FALSE(ended);

  auto pinging = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(co_await server_->ping("abcd"));
    EXPECT_TRUE(co_await server_->write("after"));
    EXPECT_EQ(co_await text_of(*client_), "after") << "who cannot write still reads";
    EXPECT_FALSE(ended);
    for (const auto& expected : sent) EXPECT_EQ(co_await text_of(*server_), expected);
    while (!ended) co_await clock().sleep_until(in(1ms));
    EXPECT_TRUE(co_await client_->write("last"));
    EXPECT_EQ(co_await text_of(*server_), "last");
  };
  run(pinging());
  EXPECT_EQ(done, sent.size());
}

TEST_P(NetworkContract, ADeadlineEndsABlockedBatch) {
  net::ConnectionLimits limits;
  limits.send_buffer_bytes = 16 << 10;
  limits.receive_buffer_bytes = 16 << 10;
  limits.message_bytes = 4U << 20U;
  listen(limits);
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect(limits);
    if (!connected) co_return;
    const std::string large(1U << 20U, 'x');
    const std::vector<std::string_view> batch(3, large);
    auto writing = client_->write_all(batch);
    const auto written = co_await runtime::with_deadline(clock(), in(100ms), std::move(writing));
    EXPECT_EQ(written.error(), asio::error::timed_out);
  };

  run(body());
}
}  // namespace
}  // namespace tests
