// What a call costs linecheck-bridge in processor time, against epoll_forwarder: the same callers and the
// same model for both, one after the other, over plain WebSockets on the loopback. docs/performance.md has
// results.
#include "tests/bench/bridge_setup.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/server_process.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {
using bench::Counts;
using bench::Load;
using bench::ServerProcess;

struct Options {
  std::filesystem::path bin;
  std::size_t calls = 100;
  int seconds = 20;
  int warm_up = 6;
  int rounds = 3;
  double at_most = 1.5;
  std::string only;
};

struct Measured {
  double cpu_ms_per_call_second = 0;
  double megabytes = 0;
  double seconds = 0;
  Counts counts;
};

Counts operator-(const Counts& later, const Counts& sooner) {
  Counts between;
  between.media_sent = later.media_sent - sooner.media_sent;
  between.marks_echoed = later.marks_echoed - sooner.marks_echoed;
  between.frames_received = later.frames_received - sooner.frames_received;
  between.audio_bytes_received = later.audio_bytes_received - sooner.audio_bytes_received;
  between.gaps = later.gaps - sooner.gaps;
  between.deltas_sent = later.deltas_sent - sooner.deltas_sent;
  between.appends_received = later.appends_received - sooner.appends_received;
  between.append_bytes_received = later.append_bytes_received - sooner.append_bytes_received;
  between.lost = later.lost;
  return between;
}

Measured measure(const Options& options, bool bridge) {
  Load load;
  std::vector<std::string> command{(options.bin / "epoll_forwarder").string(),
                                   std::to_string(load.model_port())};
  std::filesystem::path configuration;
  if (bridge) {
    configuration =
        bench::write_configuration(load.model_port(), {options.calls, 1});  // one, as the forwarder
    command = {(options.bin / "linecheck-bridge").string(), "--config", configuration.string()};
  }
  ServerProcess server(command);
  if (bridge) std::filesystem::remove(configuration);
  load.dial(server.port(), bridge ? bench::fetch_parameters(server.port(), 0, options.calls)
                                  : std::vector<bench::Parameters>(options.calls));
  load.run_until(std::chrono::steady_clock::now() + std::chrono::seconds(options.warm_up));
  if (load.established() != options.calls) {
    throw std::runtime_error("only " + std::to_string(load.established()) + " of " +
                             std::to_string(options.calls) + " calls were set up in the warm-up");
  }
  const auto counts_before = load.counts();
  const auto began = std::chrono::steady_clock::now();
  const double cpu_before = server.cpu_seconds();
  load.run_until(began + std::chrono::seconds(options.seconds));
  const double cpu = server.cpu_seconds() - cpu_before;
  Measured measured;
  measured.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  measured.cpu_ms_per_call_second = 1000 * cpu / (measured.seconds * static_cast<double>(options.calls));
  measured.megabytes = server.peak_megabytes();
  measured.counts = load.counts() - counts_before;
  return measured;
}

/// The share of the audio that real time asks for, in the poorer direction.
double carried(const Measured& measured, std::size_t calls) {
  const double due = 8000.0 * measured.seconds * static_cast<double>(calls);
  return static_cast<double>(
             std::min(measured.counts.audio_bytes_received, measured.counts.append_bytes_received)) /
         due;
}

bool print(const char* name, const Measured& measured, const Options& options) {
  const double share = carried(measured, options.calls);
  const auto& counts = measured.counts;
  std::printf("%-16s %8.3f %7.1f %9llu %9llu %9llu %9llu %7llu %6llu %7.2f%%\n", name,
              measured.cpu_ms_per_call_second, measured.megabytes,
              static_cast<unsigned long long>(counts.media_sent),
              static_cast<unsigned long long>(counts.appends_received),
              static_cast<unsigned long long>(counts.deltas_sent),
              static_cast<unsigned long long>(counts.frames_received),
              static_cast<unsigned long long>(counts.marks_echoed),
              static_cast<unsigned long long>(counts.gaps), 100 * share);
  std::fflush(stdout);
  // A frame or two more may lie on either side of the measured span.
  const bool equal_work = share > 0.99 && counts.lost == 0;
  if (!equal_work) std::printf("%s did not keep up: nothing can be said about its cost\n", name);
  return equal_work;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

int compare(const Options& options) {
  std::printf("%zu calls, %d s after %d s of warm-up, %d rounds\n", options.calls, options.seconds,
              options.warm_up, options.rounds);
  std::printf("%-16s %8s %7s %9s %9s %9s %9s %7s %6s %8s\n", "", "cpu ms", "MB", "media", "appends", "deltas",
              "frames", "marks", "gaps", "carried");
  std::printf("%-16s %8s\n", "", "per call-second");
  std::vector<double> bridge, forwarder;
  for (int round = 0; round < options.rounds; ++round) {
    for (const bool is_bridge : {false, true}) {
      const char* name = is_bridge ? "linecheck-bridge" : "epoll_forwarder";
      if (!options.only.empty() && options.only != name) continue;
      const auto measured = measure(options, is_bridge);
      if (!print(name, measured, options)) return 1;
      (is_bridge ? bridge : forwarder).push_back(measured.cpu_ms_per_call_second);
    }
  }
  if (bridge.empty() || forwarder.empty()) return 0;
  const double ratio = median(bridge) / median(forwarder);
  std::printf("median: bridge %.3f ms, forwarder %.3f ms per call-second; ratio %.2f (at most %.2f)\n",
              median(bridge), median(forwarder), ratio, options.at_most);
  return ratio <= options.at_most ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  CLI::App app("Processor time of linecheck-bridge per second of a call, against a bare epoll forwarder.");
  app.add_option("--bin", options.bin, "folder of linecheck-bridge and epoll_forwarder")
      ->capture_default_str();
  app.add_option("--calls", options.calls)->capture_default_str();
  app.add_option("--seconds", options.seconds, "measured, of each round")->capture_default_str();
  app.add_option("--warm-up", options.warm_up, "seconds before")->capture_default_str();
  app.add_option("--rounds", options.rounds)->capture_default_str();
  app.add_option("--at-most", options.at_most, "a larger ratio is a failure: exit status 1")
      ->capture_default_str();
  app.add_option("--only", options.only, "measure one: linecheck-bridge or epoll_forwarder")
      ->check(CLI::IsMember({"linecheck-bridge", "epoll_forwarder"}));
  CLI11_PARSE(app, argc, argv);
  try {
    return compare(options);
  } catch (const std::exception& error) {
    std::cerr << "bridge_cost: " << error.what() << '\n';
    return 2;
  }
}
