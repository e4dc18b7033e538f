#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/cli/server.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/script.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace scenarios::cli {

/// What came of one test call.
struct Probed {
  bool success = false;
  std::string metrics;  // Prometheus' text format
};

/// Calls the voice webhook at `target` with `plan`'s caller, for at most `limit`; then the caller hangs up.
boost::asio::awaitable<Probed> probe(Server& server, const simulators::twilio::Account& account,
                                     simulators::twilio::CallPlan plan, std::string target,
                                     runtime::Duration limit);

/// Answers GET /probe?target=URL with the metrics of a call made for it, as the blackbox exporter does.
class ProbeService final : public runtime::net::Service {
 public:
  struct Options {
    simulators::twilio::Account account;
    simulators::twilio::CallPlan plan;
    std::vector<std::string> targets;  // that may be asked for; empty: any
    runtime::Duration limit;
  };
  /// `server` outlives it.
  ProbeService(Server& server, Options options) : server_(server), options_(std::move(options)) {}

  boost::asio::awaitable<runtime::net::HttpResponse> respond(
      const runtime::net::HttpRequest& request) override;
  boost::asio::awaitable<void> serve(runtime::net::HttpRequest,
                                     std::unique_ptr<runtime::net::MessageSocket>) override;

 private:
  /// Prometheus says how long it will wait for the answer.
  runtime::Duration limit_of(const runtime::net::HttpRequest& request) const;

  Server& server_;
  const Options options_;
  int running_ = 0;
};

}  // namespace scenarios::cli
