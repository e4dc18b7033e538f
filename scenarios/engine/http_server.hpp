#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/core/wire_log.hpp"
#include "runtime/net/network.hpp"
#include "scenarios/engine/http_plan.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// One request that came, as it came.
struct HttpRequestFacts {
  runtime::TimePoint at;
  std::string server;
  std::string method, target;
  runtime::net::Headers headers;
  std::string body;
  std::optional<int> answered;  // with this status; absent: with nothing
  std::string text() const { return method + " " + target; }
};

/// A scenario's server: answers by its script and remembers what it was asked. What no route takes gets a 404
/// that says what there is. Bounded: beyond kMost requests they are answered and no longer remembered.
class HttpServer final : public runtime::net::Service {
 public:
  static constexpr std::size_t kMost = 10'000;

  /// `began`: a route with a name takes its first request.
  HttpServer(const HttpServerPlan& plan, runtime::Clock& clock, runtime::WireLog& wire,
             std::function<void(const std::string&)> began);

  boost::asio::awaitable<runtime::net::HttpResponse> respond(
      const runtime::net::HttpRequest& request) override;
  boost::asio::awaitable<void> serve(runtime::net::HttpRequest request,
                                     std::unique_ptr<runtime::net::MessageSocket> socket) override;

  const std::string& name() const { return plan_.name; }
  const std::deque<HttpRequestFacts>& requests() const { return requests_; }
  /// The routes that took no request.
  std::vector<std::string> idle_routes() const;

 private:
  const HttpAnswer* next_answer(const runtime::net::HttpRequest& request);
  runtime::net::HttpResponse no_route() const;
  void note(runtime::WireLog::Direction direction, const std::string& event, std::string_view body);

  const HttpServerPlan& plan_;
  runtime::Clock& clock_;
  runtime::WireLog& wire_;
  std::function<void(const std::string&)> began_;
  std::vector<std::size_t> taken_;  // requests, by route
  std::deque<HttpRequestFacts> requests_;
};

}  // namespace scenarios::engine
