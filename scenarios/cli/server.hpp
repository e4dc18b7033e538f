#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"
#include "scenarios/cli/commands.hpp"
#include "simulators/control/journal.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace scenarios::cli {

/// What both stand-alone fakes are asked on the command line.
struct ServerOptions {
  std::string listen = "127.0.0.1:0";
  std::string control = "127.0.0.1:0";
  std::string tls_cert, tls_key;
  std::string tls_self_made;  // file that the certificate is written to; empty: none is made
  std::string trust;          // file of certificates trusted besides the system's
  std::optional<std::uint64_t> seed;
  std::size_t keep = 1000;
  std::size_t journal_mib = 64;
  std::size_t message_bytes = 1U << 20U;  // the largest message that the fake's socket takes
  bool quiet = false;
};
void add_server_options(CLI::App& command, ServerOptions& options);
/// What is wrong with a HOST:PORT to listen on, else empty.
std::string wrong_address(const std::string& text);

/// Tells the operator of a bug of the fake's own.
void report_failure(std::exception_ptr failure);

/// What a stand-alone fake stands on: one thread, real time, real sockets, until a signal ends it.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();

  const ServerOptions& options() const { return options_; }
  boost::asio::any_io_executor executor() { return ioc_.get_executor(); }
  runtime::Clock& clock() { return clock_; }
  runtime::Ticker& ticker() { return ticker_; }
  runtime::Random& random() { return *random_; }
  runtime::net::Network& network() { return *network_; }
  simulators::control::Journal& journal() { return journal_; }
  metrics::Book& book() { return book_; }

  /// Listens on both addresses, says so in one line, and serves until SIGTERM or SIGINT; a second one ends
  /// the process at once. `end` is awaited before the listeners are shut down.
  Exit serve(std::string_view name, runtime::net::Service& fake, runtime::net::Service& control,
             std::function<boost::asio::awaitable<void>()> end);
  /// As serve(), without a control interface.
  Exit serve_alone(std::string_view name, runtime::net::Service& service);
  /// Runs `task` instead of serving; a signal sets stopped(), and the task is to end by itself.
  void work(boost::asio::awaitable<void> task);
  runtime::Event& stopped() { return stop_; }
  /// Listens on a HOST:PORT, and says as `host` where. False: it cannot, which has been said.
  bool listen(const std::string& address, bool tls, runtime::net::Service& service,
              std::unique_ptr<runtime::net::Listener>& listener, std::string& host);
  /// A line for the operator, with the time of day; nothing when --quiet.
  void say(const std::string& line);

 private:
  std::optional<runtime::net::TlsIdentity> identity() const;
  void await_signal();
  boost::asio::awaitable<void> finish(boost::asio::awaitable<void> task);
  boost::asio::awaitable<void> live(std::function<boost::asio::awaitable<void>()> end);

  const ServerOptions options_;
  boost::asio::io_context ioc_{1};
  runtime::SystemClock clock_;
  std::unique_ptr<runtime::Random> random_;
  std::unique_ptr<runtime::net::Network> network_;
  runtime::Ticker ticker_;
  metrics::Book book_;
  simulators::control::Journal journal_;
  boost::asio::signal_set signals_;
  runtime::Event stop_;
  std::unique_ptr<runtime::net::Listener> fake_listener_, control_listener_;
  std::exception_ptr failure_;
  runtime::TaskGroup tasks_;
};

}  // namespace scenarios::cli
