#include "scenarios/cli/probe.hpp"

#include "runtime/async/first_of.hpp"
#include "scenarios/cli/probe_report.hpp"
#include "simulators/control/journal.hpp"
#include "simulators/twilio/fake_twilio.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace scenarios::cli {
namespace asio = boost::asio;
namespace net = runtime::net;
namespace twilio = simulators::twilio;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kMetrics = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::size_t kJournal = 1U << 20U;  // nobody asks for it
/// Calls at once: a scraper that does not wait for answers must not become a load test.
constexpr int kAtOnce = 4;
/// Of the scraper's time, for the way of the answer.
constexpr runtime::Duration kAnswerTakes = 500ms;

}  // namespace

asio::awaitable<Probed> probe(Server& server, const twilio::Account& account, twilio::CallPlan plan,
                              std::string target, runtime::Duration limit) {
  metrics::Book book;
  simulators::control::Journal journal(server.executor(), server.clock(), kJournal);
  twilio::Settings settings;
  settings.account = account;
  settings.on_failure = report_failure;
  const twilio::Environment environment{
      server.executor(), server.clock(), server.ticker(), server.network(), server.random(), journal, book};
  twilio::FakeTwilio fake(environment, std::move(settings));
  plan.voice_url = std::move(target);
  const auto begun = server.clock().now();
  const twilio::CallFacts& call = fake.place(std::move(plan));
  (void)co_await runtime::first_of(runtime::first_of(fake.all_ended(), server.stopped().wait()),
                                   server.clock().sleep_until(begun + limit));
  const bool complete = call.ended_at.has_value();
  fake.hang_up_all();
  co_await fake.shut_down();
  const auto took = call.ended_at.value_or(server.clock().now()) - begun;
  co_return Probed{probe_succeeded(call, complete), probe_metrics(call, took, complete)};
}

asio::awaitable<net::HttpResponse> ProbeService::respond(const net::HttpRequest& request) {
  const auto path = net::path_of(request.target);
  if (path == "/-/healthy") co_return net::make_response(200, kText, "ok\n");
  if (path == "/metrics") co_return net::make_response(200, kMetrics, server_.book().expose());
  if (path != "/probe") {
    co_return net::make_response(404, kText, "there are /probe?target=URL, /metrics and /-/healthy here\n");
  }
  const auto query = net::decode_form(net::query_of(request.target));
  const std::string target(net::field(query, "target"));
  const auto url = net::parse_url(target);
  if (!url || (url->scheme != "http" && url->scheme != "https")) {
    co_return net::make_response(
        400, kText,
        fmt::format(
            "`target` is '{}'; expected the URL of a voice webhook: https://HOST/webhook/incoming_call\n",
            target));
  }
  if (!options_.targets.empty() && std::ranges::find(options_.targets, target) == options_.targets.end()) {
    co_return net::make_response(403, kText, "this target is not among those of --target\n");
  }
  if (running_ >= kAtOnce) {
    co_return net::make_response(503, kText, fmt::format("{} calls are under way: ask later\n", running_));
  }
  ++running_;
  auto calling = probe(server_, options_.account, options_.plan, target, limit_of(request));
  auto probed = co_await std::move(calling);
  --running_;
  server_.say(fmt::format("probe {} {}", target, probed.success ? "succeeded" : "FAILED"));
  co_return net::make_response(200, kMetrics, std::move(probed.metrics));
}

asio::awaitable<void> ProbeService::serve(net::HttpRequest, std::unique_ptr<net::MessageSocket>) {
  co_return;
}

runtime::Duration ProbeService::limit_of(const net::HttpRequest& request) const {
  const auto header = request.headers.get("X-Prometheus-Scrape-Timeout-Seconds");
  double given = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), given);
  if (error != std::errc() || end != header.data() + header.size() || given <= 0 || given > 3600) {
    return options_.limit;
  }
  const auto theirs = runtime::Duration(static_cast<std::int64_t>(given * 1e9)) - kAnswerTakes;
  return std::clamp<runtime::Duration>(theirs, 1s, options_.limit);
}

}  // namespace scenarios::cli
