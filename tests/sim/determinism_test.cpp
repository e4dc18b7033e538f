// Same seed, same run: a noisy world of lines with jitter and faults, written down and compared.
#include "tests/sim/fabric_test.hpp"

#include <fmt/format.h>

#include <string>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;

/// One world: ten lines that echo, with jitter, stalls and resets at random times.
class NoisyWorld {
 public:
  explicit NoisyWorld(std::uint64_t seed) : random_(seed), faults_(seed + 1) {
    fabric_.on_connection([this](std::shared_ptr<Connection> c) { connections_.push_back(std::move(c)); });
    fabric_.on_failure([this](std::exception_ptr) { note("failure"); });
    service_.talk = [this](net::MessageSocket& socket) { return echo(socket); };
    net::Endpoint endpoint;
    endpoint.host = "server";
    endpoint.port = 80;
    listener_ = std::move(*fabric_.network("server").listen(std::move(endpoint), service_));
  }

  std::string run() {
    for (int line = 0; line < 10; ++line) spawn(speak(line));
    spawn(disturb());
    loop_.run_for(5s);
    spawn(end());
    loop_.run();
    return std::move(journal_);
  }

 private:
  void spawn(asio::awaitable<void> task) {
    asio::co_spawn(loop_.context(), std::move(task), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }
  void note(std::string what) {
    journal_ += fmt::format("{} {}\n", loop_.now().time_since_epoch().count(), what);
  }
  asio::awaitable<void> echo(net::MessageSocket& socket) {
    for (;;) {
      const auto message = co_await socket.read();
      if (!message) co_return;
      const auto written = co_await socket.write(message->payload);
      if (!written) co_return;
    }
  }
  asio::awaitable<void> hear(int line, net::MessageSocket& socket) {
    for (;;) {
      const auto message = co_await socket.read();
      if (!message) {
        note(fmt::format("{} ends: {}", line, message.error().message()));
        co_return;
      }
      note(fmt::format("{} hears {}", line, message->payload));
    }
  }
  asio::awaitable<void> speak(int line) {
    net::WebSocketRequest request;
    request.url = *net::parse_url("ws://server/");
    auto dialled = co_await fabric_.network("client").connect(std::move(request));
    if (!dialled) co_return;
    sockets_.push_back(std::move(dialled.socket));
    auto& socket = *sockets_.back();
    spawn(hear(line, socket));
    for (int i = 0; i < 100; ++i) {
      const std::string text = fmt::format("{}-{}", line, i);
      const auto written = co_await socket.write(text);
      if (!written) co_return;
      (void)co_await loop_.clock().sleep_until(loop_.now() + 20ms);
    }
  }
  asio::awaitable<void> disturb() {
    for (int i = 0; i < 30; ++i) {
      (void)co_await loop_.clock().sleep_until(loop_.now() + 50ms);
      auto& connection = *connections_[faults_.below(connections_.size())];
      if (faults_.below(10) == 0) {
        connection.reset();
      } else {
        connection.stall_to_client(loop_.now() + Duration(faults_.below(200'000'000)));
      }
    }
  }
  asio::awaitable<void> end() { co_await listener_->shut_down(); }

  Loop loop_;
  SeededRandom random_;
  SeededRandom faults_;
  LambdaService service_;
  Fabric fabric_{loop_, random_, {Level::message, {10ms, 15ms, 200}}};
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<net::MessageSocket>> sockets_;
  std::string journal_;
};

class Determinism : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, Determinism, testing::Range<std::uint64_t>(1, 21));

TEST_P(Determinism, TheSameSeedGivesTheSameJournalAndAnotherSeedAnother) {
  const std::string first = NoisyWorld(GetParam()).run();
  const std::string again = NoisyWorld(GetParam()).run();
  const std::string other = NoisyWorld(GetParam() + 1000).run();

  EXPECT_GT(first.size(), 1000U);
  EXPECT_TRUE(first == again) << "seed " << GetParam();
  EXPECT_FALSE(first == other);
}

}  // namespace
}  // namespace runtime::sim
