#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// How an operation of the network fails.
enum class Failure : std::uint8_t {
  throws,         // an exception where it is awaited, as from a bug below
  throws_early,   // std::bad_alloc where it is begun, as where there is no memory for a coroutine
  error,          // the connection is reset, or never was
  end_of_stream,  // the peer is gone without a word
  stalls,         // nothing happens any more, until the program gives up or its own limit of the seam does
};

/// Numbers what a program does with its network, from 1 on, and has one of it fail.
class Steps {
 public:
  explicit Steps(std::size_t fails = 0, Failure how = Failure::error) : fails_(fails), how_(how) {}

  /// Whether what begins now is numbered: a dial, an exchange, or what comes in. All of a connection is
  /// numbered or nothing.
  std::function<bool()> counts = [] { return true; };

  /// The next operation; how it fails, if it is the one. Throws if that is early.
  std::optional<Failure> next(std::string what);
  const std::vector<std::string>& taken() const { return taken_; }

  /// Sockets and exchanges that the program still has.
  std::size_t open() const { return open_; }
  /// How many there were when the program shut its first listener down; absent: it has not.
  std::optional<std::size_t> left_open;

  /// One of the open ones, while it lives.
  class Open {
   public:
    explicit Open(Steps& steps) : steps_(steps) { ++steps_.open_; }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    ~Open() { --steps_.open_; }

   private:
    Steps& steps_;
  };

 private:
  const std::size_t fails_;
  const Failure how_;
  std::vector<std::string> taken_;
  std::size_t open_ = 0;
};

/// The network as a program sees it, of whose operations one may fail. Every wait of the seam is one: a dial,
/// both halves of an exchange that it asks for, both of one that it is asked for, and of each WebSocket every
/// read, write, ping and close. Keeps to the seam's contract: a dial and an exchange end by their limits.
class FailingNetwork final : public runtime::net::Network {
 public:
  FailingNetwork(runtime::net::Network& below, runtime::Clock& clock, boost::asio::any_io_executor executor,
                 Steps& steps)
      : below_(below), clock_(clock), executor_(std::move(executor)), steps_(steps) {}

  boost::asio::awaitable<runtime::net::Dialled> connect(runtime::net::WebSocketRequest request) override;
  boost::asio::awaitable<runtime::net::Fetched> fetch(runtime::net::Url url,
                                                      runtime::net::HttpRequest request,
                                                      runtime::Duration deadline) override;
  runtime::Result<std::unique_ptr<runtime::net::Listener>> listen(runtime::net::Endpoint endpoint,
                                                                  runtime::net::Service& service) override;

 private:
  class Service;
  class Listener;
  boost::asio::awaitable<runtime::net::Dialled> dial(runtime::net::WebSocketRequest request, bool counted,
                                                     std::optional<Failure> failure);
  boost::asio::awaitable<runtime::net::Fetched> exchange(runtime::net::Url url,
                                                         runtime::net::HttpRequest request,
                                                         runtime::Duration deadline, bool counted,
                                                         std::optional<Failure> failure);
  boost::asio::awaitable<bool> wait_out(Failure how, runtime::TimePoint limit);

  runtime::net::Network& below_;
  runtime::Clock& clock_;
  boost::asio::any_io_executor executor_;
  Steps& steps_;
};

}  // namespace support
