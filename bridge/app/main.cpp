#include "bridge/app/attendant.hpp"
#include "bridge/app/certificates.hpp"
#include "bridge/app/logging.hpp"
#include "bridge/app/recordings.hpp"
#include "bridge/app/workers.hpp"
#include "metrics/process.hpp"
#include "runtime/async/system_clock.hpp"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace {

using bridge::app::Config;
using bridge::app::ConfigSource;

/// Documented in docs/configuration.md; supervisors act on them.
enum Exit : int { all_calls_done = 0, calls_cut = 1, bad_configuration = 2, cannot_start = 3 };

/// For the log's last lines.
constexpr auto kLastLines = std::chrono::seconds(2);

/// All of it: a configuration names variables of its own (`bearer_env`). And the host's name, which this
/// replica is called by unless the configuration names it.
std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) found.emplace("HOSTNAME", host.data());
  return found;
}

/// A pipe that is full, or a terminal that is stopped, does not keep the process: false, and nothing is said.
bool say_at_once(const std::string& line) {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  const bool takes = ::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
  return takes && ::write(STDOUT_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

int serve(const Config& config, const std::string& file) {
  runtime::SystemClock clock;
  metrics::Book book;
  bridge::app::AsyncLog log(config.log, clock, std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(),
                            config.workers + 1);
  auto& sheet = book.add_sheet({"voicebridge_build_info", "voicebridge_log_lines_dropped_total"});
  metrics::set_build_info(sheet, LINECHECK_VERSION, LINECHECK_REVISION);
  metrics::add_process_metrics(book);
  auto dropped_lines = sheet.counter("voicebridge_log_lines_dropped_total");
  book.before_scrape([&] { dropped_lines.add(static_cast<double>(log.dropped()) - dropped_lines.value()); });

  std::optional<bridge::app::Recordings> recordings;
  if (!config.recording_folder.empty()) recordings.emplace(config.recording_folder, book);
  bridge::app::Workers workers(config,
                               {clock, book, [&](std::size_t n) -> spdlog::logger& { return log.logger(n); },
                                recordings ? &*recordings : nullptr});
  log.logger().info("linecheck-bridge {} starts, public={}:{} admin={}:{} workers={}", LINECHECK_VERSION,
                    config.listen.host, config.listen.port, config.admin.host, config.admin.port,
                    config.workers);
  if (!workers.start()) return cannot_start;
  bridge::app::Attendant attendant(workers, config, {clock, book, log.logger()}, [file] {
    return bridge::app::load_config(file, environment(), ConfigSource::Purpose::run);
  });
  attendant.ready();
  const bool said = say_at_once(fmt::format(
      "linecheck-bridge " LINECHECK_VERSION " ready public={}:{} admin={}:{}\n", config.listen.host,
      workers.public_port(), config.admin.host, workers.control().admin_port()));
  if (!said) log.logger().warn("ready, and nobody takes the line on standard output that says so");
  try {
    const auto exit = workers.run([&] { attendant.stop(); }) ? all_calls_done : calls_cut;
    // Neither a log that nobody takes nor a disk that hangs must keep the process.
    const bool written = !recordings || recordings->finish_all(kLastLines);
    const bool read = attendant.finish(kLastLines);
    const bool told = log.finish(kLastLines);
    if (!told || !written || !read) std::_Exit(exit);
    return exit;
  } catch (...) {
    if (recordings) recordings->finish_all(kLastLines);
    log.finish(kLastLines);  // says what it was
    std::_Exit(calls_cut);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads the log may go
  CLI::App app("Voice bridge between Twilio Media Streams and the OpenAI Realtime API.", "linecheck-bridge");
  std::string file;
  bool check = false, print = false;
  app.add_option("--config", file, "configuration file (YAML; docs/configuration.md)")->required();
  app.add_flag("--check-config", check, "only check the configuration, say what is wrong");
  app.add_flag("--print-config", print, "print what is in effect, without secrets");
  app.set_version_flag("--version", "linecheck-bridge " LINECHECK_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? all_calls_done : bad_configuration;
  }
  using Purpose = ConfigSource::Purpose;
  auto loaded = bridge::app::load_config(file, environment(), print ? Purpose::show : Purpose::run);
  if (const auto* errors = std::get_if<bridge::app::ConfigErrors>(&loaded)) {
    std::cerr << errors->text();
    // A supervisor that tries again, as with a port that is taken, finds the pair that a renewal has
    // finished.
    return errors->may_pass && !check && !print ? cannot_start : bad_configuration;
  }
  const auto config = std::get<Config>(std::move(loaded));
  if (print) {
    std::cout << config.effective;
    return all_calls_done;
  }
  if (!check) return serve(config, file);
  if (config.listen.tls) {
    const auto why = bridge::app::out_of_its_time(*config.listen.tls, runtime::SystemClock().wall_now());
    if (!why.empty()) std::cerr << file << ": warning: " << why << '\n';
  }
  for (const auto& warning : config.warnings) std::cerr << file << ": warning: " << warning << '\n';
  for (const auto& note : config.notes) std::cerr << file << ": note: " << note << '\n';
  std::cout << file << ": ok\n";
  return all_calls_done;
}
