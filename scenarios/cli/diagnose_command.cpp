#include "runtime/async/system_clock.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/url.hpp"
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/fetch.hpp"
#include "scenarios/diagnosis/metrics_reader.hpp"
#include "scenarios/diagnosis/report.hpp"
#include "scenarios/engine/promql/exposition.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace scenarios::cli {
namespace {

using diagnosis::Conclusion;
using diagnosis::Evidence;
using diagnosis::Row;
using engine::promql::Samples;

constexpr std::size_t kPiece = 1U << 16U;

struct Request {
  std::vector<std::string> sources;
  std::string prometheus, selector, last = "15m", until;
  bool details = false;
};

/// Could not be read: says nothing about the bridge.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool is_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::string body_of(const std::string& address) {
  const auto url = runtime::net::parse_url(address);
  if (!url) throw Unreadable(address + " is no http or https URL");
  runtime::net::HttpRequest request;
  request.method = "GET";
  const auto fetched = fetch_now(*url, std::move(request));
  if (!fetched) throw Unreadable(fmt::format("{}: {} {}", address, fetched.error.message(), fetched.detail));
  if (fetched.response.status != 200) {
    throw Unreadable(fmt::format("{} answered {}: {}", address, fetched.response.status,
                                 diagnosis::printable(fetched.response.body, 200)));
  }
  return fetched.response.body;
}

std::string text_of(const std::string& source) {
  if (is_url(source)) return body_of(source);
  std::ifstream file(source, std::ios::binary);
  if (!file) throw Unreadable(source + " is neither a URL nor a file that can be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

Samples scrape(const std::string& source) {
  auto parsed = engine::promql::parse_exposition(text_of(source));
  if (const auto* error = std::get_if<engine::promql::ExpositionError>(&parsed)) {
    throw Unreadable(fmt::format("{}:{}: {}; expected the metrics of a bridge in Prometheus' text format",
                                 source, error->line, error->message));
  }
  return std::get<Samples>(std::move(parsed));
}

bool holds_metrics(const std::string& source) {
  if (is_url(source)) return true;
  std::ifstream file(source, std::ios::binary);
  if (!file) throw Unreadable(source + " is neither a URL nor a file that can be read");
  std::string first;
  std::getline(file, first);
  return first.starts_with("# HELP ") || first.starts_with("# TYPE ") || first.starts_with("voicebridge_");
}

void add_result(const std::string& metric, const nlohmann::json& result, Samples& into) {
  for (const auto& series : result) {
    engine::promql::Sample sample;
    sample.name = metric;
    for (const auto& [name, value] : series.at("metric").items())
      sample.labels[name] = value.get<std::string>();
    sample.value = std::stod(series.at("value").at(1).get<std::string>());
    into.push_back(std::move(sample));
  }
}

/// What a Prometheus saw of the bridges in the time asked for.
Samples ask_prometheus(const Request& request) {
  Samples samples;
  for (const auto& wanted : diagnosis::wanted_metrics()) {
    const auto selected = fmt::format("{}{{{}}}", wanted.metric, request.selector);
    const auto query =
        fmt::format("sum by (verdict, reason, how, stage, code) ({})",
                    wanted.gauge ? selected : fmt::format("increase({}[{}])", selected, request.last));
    runtime::net::Form form{{"query", query}};
    if (!request.until.empty()) form.emplace_back("time", request.until);
    const auto address = request.prometheus + "/api/v1/query?" + runtime::net::encode_form(form);
    const auto answer = nlohmann::json::parse(body_of(address), nullptr, false);
    try {
      add_result(wanted.metric, answer.at("data").at("result"), samples);
    } catch (const std::exception&) {
      throw Unreadable(request.prometheus + " does not answer as Prometheus' API does (/api/v1/query)");
    }
  }
  return samples;
}

Exit exit_of(bool silent, Row row) {
  if (silent) return Exit::failed;
  return row == Row::left_the_bridge || row == Row::no_evidence ? Exit::environment : Exit::passed;
}

Exit tell(const std::string& title, const Evidence& evidence) {
  const Conclusion conclusion = diagnosis::conclude(evidence);
  std::fputs(diagnosis::write_conclusion(title, conclusion).c_str(), stdout);
  return exit_of(conclusion.silent(), conclusion.row);
}

Exit read_log(const std::string& source, bool details) {
  std::ifstream file;
  if (source != "-") file.open(source, std::ios::binary);
  if (source != "-" && !file) throw Unreadable(source + " cannot be read");
  std::istream& in = source == "-" ? std::cin : file;
  diagnosis::LogReader log;
  std::array<char, kPiece> piece{};
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0) {
    log.feed({piece.data(), static_cast<std::size_t>(in.gcount())});
  }
  log.finish();
  const auto report = diagnosis::write_log_report(source == "-" ? "standard input" : source, log, details);
  std::fputs(report.text.c_str(), stdout);
  return exit_of(report.silent, report.worst);
}

Exit diagnose(const Request& request) {
  if (!request.prometheus.empty()) {
    return tell(fmt::format("{}, the last {}", request.prometheus, request.last),
                diagnosis::read_metrics(ask_prometheus(request)));
  }
  const auto& source = request.sources.front();
  if (request.sources.size() == 2) {
    const auto earlier = scrape(source);
    const auto later = scrape(request.sources.back());
    return tell("between the two scrapes", diagnosis::read_metrics(earlier, later));
  }
  if (source == "-" || !holds_metrics(source)) return read_log(source, request.details);
  return tell(source + ", since the bridge started", diagnosis::read_metrics(scrape(source)));
}

}  // namespace

void add_diagnose(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<Request>();
  auto* command = app.add_subcommand("diagnose", "where did the sound stop? asks a bridge's log or metrics");
  auto* sources =
      command->add_option("LOG|METRICS", request->sources,
                          "a log file (- for standard input), a saved scrape, or the URL of a bridge's "
                          "/metrics; two scrapes: what happened between them");
  sources->expected(1, 2)->option_text(" ");
  command
      ->add_option("--prometheus", request->prometheus, "ask this Prometheus server instead (its base URL)")
      ->excludes(sources);
  command->add_option("--last", request->last, "with --prometheus: so much time back")->capture_default_str();
  command->add_option("--until", request->until,
                      "with --prometheus: up to then, not now (2026-03-05T09:00:00Z)");
  command->add_option("--selector", request->selector, "with --prometheus: which series (job=\"bridge\")");
  command->add_flag("--details", request->details, "the evidence of each call, too");
  command->footer(
      "Exit codes: 0 sound was heard, or nothing was due; 1 callers heard silence; 3 the\n"
      "source cannot tell, or cannot be read. A log needs no more than the markers\n"
      "[RX_AUDIO_DELTA], [TX_FRAME_FIRST] and [TX_FRAME_BATCH].\n"
      "Example: journalctl -u linecheck-bridge | linecheck diagnose -");
  command->callback([request, &exit] {
    if (request->sources.empty() && request->prometheus.empty()) {
      throw CLI::RequiredError("LOG|METRICS or --prometheus");
    }
    while (request->prometheus.ends_with('/')) request->prometheus.pop_back();
    try {
      exit = diagnose(*request);
    } catch (const Unreadable& error) {
      std::fprintf(stderr, "linecheck: %s\n", error.what());
      exit = Exit::environment;
    }
  });
}

}  // namespace scenarios::cli
