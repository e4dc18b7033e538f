#include "bridge/app/admin.hpp"

#include "bridge/app/open_listener.hpp"
#include "bridge/app/state.hpp"
#include "runtime/core/encoding.hpp"

#include <utility>

namespace bridge::app {

using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using runtime::net::make_response;

runtime::Result<void> Admin::start() {
  runtime::net::Endpoint endpoint;
  endpoint.host = config_.admin.host;
  endpoint.port = config_.admin.port;
  endpoint.limits.connections = config_.limits.connections;
  auto bound = open_listener(seams_.network, "admin", std::move(endpoint), *this, seams_.log);
  if (!bound) return bound.error();
  listener_ = std::move(*bound);
  return {};
}

boost::asio::awaitable<void> Admin::shut_down() {
  if (listener_) co_await listener_->shut_down();
}

boost::asio::awaitable<HttpResponse> Admin::respond(const HttpRequest& request) {
  const auto path = runtime::net::path_of(request.target);
  if (request.upgrade || (request.method != "GET" && request.method != "HEAD")) {
    co_return make_response(405, kText, "expected GET\n");
  }
  const bool guarded = path == "/metrics" || config_.admin.protect_all;
  if (guarded && !knows_password(request)) {
    auto refusal =
        make_response(401, kText, "expected admin.user and admin.password (basic authentication)\n");
    refusal.headers.add("WWW-Authenticate", R"(Basic realm="linecheck-bridge", charset="UTF-8")");
    co_return refusal;
  }
  co_return answer(path);
}

HttpResponse Admin::answer(std::string_view path) {
  if (path == "/metrics") {
    commons_.settle_calls(seams_.clock.now(), seams_.log);
    commons_.scraped();
    return make_response(200, "text/plain; version=0.0.4; charset=utf-8", seams_.book.expose());
  }
  if (path == "/healthz") return make_response(200, kText, "ok\n");
  if (path == "/readyz") {
    return commons_.draining_since() ? make_response(503, kText, "draining\n")
                                     : make_response(200, kText, "ok\n");
  }
  return make_response(404, kText, "there are /metrics, /healthz and /readyz here\n");
}

bool Admin::knows_password(const HttpRequest& request) const {
  if (config_.admin.user.empty()) return true;
  const auto expected = "Basic " + runtime::base64_encode(config_.admin.user + ":" + config_.admin.password);
  return runtime::equal_constant_time(request.headers.get("Authorization"), expected);
}

}  // namespace bridge::app
