// Cost of the simulated world: how much virtual call fits into a second of this machine.
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/sim/loop.hpp"
#include "runtime/sim/network.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace net = runtime::net;
using runtime::Clock;
using runtime::Duration;
using runtime::sim::Fabric;
using runtime::sim::FabricOptions;
using runtime::sim::Level;
using runtime::sim::Loop;

constexpr std::size_t kFrameBytes = 300;  // a media message of 20 ms

void spawn(Loop& loop, asio::awaitable<void> task) {
  asio::co_spawn(loop.context(), std::move(task), [](std::exception_ptr error) {
    if (error) std::abort();
  });
}

asio::awaitable<void> talk(Clock& clock, net::MessageSocket& socket, int frames) {
  const std::string frame(kFrameBytes, 'a');
  auto next = clock.now();
  for (int i = 0; i < frames; ++i) {
    next += 20ms;
    if (const bool woken = co_await clock.sleep_until(next); !woken) co_return;
    const auto written = co_await socket.write(frame);
    if (!written) co_return;
  }
}

asio::awaitable<void> listen(net::MessageSocket& socket, std::int64_t& heard) {
  for (;;) {
    const auto message = co_await socket.read();
    if (!message) co_return;
    ++heard;
  }
}

/// Each side talks and listens at once, for `frames` frames of 20 ms.
class Calls final : public net::Service {
 public:
  Calls(Loop& loop, int frames) : loop_(loop), frames_(frames) {}
  asio::awaitable<net::HttpResponse> respond(const net::HttpRequest&) override {
    co_return net::HttpResponse{101, {}, {}};
  }
  asio::awaitable<void> serve(net::HttpRequest, std::unique_ptr<net::MessageSocket> socket) override {
    sockets_.push_back(std::move(socket));
    auto& line = *sockets_.back();
    spawn(loop_, talk(loop_.clock(), line, frames_));
    co_await listen(line, heard);
  }
  std::int64_t heard = 0;

 private:
  Loop& loop_;
  int frames_;
  std::vector<std::unique_ptr<net::MessageSocket>> sockets_;
};

asio::awaitable<void> call(Loop& loop, net::Network& network, Calls& calls, int frames) {
  net::WebSocketRequest request;
  request.url = *net::parse_url("ws://server/media");
  auto dialled = co_await network.connect(std::move(request));
  if (!dialled) std::abort();
  spawn(loop, listen(*dialled.socket, calls.heard));
  co_await talk(loop.clock(), *dialled.socket, frames);
  co_await loop.clock().sleep_until(loop.now() + 1s);
  dialled.socket->abort();
  co_await loop.clock().sleep_until(loop.now() + 1s);
}

asio::awaitable<void> end(net::Listener& listener) {
  co_await listener.shut_down();
}

void two_way_calls(benchmark::State& state, Level level) {
  const auto lines = static_cast<int>(state.range(0));
  const int frames = 30'000 / lines;  // in all: ten minutes of one line
  std::int64_t heard = 0;
  for (auto unused : state) {
    (void)unused;
    Loop loop;
    runtime::SeededRandom random(1);
    Fabric fabric(loop, random, FabricOptions{level, {30ms, 0ms, 64U << 10U}});
    Calls calls(loop, frames);
    net::Endpoint endpoint;
    endpoint.host = "server";
    endpoint.port = 80;
    auto listener = std::move(*fabric.network("server").listen(std::move(endpoint), calls));
    for (int i = 0; i < lines; ++i) spawn(loop, call(loop, fabric.network("client"), calls, frames));
    loop.run();
    spawn(loop, end(*listener));
    loop.run();
    heard += calls.heard;
  }
  state.SetItemsProcessed(heard);
}

asio::awaitable<void> sleeper(Clock& clock, Duration period, int times) {
  auto next = clock.now();
  for (int i = 0; i < times; ++i) {
    next += period;
    if (const bool woken = co_await clock.sleep_until(next); !woken) co_return;
  }
}

void deadlines(benchmark::State& state) {
  const auto sleepers = static_cast<int>(state.range(0));
  constexpr int kInAll = 200'000;
  for (auto unused : state) {
    (void)unused;
    Loop loop;
    for (int i = 0; i < sleepers; ++i) {
      spawn(loop, sleeper(loop.clock(), 20ms + std::chrono::microseconds(i), kInAll / sleepers));
    }
    benchmark::DoNotOptimize(loop.run());
  }
  state.SetItemsProcessed(state.iterations() * kInAll);
}

BENCHMARK(deadlines)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(two_way_calls, message_level, Level::message)
    ->Arg(1)
    ->Arg(100)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond);
}  // namespace

BENCHMARK_MAIN();
