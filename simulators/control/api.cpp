#include "simulators/control/api.hpp"

#include <algorithm>
#include <utility>

namespace simulators::control {
namespace asio = boost::asio;
namespace net = runtime::net;
namespace {

/// Whether `path` follows `pattern`; fills `captured`.
bool follows(std::string_view path, std::string_view pattern, std::vector<std::string>& captured) {
  captured.clear();
  while (!path.empty() && !pattern.empty()) {
    const auto here = path.substr(0, path.find('/', 1));
    const auto wanted = pattern.substr(0, pattern.find('/', 1));
    if (wanted.starts_with("/{")) {
      if (here.size() < 2) return false;
      captured.emplace_back(here.substr(1));
    } else if (here != wanted) {
      return false;
    }
    path.remove_prefix(here.size());
    pattern.remove_prefix(wanted.size());
  }
  return path.empty() && pattern.empty();
}

asio::awaitable<HttpResponse> at_once(const Api::Handler& handler, const Arguments& arguments) {
  co_return handler(arguments);
}

}  // namespace

HttpResponse show(const Json& json, int status) {
  return net::make_response(status, "application/json",
                            json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

HttpResponse refuse(int status, const Problem& problem) {
  return show({{"error", {{"what", problem.what}, {"where", problem.where}, {"right", problem.right}}}},
              status);
}

void Api::on(std::string_view method, std::string_view pattern, Handler handler) {
  on_waiting(method, pattern, [handler = std::move(handler)](const Arguments& arguments) {
    return at_once(handler, arguments);
  });
}

void Api::on_waiting(std::string_view method, std::string_view pattern, WaitingHandler handler) {
  routes_.push_back({std::string(method), std::string(pattern), std::move(handler)});
}

std::vector<std::string> Api::routes() const {
  std::vector<std::string> all;
  for (const auto& route : routes_) all.push_back(route.method + " " + route.pattern);
  return all;
}

const Api::Route* Api::find(std::string_view method, std::string_view path,
                            std::vector<std::string>& captured) const {
  const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) {
    return route.method == method && follows(path, route.pattern, captured);
  });
  return found == routes_.end() ? nullptr : &*found;
}

HttpResponse Api::unknown(const HttpRequest& request) const {
  const std::string path(net::path_of(request.target));
  std::string allowed;
  std::vector<std::string> ignored;
  for (const auto& route : routes_) {
    if (follows(path, route.pattern, ignored)) allowed += (allowed.empty() ? "" : ", ") + route.method;
  }
  Json body;
  body["error"] = {
      {"what", allowed.empty() ? "there is no such route" : "this route does not take " + request.method},
      {"where", request.method + " " + path},
      {"right", allowed.empty() ? "one of `routes`" : "one of: " + allowed}};
  body["routes"] = routes();
  HttpResponse response = show(body, allowed.empty() ? 404 : 405);
  if (!allowed.empty()) response.headers.set("Allow", allowed);
  return response;
}

asio::awaitable<HttpResponse> Api::respond(const HttpRequest& request) {
  Arguments arguments{request, {}, net::decode_form(net::query_of(request.target))};
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  const Route* route = find(method, net::path_of(request.target), arguments.captured);
  if (route == nullptr) co_return unknown(request);
  co_return co_await route->handler(arguments);
}

asio::awaitable<void> Api::serve(HttpRequest, std::unique_ptr<net::MessageSocket>) {
  co_return;
}

}  // namespace simulators::control
