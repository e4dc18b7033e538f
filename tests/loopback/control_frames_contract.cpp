// Pings, pongs and messages in pieces: what travels between a socket's messages.
#include "runtime/net/frame_control.hpp"
#include "tests/loopback/network_contract.hpp"

namespace tests {
namespace {
using net::MessageSocket;

asio::awaitable<void> read_one(MessageSocket& socket) {
  const auto message = co_await socket.read();
  EXPECT_TRUE(message);
}

TEST_P(NetworkContract, APingDisturbsNoMessageAndFailsOnADeadLine) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    EXPECT_TRUE(co_await server_->write("before"));
    EXPECT_TRUE(co_await server_->ping("abcd"));
    EXPECT_TRUE(co_await server_->write("after"));
    for (const auto* expected : {"before", "after"}) EXPECT_EQ(co_await text_of(*client_), expected);
    EXPECT_TRUE(co_await client_->write("answer"));
    EXPECT_EQ(co_await text_of(*server_), "answer");
    server_->abort();
    EXPECT_FALSE(co_await server_->ping("abcd"));
  };

  run(body());
}

TEST_P(NetworkContract, APingIsAnsweredByAPeerThatReadsAndHeardByWhoSentIt) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    EXPECT_TRUE(co_await client_->ping("abcd"));
    EXPECT_TRUE(co_await client_->write("before"));
    const auto nothing_yet = client_->heard();
    EXPECT_EQ(co_await text_of(*server_), "before") << "and the ping on the way to it is answered";
    bool ended = false;
    spawn(read_one(*client_), ended);
    while (client_->heard() == nothing_yet) co_await clock().sleep_until(in(1ms));
    EXPECT_FALSE(ended) << "an answer to a ping is no message";
    EXPECT_TRUE(co_await server_->write("after"));
    while (!ended) co_await clock().sleep_until(in(1ms));
  };

  run(body());
}

TEST_P(NetworkContract, CountsThePongsWherePongsCanBeSeen) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    const auto* frames = frames_of(*server_);
    if (frames == nullptr) co_return;
    EXPECT_EQ(frames->pongs(), 0U);
    EXPECT_TRUE(co_await server_->ping("abcd"));
    EXPECT_TRUE(co_await server_->write("before"));
    EXPECT_EQ(co_await text_of(*client_), "before") << "and the ping on the way to it is answered";
    EXPECT_TRUE(co_await client_->write("after"));
    EXPECT_EQ(co_await text_of(*server_), "after");
    EXPECT_EQ(frames->pongs(), 1U);
  };

  run(body());
}

TEST_P(NetworkContract, AMessageInPiecesArrivesWhole) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    if (auto* frames = frames_of(*server_)) frames->fragment(3);
    for (const auto* sent : {"", "abc", "abcd", "a message of many pieces"}) {
      EXPECT_TRUE(co_await server_->write(sent));
      EXPECT_TRUE(co_await server_->ping("abcd"));
      EXPECT_EQ(co_await text_of(*client_), sent);
    }
  };

  run(body());
}

}  // namespace
}  // namespace tests
