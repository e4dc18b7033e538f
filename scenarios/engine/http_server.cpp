#include "scenarios/engine/http_server.hpp"

#include "runtime/net/no_answer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace scenarios::engine {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;

namespace {
/// What hangs ends with the scenario; this only bounds it.
constexpr runtime::Duration kHang = 1h;
}  // namespace

HttpServer::HttpServer(const HttpServerPlan& plan, runtime::Clock& clock, runtime::WireLog& wire,
                       std::function<void(const std::string&)> began)
    : plan_(plan), clock_(clock), wire_(wire), began_(std::move(began)), taken_(plan.routes.size()) {}

const HttpAnswer* HttpServer::next_answer(const HttpRequest& request) {
  for (std::size_t i = 0; i < plan_.routes.size(); ++i) {
    const auto& route = plan_.routes[i];
    if (!route.takes(request.method, request.target)) continue;
    const std::size_t turn = taken_[i]++;
    if (turn == 0) began_(route.as);
    return &route.answers[std::min(turn, route.answers.size() - 1)];
  }
  return nullptr;
}

std::vector<std::string> HttpServer::idle_routes() const {
  std::vector<std::string> idle;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (taken_[i] == 0) idle.push_back(plan_.routes[i].text());
  }
  return idle;
}

HttpResponse HttpServer::no_route() const {
  nlohmann::json routes = nlohmann::json::array();
  for (const auto& route : plan_.routes) routes.push_back(route.text());
  const nlohmann::json body{{"error", "the scenario's '" + plan_.name + "' has no such route"},
                            {"routes", routes}};
  return runtime::net::make_response(404, "application/json", body.dump());
}

void HttpServer::note(runtime::WireLog::Direction direction, const std::string& event,
                      std::string_view body) {
  nlohmann::json line{{"event", event}};
  auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!body.empty()) line["body"] = parsed.is_discarded() ? nlohmann::json(body) : std::move(parsed);
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::string lane = "http." + plan_.name;
  wire_.record({clock_.now(), lane, "", direction, text});
}

asio::awaitable<HttpResponse> HttpServer::respond(const HttpRequest& request) {
  using Direction = runtime::WireLog::Direction;
  note(Direction::from_bridge, request.method + " " + request.target, request.body);
  const HttpAnswer* answer = next_answer(request);
  HttpRequestFacts* facts = nullptr;
  if (requests_.size() < kMost) {
    requests_.push_back(
        {clock_.now(), plan_.name, request.method, request.target, request.headers, request.body, {}});
    facts = &requests_.back();  // stays where it is: a deque that only grows at its end
  }
  HttpResponse response = answer == nullptr ? no_route() : HttpResponse{};
  if (answer != nullptr) {
    const bool hangs = answer->kind == HttpAnswer::Kind::hang;
    const auto until = clock_.now() + (hangs ? kHang : answer->after);
    const bool waited = co_await clock_.sleep_until(until);
    if (!waited || answer->kind != HttpAnswer::Kind::response) co_return runtime::net::no_answer();
    response.status = answer->status;
    for (const auto& [name, value] : answer->headers) response.headers.set(name, value);
    response.body = answer->body;
  }
  if (facts != nullptr) facts->answered = response.status;
  note(Direction::to_bridge, std::to_string(response.status), response.body);
  co_return response;
}

asio::awaitable<void> HttpServer::serve(HttpRequest, std::unique_ptr<runtime::net::MessageSocket>) {
  co_return;
}

}  // namespace scenarios::engine
