// What a scrape takes of a bridge that carries calls, and whether it delays their frames: some calls talk,
// the others are open, and /metrics is asked for once a second. docs/performance.md has results.
#include "tests/bench/bridge_setup.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/server_process.hpp"

#include <poll.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {
using namespace std::chrono_literals;
using bench::Arrival;
using bench::Instant;
using bench::Load;
using bench::Manner;
using std::chrono::steady_clock;

struct Options {
  std::filesystem::path bin;
  std::size_t calls = 1000;
  std::size_t talking = 100;
  int seconds = 20;
  int warm_up = 8;
  int workers = 1;
  double at_most = 10;
};

struct Scrape {
  Instant asked, answered;
  std::string text;
};

/// A second and a little: it meets callers at every point of the 20 ms between their frames.
constexpr auto kPeriod = 1007ms;
/// What a scrape has held up arrives just behind it.
constexpr auto kBehind = 5ms;

double ms(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::vector<Scrape> scrape_until(std::uint16_t port, Instant end) {
  std::vector<Scrape> scrapes;
  for (auto next = steady_clock::now() + kPeriod / 2; next < end; next += kPeriod) {
    ::poll(nullptr, 0, static_cast<int>(ms(next - steady_clock::now())));
    Scrape& scrape = scrapes.emplace_back();
    scrape.asked = steady_clock::now();
    scrape.text =
        bench::exchange(port, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    scrape.answered = steady_clock::now();
  }
  return scrapes;
}

struct Spread {
  explicit Spread(std::vector<double> values) : sorted(std::move(values)) { std::ranges::sort(sorted); }
  double at(double share) const {
    if (sorted.empty()) return 0;
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
  std::vector<double> sorted;
};

void print(const char* what, const Spread& spread) {
  std::printf("%-38s %7zu %8.2f %8.2f %8.2f %8.2f\n", what, spread.sorted.size(), spread.at(0.5),
              spread.at(0.95), spread.at(0.99), spread.at(1));
}

bool during(const Arrival& arrival, const std::vector<Scrape>& scrapes) {
  return std::ranges::any_of(scrapes, [&](const Scrape& scrape) {
    return scrape.asked <= arrival.at && arrival.at <= scrape.answered + kBehind;
  });
}

void establish(Load& load, std::size_t calls, int seconds) {
  load.run_until(steady_clock::now() + std::chrono::seconds(seconds));
  if (load.established() == calls && load.counts().lost == 0) return;
  throw std::runtime_error("only " + std::to_string(load.established()) + " of " + std::to_string(calls) +
                           " calls were set up in the warm-up");
}

double number_after(std::string_view text, std::string_view series) {
  const auto at = text.rfind("\n" + std::string(series));
  if (at == std::string_view::npos) return -1;
  return std::stod(std::string(text.substr(at + 1 + series.size(), 24)));
}

/// Of the frames that the bridge sent between the two scrapes, by its own count.
void print_playout(const std::string& first, const std::string& last) {
  constexpr std::string_view kInTime = "voicebridge_playout_late_seconds_bucket{le=\"0.02\"} ";
  constexpr std::string_view kAll = "voicebridge_playout_late_seconds_count ";
  const double all = number_after(last, kAll) - number_after(first, kAll);
  const double in_time = number_after(last, kInTime) - number_after(first, kInTime);
  std::printf("by the bridge's own count %.0f of %.0f frames left more than 20 ms late; calls active: %.0f\n",
              all - in_time, all, number_after(last, "voicebridge_calls_active "));
}

int measure(const Options& options) {
  Load load;
  const auto configuration = bench::write_configuration(load.model_port(), {options.calls, options.workers});
  const bench::ServerProcess server(
      {(options.bin / "linecheck-bridge").string(), "--config", configuration.string()});
  std::filesystem::remove(configuration);
  const auto quiet = options.calls - options.talking;
  load.dial(server.port(), bench::fetch_parameters(server.port(), 0, options.talking));
  establish(load, options.talking, options.warm_up);
  load.dial(server.port(), bench::fetch_parameters(server.port(), options.talking, quiet), Manner::quiet);
  establish(load, options.calls, options.warm_up);

  (void)load.take_arrivals();
  const auto before = load.counts();
  const auto began = steady_clock::now();
  const auto end = began + std::chrono::seconds(options.seconds);
  std::vector<Scrape> scrapes;
  std::thread scraper([&] { scrapes = scrape_until(server.admin_port(), end); });
  const double cpu_before = server.cpu_seconds();
  load.run_until(end);
  const double cpu = server.cpu_seconds() - cpu_before;
  scraper.join();

  std::vector<double> took, meanwhile, between;
  for (const auto& scrape : scrapes) took.push_back(ms(scrape.answered - scrape.asked));
  for (const auto& arrival : load.take_arrivals())
    (during(arrival, scrapes) ? meanwhile : between).push_back(ms(arrival.after));
  const double due = 8000.0 * options.seconds * static_cast<double>(options.talking);
  const double heard = static_cast<double>(load.counts().audio_bytes_received - before.audio_bytes_received);
  std::printf("%zu calls, %zu of them talking, %d worker(s), %d s; the bridge took %.0f %% of a core\n",
              options.calls, options.talking, options.workers, options.seconds, 100 * cpu / options.seconds);
  std::printf("%-38s %7s %8s %8s %8s %8s\n", "ms", "count", "median", "p95", "p99", "max");
  const Spread latency(took);
  print("a scrape", latency);
  print("from frames to frames, during scrapes", Spread(meanwhile));
  print("from frames to frames, between them", Spread(between));
  if (scrapes.empty()) throw std::runtime_error("nothing was scraped");
  print_playout(scrapes.front().text, scrapes.back().text);
  std::printf("a scrape has %zu bytes; %.1f %% of the bot's audio arrived; connections lost: %llu\n",
              scrapes.back().text.size(), 100 * heard / due,
              static_cast<unsigned long long>(load.counts().lost));
  return latency.at(0.95) <= options.at_most && load.counts().lost == 0 && heard > 0.99 * due ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  CLI::App app("Scrapes of a linecheck-bridge that carries calls: how long, and what they do to frames.");
  app.add_option("--bin", options.bin, "folder of linecheck-bridge")->capture_default_str();
  app.add_option("--calls", options.calls)->capture_default_str();
  app.add_option("--talking", options.talking, "of the calls; the others are open and nearly silent")
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "measured, with a scrape in each")->capture_default_str();
  app.add_option("--warm-up", options.warm_up, "seconds before")->capture_default_str();
  app.add_option("--workers", options.workers, "threads of the bridge")->capture_default_str();
  app.add_option("--at-most", options.at_most, "ms; a larger p95 of the scrapes is a failure: exit status 1")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    if (options.talking > options.calls) throw std::runtime_error("--talking cannot exceed --calls");
    return measure(options);
  } catch (const std::exception& error) {
    std::cerr << "live_scrape: " << error.what() << '\n';
    return 2;
  }
}
