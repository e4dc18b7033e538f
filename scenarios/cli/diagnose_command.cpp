#include "runtime/async/system_clock.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/url.hpp"
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/diagnose_source.hpp"
#include "scenarios/cli/fetch.hpp"
#include "scenarios/diagnosis/metrics_reader.hpp"
#include "scenarios/diagnosis/prometheus_answer.hpp"
#include "scenarios/diagnosis/report.hpp"
#include "scenarios/diagnosis/source_text.hpp"
#include "scenarios/engine/promql/exposition.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace scenarios::cli {
namespace {

using diagnosis::Conclusion;
using diagnosis::Evidence;
using diagnosis::Row;
using engine::promql::Samples;

constexpr const char* kPause = "15s";                // as often as a Prometheus looks
constexpr std::size_t kLongestAnswer = 256U << 20U;  // every sample of a family in the time asked for

struct Request {
  std::vector<std::string> sources;
  std::string prometheus, selector, last = "15m", until, wait;
  bool details = false;
};

bool is_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

/// An address without the `user:password@` that it may have. That part is never shown.
struct Address {
  std::string shown;
  std::string credentials;
};

Address address_of(const std::string& text) {
  const auto scheme = text.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  const auto at = text.substr(0, text.find_first_of("/?#", begin)).rfind('@');
  if (at == std::string::npos || at < begin) return {text, {}};
  std::string form = "=";  // percent escapes are those of a form, but for what separates there
  for (const char c : text.substr(begin, at - begin))
    form += c == '+' ? "%2B" : c == '&' ? "%26" : std::string(1, c);
  return {text.substr(0, begin) + text.substr(at + 1), runtime::net::decode_form(form).front().second};
}

/// How a source is called in what is printed.
std::string shown(const std::string& source) {
  return is_url(source) ? address_of(source).shown : source;
}

/// `match[]={job="bridge"}`, as people write it and shells pass it on.
std::string with_escapes(const std::string& url) {
  std::string escaped;
  bool query = false;
  for (const char c : url) {
    query = query || c == '?';
    const bool plain = !query || std::string_view(" \"<>[\\]^`{|}").find(c) == std::string_view::npos;
    escaped += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned>(c));
  }
  return escaped;
}

runtime::net::HttpResponse answer_of(const std::string& text, std::size_t most) {
  const auto address = address_of(text);
  const auto url = runtime::net::parse_url(with_escapes(address.shown));
  if (!url) throw Unreadable(address.shown + " is no http or https URL");
  runtime::net::HttpRequest request;
  request.method = "GET";
  request.answer_bytes = most;
  if (!address.credentials.empty())
    request.headers.add("Authorization", "Basic " + runtime::base64_encode(address.credentials));
  auto fetched = fetch_now(*url, std::move(request));
  if (!fetched)
    throw Unreadable(fmt::format("{}: {} {}", address.shown, fetched.error.message(), fetched.detail));
  return std::move(fetched.response);
}

/// What may be meant by an address that answers with a page or sends on to one.
std::string hint(const std::string& address, const runtime::net::HttpResponse& response) {
  if (response.status == 401) return " (http://USER:PASSWORD@HOST/... logs in)";
  const bool page = response.body.starts_with('<') || (response.status >= 300 && response.status < 400);
  return page ? fmt::format(
                    "; a bridge's metrics are at its admin listener's /metrics, and a Prometheus "
                    "server is asked by --prometheus {}",
                    shown(address))
              : "";
}

std::string body_of(const std::string& address) {
  const auto response = answer_of(address, kLongestScrape);
  if (response.status != 200 || response.body.starts_with('<')) {
    throw Unreadable(fmt::format("{} answered {}: {}{}", shown(address), response.status,
                                 diagnosis::printable(response.body, 200), hint(address, response)));
  }
  return response.body;
}

Samples parsed(const std::string& source, const std::string& text) {
  auto parsed = engine::promql::parse_exposition(diagnosis::bare_text(text));
  if (const auto* error = std::get_if<engine::promql::ExpositionError>(&parsed)) {
    throw Unreadable(fmt::format("{}:{}: {}; expected the metrics of a bridge in Prometheus' text format",
                                 shown(source), error->line, error->message));
  }
  return std::get<Samples>(std::move(parsed));
}

Samples scrape(const std::string& source) {
  return parsed(source, is_url(source) ? body_of(source) : LocalSource(source).whole());
}

/// Empty: the text is no JSON with a string there.
std::string string_at(const char* pointer, const std::string& text) {
  const nlohmann::json::json_pointer at(pointer);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  return json.contains(at) && json.at(at).is_string() ? json.at(at).get<std::string>() : std::string();
}

/// The answer of a Prometheus to a query. What it does not understand was typed wrongly.
std::string ask_prometheus(const Request& request, const std::string& query, const std::string& when) {
  runtime::net::Form form{{"query", query}};
  if (!when.empty()) form.emplace_back("time", when);
  const auto response =
      answer_of(request.prometheus + "/api/v1/query?" + runtime::net::encode_form(form), kLongestAnswer);
  if (response.status == 200) return response.body;
  const auto why = string_at("/error", response.body);
  const auto text = diagnosis::printable(why.empty() ? response.body : why, 200);
  if (response.status == 400) {
    throw CLI::ValidationError(
        "--selector or --until",
        fmt::format("Prometheus does not understand it: {}; right would be --selector 'job=\"bridge\"' and "
                    "--until 2026-03-05T09:00:00Z",
                    text));
  }
  throw Unreadable(fmt::format("{} answered {}: {}", shown(request.prometheus), response.status, text));
}

[[noreturn]] void no_prometheus(const Request& request) {
  throw Unreadable(shown(request.prometheus) + " does not answer as Prometheus' API does (/api/v1/query)");
}

/// What a Prometheus scraped of the bridges in the time asked for.
diagnosis::ScrapedSpan scraped_span(const Request& request) {
  const auto seconds = diagnosis::prometheus_seconds(request.last);
  if (!seconds) {
    throw CLI::ValidationError(
        "--last", fmt::format("{} is no duration; right would be 30s, 15m, 2h or 1d", request.last));
  }
  // The same end for every question, and in the numbers that samples are dated with.
  const auto end = string_at("/data/result/1", ask_prometheus(request, "time()", request.until));
  if (end.empty()) no_prometheus(request);
  const double ends = std::strtod(end.c_str(), nullptr);
  diagnosis::ScrapedSpan span(ends - *seconds, ends);
  const auto take = [&](const std::string& metric) {
    const auto query = fmt::format("{}{{{}}}[{}]", metric, request.selector, request.last);
    if (!span.add(metric, ask_prometheus(request, query, end))) no_prometheus(request);
  };
  take(diagnosis::kProcessStart);
  for (const auto& wanted : diagnosis::wanted_metrics()) take(wanted.metric);
  return span;
}

Exit exit_of(bool silent, Row row) {
  if (silent) return Exit::failed;
  return diagnosis::is_unknown(row) ? Exit::environment : Exit::passed;
}

Exit tell(const std::string& title, const Conclusion& conclusion) {
  std::fputs(diagnosis::write_conclusion(title, conclusion).c_str(), stdout);
  return exit_of(conclusion.silent(), conclusion.row);
}

Exit read_log(LocalSource& source, bool details) {
  diagnosis::LogReader log;
  source.each_piece([&](std::string_view piece) { log.feed(piece); });
  log.finish();
  const auto report = diagnosis::write_log_report(source.name(), log, details);
  std::fputs(report.text.c_str(), stdout);
  return exit_of(report.silent, report.worst);
}

Exit tell_scrape(const std::string& name, const Samples& samples) {
  return tell(name + ", since the bridge started", diagnosis::conclude(diagnosis::read_metrics(samples)));
}

Exit read_one(const std::string& name, bool details) {
  if (is_url(name)) return tell_scrape(shown(name), scrape(name));
  LocalSource source(name);
  if (!source.holds_metrics()) return read_log(source, details);
  return tell_scrape(source.name(), parsed(source.name(), source.whole()));
}

Evidence of_bridge(const diagnosis::ScrapedSpan& scraped, const std::string& name, const Samples& samples) {
  auto evidence = diagnosis::read_metrics(samples);
  const auto restarts = scraped.restarts(name);
  if (restarts.times > 0) evidence.restarts = restarts.times;
  const auto vanished = scraped.calls_at_vanishing(name);
  if (vanished) evidence.vanished = 1;
  if (restarts.times > 0 || vanished) evidence.calls_cut = restarts.calls + vanished.value_or(0);
  return evidence;
}

/// On all bridges, and on each if there are several: one may be silent among others that are not.
Exit ask_bridges(const Request& request) {
  Evidence all;
  std::map<std::string, Evidence> by_bridge;
  const auto scraped = scraped_span(request);
  for (const auto& [name, samples] : scraped.bridges()) {
    all.add(by_bridge[name] = of_bridge(scraped, name, samples));
  }
  std::vector<diagnosis::Part> bridges;
  for (auto& [name, evidence] : by_bridge) {
    evidence.streams_elsewhere = all.caller_frames.value_or(0) > evidence.caller_frames.value_or(0);
    bridges.push_back({name, diagnosis::conclude(evidence)});
  }
  const auto span = request.until.empty() ? fmt::format("the last {}", request.last)
                                          : fmt::format("the {} until {}", request.last, request.until);
  const auto title = fmt::format("{}, {}", shown(request.prometheus), span);
  if (bridges.empty()) {
    throw Unreadable(title + ": no bridge was scraped in that time; does --selector name one, and is it up?");
  }
  if (bridges.size() < 2) return tell(title, diagnosis::conclude(all));
  const auto exit = tell(title, diagnosis::conclude_parts(bridges, all, "bridges"));
  std::fputs(diagnosis::write_parts("by bridge, the worst first", bridges, request.details).c_str(), stdout);
  return exit;
}

std::chrono::milliseconds pause_of(const std::string& text) {
  const auto seconds = diagnosis::prometheus_seconds(text);
  if (!seconds || *seconds > 86'400) {
    throw CLI::ValidationError("--for", fmt::format("{} is no such time; right would be 30s or 5m", text));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
}

/// Two scrapes of the same bridge one behind the other would show nothing that happened.
void wait_between(const Request& request) {
  const bool same = is_url(request.sources.back()) && request.sources.front() == request.sources.back();
  if (request.wait.empty() && !same) return;
  const std::string pause = request.wait.empty() ? kPause : request.wait;
  std::fprintf(stderr, "scraped once; the second scrape follows in %s\n", pause.c_str());
  wait_now(pause_of(pause));
}

Exit diagnose(const Request& request) {
  if (!request.prometheus.empty()) return ask_bridges(request);
  const auto& source = request.sources.front();
  const bool twice = !request.wait.empty() || request.sources.size() == 2;
  if (twice) {
    if (!request.wait.empty() && !is_url(request.sources.back())) {
      throw CLI::ValidationError("--for",
                                 "there is nothing to wait for in a file; give the URL of a /metrics");
    }
    const auto earlier = scrape(source);
    wait_between(request);
    const auto later = scrape(request.sources.back());
    if (diagnosis::swapped(earlier, later)) {
      throw CLI::ValidationError("LOG|METRICS", "the later scrape comes first; give the earlier one first");
    }
    return tell("between the two scrapes", diagnosis::conclude(diagnosis::read_metrics(earlier, later)));
  }
  return read_one(source, request.details);
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
      ->add_option(
          "--for", request->wait,
          "scrape the URL twice, so long apart (30s): what happened in between; of two URLs that are "
          "the same 15s")
      ->needs(sources);
  auto* prometheus = command->add_option("--prometheus", request->prometheus,
                                         "ask this Prometheus server instead (its base URL)");
  prometheus->excludes(sources);
  command->add_option("--last", request->last, "with --prometheus: so much time back")
      ->capture_default_str()
      ->needs(prometheus);
  command
      ->add_option("--until", request->until, "with --prometheus: up to then, not now (2026-03-05T09:00:00Z)")
      ->needs(prometheus);
  command->add_option("--selector", request->selector, "with --prometheus: which series (job=\"bridge\")")
      ->needs(prometheus);
  command->add_flag("--details", request->details, "the evidence of each call (or bridge), too");
  command->footer(
      "Exit codes: 0 sound was heard, or nothing was due; 1 callers heard silence or were\n"
      "turned away; 3 the source cannot tell, or cannot be read. A log needs no more than the markers\n"
      "[RX_AUDIO_DELTA], [TX_FRAME_FIRST] and [TX_FRAME_BATCH].\n"
      "Example: journalctl -u linecheck-bridge | linecheck diagnose -");
  command->callback([request, &exit] {
    if (request->sources.empty() && request->prometheus.empty()) {
      throw CLI::RequiredError("LOG|METRICS or --prometheus");
    }
    while (request->prometheus.ends_with('/')) request->prometheus.pop_back();
    auto& selector = request->selector;
    if (selector.starts_with('{') && selector.ends_with('}'))
      selector = selector.substr(1, selector.size() - 2);
    if (!request->wait.empty()) (void)pause_of(request->wait);
    try {
      exit = diagnose(*request);
    } catch (const Unreadable& error) {
      std::fprintf(stderr, "linecheck: %s\n", error.what());
      exit = Exit::environment;
    }
  });
}

}  // namespace scenarios::cli
