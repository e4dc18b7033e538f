#include "bridge/app/bridge.hpp"
#include "bridge/app/logging.hpp"
#include "metrics/process.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/net/system_network.hpp"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <unistd.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <variant>

namespace {

namespace asio = boost::asio;
using bridge::app::Bridge;
using bridge::app::Config;

/// Documented in docs/configuration.md; supervisors act on them.
enum Exit { all_calls_done = 0, calls_cut = 1, bad_configuration = 2, cannot_bind = 3 };

/// The secrets, and the host's name, which this replica is called by unless the configuration names it.
std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> found;
  for (const char* name : {"OPENAI_API_KEY", "TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID",
                           "LINECHECK_TOKEN_SECRET", "LINECHECK_API_TOKEN"}) {
    if (const char* value = std::getenv(name)) found.emplace(name, value);
  }
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) found.emplace("HOSTNAME", host.data());
  return found;
}

std::string say(std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  }
}

/// The first SIGTERM or SIGINT drains, the second ends the grace period. SIGHUP reads `file` again.
class Signals {
 public:
  Signals(asio::io_context& ioc, Bridge& bridge, std::string file)
      : signals_(ioc, SIGTERM, SIGINT, SIGHUP), bridge_(bridge), file_(std::move(file)) {
    wait();
  }
  void stop() { signals_.cancel(); }

 private:
  void wait() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reload();
      } else {
        ++seen_ == 1 ? bridge_.drain() : bridge_.cut();
      }
      wait();
    });
  }

  void reload() {
    auto loaded = bridge::app::load_config(file_, secrets());
    std::visit([&](auto& outcome) { bridge_.reload(std::move(outcome)); }, loaded);
  }

  asio::signal_set signals_;
  Bridge& bridge_;
  std::string file_;
  int seen_ = 0;
};

asio::awaitable<bool> live(Bridge& bridge, runtime::Ticker& ticker, Signals& signals) {
  const bool clean = co_await bridge.run();
  signals.stop();
  co_await ticker.stop();
  co_return clean;
}

int serve(Config config, const std::string& file) {
  // One thread runs it; the resolver's only posts, which stays locked.
  asio::io_context ioc(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);
  runtime::SystemClock clock;
  runtime::SystemRandom random;
  metrics::Book book;
  bridge::app::AsyncLog log(config.log, clock, std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>());
  auto& sheet = book.add_sheet({"voicebridge_build_info", "voicebridge_log_lines_dropped_total"});
  metrics::set_build_info(sheet, LINECHECK_VERSION, LINECHECK_REVISION);
  metrics::add_process_metrics(book);
  auto dropped_lines = sheet.counter("voicebridge_log_lines_dropped_total");
  book.before_scrape([&] { dropped_lines.add(static_cast<double>(log.dropped()) - dropped_lines.value()); });

  runtime::net::SystemNetworkOptions options;
  options.extra_trust_pem = config.openai_trust_pem;
  options.on_failure = [&](std::exception_ptr failure) {
    log.logger().error("a connection's task ended by exception: {}", say(failure));
  };
  const auto network = runtime::net::make_system_network(ioc.get_executor(), clock, std::move(options));
  runtime::Ticker ticker(ioc.get_executor(), clock, std::chrono::milliseconds(20));
  const auto hosts = std::pair(config.listen.host, config.admin.host);
  Bridge bridge({ioc.get_executor(), clock, ticker, *network, random, book, log.logger()}, std::move(config));
  if (!bridge.start()) {
    asio::co_spawn(ioc, bridge.run(), [](std::exception_ptr, bool) {});
    ioc.run();
    return cannot_bind;
  }

  Signals signals(ioc, bridge, file);
  std::exception_ptr failure;
  bool clean = false;
  asio::co_spawn(ioc, live(bridge, ticker, signals), [&](std::exception_ptr error, bool all_done) {
    failure = error;
    clean = all_done;
  });
  std::cout << "linecheck-bridge " LINECHECK_VERSION " ready public=" << hosts.first << ':'
            << bridge.public_port() << " admin=" << hosts.second << ':' << bridge.admin_port() << std::endl;
  ioc.run();
  if (failure) {
    log.logger().critical("ended by exception: {}", say(failure));
    return calls_cut;
  }
  return clean ? all_calls_done : calls_cut;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Voice bridge between Twilio Media Streams and the OpenAI Realtime API.", "linecheck-bridge");
  std::string file;
  bool check = false;
  app.add_option("--config", file, "configuration file (YAML; docs/configuration.md)")->required();
  app.add_flag("--check-config", check, "only check the configuration, say what is wrong");
  app.set_version_flag("--version", "linecheck-bridge " LINECHECK_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? all_calls_done : bad_configuration;
  }
  auto loaded = bridge::app::load_config(file, environment());
  if (const auto* errors = std::get_if<bridge::app::ConfigErrors>(&loaded)) {
    std::cerr << errors->text();
    return bad_configuration;
  }
  auto config = std::get<Config>(std::move(loaded));
  if (!check) return serve(std::move(config), file);
  for (const auto& warning : config.warnings) std::cerr << file << ": warning: " << warning << '\n';
  std::cout << file << ": ok\n";
  return all_calls_done;
}
