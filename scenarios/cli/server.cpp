#include "scenarios/cli/server.hpp"
#include "scenarios/cli/whole_number.hpp"

#include "metrics/process.hpp"
#include "runtime/net/self_signed.hpp"
#include "runtime/net/system_network.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace scenarios::cli {
namespace asio = boost::asio;
namespace net = runtime::net;
using namespace std::chrono_literals;

namespace {

constexpr runtime::Duration kSelfMadeValidity = 90 * 24h;  // a server may run for weeks

std::string read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw CLI::ValidationError(name, "cannot be read");
  return text;
}

/// "HOST:PORT", also "[::1]:PORT".
std::optional<std::pair<std::string, std::uint16_t>> host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return std::pair(std::string(host), port);
}

net::SystemNetworkOptions network_options(const ServerOptions& options) {
  net::SystemNetworkOptions network;
  if (!options.trust.empty()) network.extra_trust_pem = read_file(options.trust);
  network.on_failure = report_failure;
  return network;
}

std::unique_ptr<runtime::Random> make_random(const std::optional<std::uint64_t>& seed) {
  if (seed) return std::make_unique<runtime::SeededRandom>(*seed);
  return std::make_unique<runtime::SystemRandom>();
}

}  // namespace

std::string wrong_address(const std::string& text) {
  return host_and_port(text) ? "" : "'" + text + "' is no address: HOST:PORT, as in 127.0.0.1:4010";
}

void report_failure(std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "linecheck: a bug of the fake: %s\n", e.what());
  }
}

void add_server_options(CLI::App& command, ServerOptions& options) {
  command.add_option("--listen", options.listen, "HOST:PORT of the fake; port 0: any free one")
      ->check(wrong_address)
      ->capture_default_str();
  command.add_option("--control", options.control, "HOST:PORT of its control interface (HTTP, JSON)")
      ->check(wrong_address)
      ->capture_default_str();
  auto* cert = command.add_option("--tls-cert", options.tls_cert, "serve TLS: certificate chain (PEM)")
                   ->option_text("FILE");
  auto* key =
      command.add_option("--tls-key", options.tls_key, "and its private key (PEM)")->option_text("FILE");
  cert->needs(key);
  key->needs(cert);
  command
      .add_option(
          "--tls-self-made", options.tls_self_made,
          "serve TLS with a new certificate for localhost,\nwritten to this file for clients to trust")
      ->excludes(cert)
      ->option_text("FILE");
  command
      .add_option("--trust", options.trust,
                  "certificates (PEM) to trust besides the system's,\nwhere the fake dials")
      ->option_text("FILE");
  command.add_option("--seed", options.seed, "same seed, same ids and timing; default: random")
      ->check(whole_number);
  command.add_option("--keep", options.keep, "remember so many ended calls or sessions")
      ->option_text("N (default 1000)")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("--journal-size", options.journal_mib, "MiB of both wires' messages to remember")
      ->option_text("N (default 64)")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "print nothing after the first line");
}

Server::Server(ServerOptions options)
    : options_(std::move(options)),
      random_(make_random(options_.seed)),
      network_(net::make_system_network(ioc_.get_executor(), clock_, network_options(options_))),
      ticker_(ioc_.get_executor(), clock_, 20ms),
      journal_(ioc_.get_executor(), clock_, options_.journal_mib << 20U),
      signals_(ioc_, SIGTERM, SIGINT),
      stop_(ioc_.get_executor()),
      tasks_(ioc_.get_executor(), [this](std::exception_ptr failure) { failure_ = std::move(failure); }) {
  metrics::add_process_metrics(book_);
}

Server::~Server() = default;

std::optional<net::TlsIdentity> Server::identity() const {
  if (!options_.tls_self_made.empty()) {
    auto made = net::make_self_signed(net::local_names(), kSelfMadeValidity);
    std::ofstream file(options_.tls_self_made, std::ios::binary);
    file << made.certificate_chain_pem << std::flush;
    if (!file) throw CLI::ValidationError(options_.tls_self_made, "cannot be written");
    return made;
  }
  if (options_.tls_cert.empty()) return std::nullopt;
  return net::TlsIdentity{read_file(options_.tls_cert), read_file(options_.tls_key)};
}

bool Server::listen(const std::string& address, bool tls, net::Service& service,
                    std::unique_ptr<net::Listener>& listener, std::string& host) {
  const auto parsed = host_and_port(address);
  net::Endpoint endpoint;
  endpoint.host = parsed->first;
  endpoint.port = parsed->second;
  if (tls) endpoint.tls = identity();
  endpoint.limits.message_bytes = options_.message_bytes;
  auto made = network_->listen(std::move(endpoint), service);
  if (!made) {
    std::fprintf(stderr, "linecheck: cannot listen on %s: %s\n", address.c_str(),
                 made.error().message().c_str());
    return false;
  }
  listener = std::move(*made);
  const bool six = parsed->first.find(':') != std::string::npos;
  host = (six ? "[" + parsed->first + "]" : parsed->first) + ":" + std::to_string(listener->port());
  return true;
}

Exit Server::serve(std::string_view name, net::Service& fake, net::Service& control,
                   std::function<asio::awaitable<void>()> end) {
  std::string fake_host, control_host;
  if (!listen(options_.listen, true, fake, fake_listener_, fake_host) ||
      !listen(options_.control, false, control, control_listener_, control_host)) {
    tasks_.spawn(live(nullptr));
    stop_.set();
    ioc_.run();
    return Exit::environment;
  }
  const bool tls = !options_.tls_self_made.empty() || !options_.tls_cert.empty();
  fmt::print("linecheck {} ready listen={}://{} control=http://{}\n", name, tls ? "https" : "http", fake_host,
             control_host);
  std::fflush(stdout);
  await_signal();
  tasks_.spawn(live(std::move(end)));
  ioc_.run();
  if (failure_) std::rethrow_exception(failure_);
  return Exit::passed;
}

Exit Server::serve_alone(std::string_view name, net::Service& service) {
  std::string host;
  if (!listen(options_.listen, false, service, fake_listener_, host)) {
    tasks_.spawn(live(nullptr));
    stop_.set();
    ioc_.run();
    return Exit::environment;
  }
  fmt::print("linecheck {} ready listen=http://{}\n", name, host);
  std::fflush(stdout);
  await_signal();
  tasks_.spawn(live(nullptr));
  ioc_.run();
  if (failure_) std::rethrow_exception(failure_);
  return Exit::passed;
}

void Server::work(asio::awaitable<void> task) {
  await_signal();
  tasks_.spawn(finish(std::move(task)));
  ioc_.run();
  if (failure_) std::rethrow_exception(failure_);
}

asio::awaitable<void> Server::finish(asio::awaitable<void> task) {
  co_await std::move(task);
  co_await ticker_.stop();
  signals_.cancel();
}

void Server::await_signal() {
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (error) return;
    if (stop_.is_set()) std::_Exit(static_cast<int>(Exit::interrupted));
    stop_.set();
    await_signal();
  });
}

asio::awaitable<void> Server::live(std::function<asio::awaitable<void>()> end) {
  (void)co_await stop_.wait();
  if (fake_listener_) fake_listener_->stop_accepting();
  if (control_listener_) control_listener_->stop_accepting();
  if (end) co_await end();
  if (control_listener_) co_await control_listener_->shut_down();
  if (fake_listener_) co_await fake_listener_->shut_down();
  co_await ticker_.stop();
  signals_.cancel();
}

void Server::say(const std::string& line) {
  if (options_.quiet) return;
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
  fmt::print("{:%H:%M:%S} {}\n",
             fmt::gmtime(std::chrono::system_clock::to_time_t(
                 std::chrono::time_point_cast<std::chrono::system_clock::duration>(ms))),
             line);
  std::fflush(stdout);
}

}  // namespace scenarios::cli
