#pragma once
#include "bridge/app/warm_socket.hpp"
#include "bridge/call/dial_gate.hpp"
#include "bridge/call/instruments.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
}

namespace bridge::app {

/// Connections to OpenAI that are open before a call needs them, which saves its caller the handshakes. To a
/// call it is the network: a dial gets one that waits, or a new one, as soon as the gate lets it through. A
/// call itself need not ask the gate. One worker's.
class WarmSessions final : public runtime::net::Network {
 public:
  struct Options {
    std::size_t each = 0;          // of every request; 0: none
    runtime::Duration most_age{};  // then it is closed, and another dialled
    runtime::Duration ping{};      // between two; 0: none
  };
  WarmSessions(boost::asio::any_io_executor executor, runtime::Clock& clock, runtime::net::Network& network,
               call::DialGate& dials, metrics::Sheet& sheet, call::Instruments& instruments,
               spdlog::logger& log);

  /// From now on these are kept open, those that were refused for good included: but for what was to wait
  /// before. Those that wait for others are closed.
  void keep(std::vector<runtime::net::WebSocketRequest> wanted, Options options);
  /// Dials what is missing, until stop(); returns when the last call has let go of what it was handed. To be
  /// awaited to its end before destruction.
  boost::asio::awaitable<void> run();
  void stop();

  boost::asio::awaitable<runtime::net::Dialled> connect(runtime::net::WebSocketRequest request) override;
  boost::asio::awaitable<runtime::net::Fetched> fetch(runtime::net::Url url,
                                                      runtime::net::HttpRequest request,
                                                      runtime::Duration deadline) override;
  runtime::Result<std::unique_ptr<runtime::net::Listener>> listen(runtime::net::Endpoint endpoint,
                                                                  runtime::net::Service& service) override;

 private:
  struct Waiting {
    runtime::net::WebSocketRequest request;
    runtime::TimePoint since;
    WarmSocket socket;
  };
  struct Wanted {
    runtime::net::WebSocketRequest request;
    bool refused = false;             // for a reason that another try does not mend: none is made
    runtime::TimePoint not_before{};  // the next dial, after one that failed
    runtime::Duration wait{};         // that was the last, but for one that the service asked for
  };
  /// Why there is no connection, or none any more.
  struct Failure {
    std::string code;  // the service's word or, without one, as for voicebridge_openai_failures_total
    int close_code = 0, http_status = 0;
    std::string said;
    std::optional<runtime::Duration> wait = {};  // that the service asked for
  };
  void give_up_spent();
  void refill();
  boost::asio::awaitable<void> dial(runtime::net::WebSocketRequest request);
  void closed(const runtime::net::WebSocketRequest& request, const WarmSocket& socket, bool young);
  void failed(const runtime::net::WebSocketRequest& request, const Failure& failure);
  void broken(const runtime::net::WebSocketRequest& request, const std::exception_ptr& failure);
  void later(Wanted& wish, const Failure& failure);
  Wanted* wish_for(const runtime::net::WebSocketRequest& request);
  void show();

  boost::asio::any_io_executor executor_;
  runtime::Clock& clock_;
  runtime::net::Network& network_;
  call::DialGate& dials_;
  spdlog::logger& log_;
  call::Instruments& count_;
  metrics::Gauge shown_;
  metrics::Counter warm_, cold_;
  std::vector<Wanted> wanted_;
  Options options_;
  std::deque<Waiting> waiting_;
  std::size_t dialling_ = 0;
  runtime::TimePoint next_ping_{};
  bool stopped_ = false;
  runtime::TaskGroup tasks_;  // dials, and those that read what waits
};

}  // namespace bridge::app
