#include "scenarios/cli/proxy_recorder.hpp"

#include "runtime/async/first_of.hpp"
#include "runtime/async/with_deadline.hpp"
#include "scenarios/cli/server.hpp"
#include "scenarios/engine/journal.hpp"
#include "scenarios/recording/proxy.hpp"
#include "scenarios/report/folder.hpp"
#include "scenarios/report/redact.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <utility>

namespace scenarios::cli {
namespace asio = boost::asio;
namespace net = runtime::net;

namespace {

constexpr std::size_t kMostJournal = 512U << 20U;  // bytes: what is beyond is left out, and said

/// Listens for both sides, and holds until the call is over.
class ProxyRun {
 public:
  ProxyRun(const ProxyRequest& request, Server& server)
      : request_(request),
        server_(server),
        journal_(kMostJournal),
        proxy_(server.executor(), server.clock(), server.network(), journal_,
               {*net::parse_url(request.bridge), *net::parse_url(request.upstream)}) {
    journal_.begin(server.clock().now());
  }

  asio::awaitable<void> run() {
    std::string twilio_host, openai_host;
    const bool open = server_.listen(request_.twilio, false, proxy_.for_twilio(), twilio_, twilio_host) &&
                      server_.listen(request_.openai, false, proxy_.for_bridge(), openai_, openai_host);
    if (open) {
      std::printf("linecheck record ready twilio=http://%s openai=http://%s\n", twilio_host.c_str(),
                  openai_host.c_str());
      std::fflush(stdout);
      co_await hold();
    }
    listening_ = open;
    co_await proxy_.end();
    if (twilio_) co_await twilio_->shut_down();
    if (openai_) co_await openai_->shut_down();
  }

  bool listening() const { return listening_; }
  bool any() { return proxy_.call_began().is_set(); }
  std::string wires() const { return journal_.text(); }

 private:
  /// Until `event`, a signal, or the deadline.
  asio::awaitable<void> wait(runtime::Event& event, runtime::TimePoint deadline) {
    (void)co_await runtime::first_of(runtime::first_of(event.wait(), server_.stopped().wait()),
                                     server_.clock().sleep_until(deadline));
  }
  asio::awaitable<void> hold() {
    const auto now = server_.clock().now();
    co_await wait(proxy_.call_began(), now + std::chrono::minutes(request_.within_minutes));
    if (!any() || server_.stopped().is_set()) co_return;
    server_.say("the call has begun");
    const auto begun = server_.clock().now();
    co_await wait(proxy_.call_ended(), begun + std::chrono::minutes(request_.longest_minutes));
    server_.say("the call is over");
  }

  const ProxyRequest& request_;
  Server& server_;
  engine::Journal journal_;
  recording::Proxy proxy_;
  std::unique_ptr<net::Listener> twilio_, openai_;
  bool listening_ = false;
};

}  // namespace

std::string wrong_url(const std::string& text) {
  return net::parse_url(text)
             ? ""
             : "'" + text + "' is no URL, such as http://127.0.0.1:8080 or wss://api.openai.com";
}

Exit record_by_proxy(const ProxyRequest& request, const RecordTo& to) {
  ServerOptions options;
  options.trust = request.trust;
  options.message_bytes = recording::kLongestMessage;
  Server server(options);
  ProxyRun run(request, server);
  server.work(run.run());
  if (!run.listening()) return Exit::environment;
  const bool interrupted = server.stopped().is_set();
  if (!run.any()) {
    std::fputs("linecheck: no call came, and nothing was written\n", stderr);
    return interrupted ? Exit::interrupted : Exit::environment;
  }
  Recorded recorded;
  recorded.wires = run.wires();
  if (!request.wires.empty()) {
    if (const auto wrong = report::write_file(request.wires, report::redacted(recorded.wires))) {
      std::fprintf(stderr, "linecheck: %s\n", wrong->c_str());
      return Exit::environment;
    }
  }
  std::size_t notes = 0;
  if (const auto exit = write_recorded(recorded, to, notes); exit != Exit::passed) return exit;
  say_recorded(to, notes);
  return interrupted ? Exit::interrupted : Exit::passed;
}

}  // namespace scenarios::cli
