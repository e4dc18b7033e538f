#pragma once
#include "runtime/net/network.hpp"

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::control {

using Json = nlohmann::ordered_json;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;

/// Why a request was not carried out, for the person who sent it.
struct Problem {
  std::string what;   // was wrong
  std::string where;  // in the request
  std::string right;  // what would be right
};
/// {"error":{"what":..,"where":..,"right":..}}
HttpResponse refuse(int status, const Problem& problem);
/// Text that is no UTF-8 is repaired, never refused.
HttpResponse show(const Json& json, int status = 200);

/// A request that found its route.
struct Arguments {
  const HttpRequest& request;
  std::vector<std::string> captured;  // what stands where the pattern has {names}, in order
  runtime::net::Form query;

  std::string_view asked(std::string_view name) const { return runtime::net::field(query, name); }
};

/// The routes of one control listener. Everything that is no route is answered with the list of those that
/// are. One thread.
class Api final : public runtime::net::Service {
 public:
  using Handler = std::function<HttpResponse(const Arguments&)>;
  /// May take its time; the arguments live until it is done.
  using WaitingHandler = std::function<boost::asio::awaitable<HttpResponse>(const Arguments&)>;

  /// `pattern`: "/calls/{sid}/faults". A route stands once.
  void on(std::string_view method, std::string_view pattern, Handler handler);
  void on_waiting(std::string_view method, std::string_view pattern, WaitingHandler handler);

  /// "GET /calls/{sid}", in the order of their making.
  std::vector<std::string> routes() const;

  boost::asio::awaitable<HttpResponse> respond(const HttpRequest& request) override;
  /// Never called: no route accepts an upgrade.
  boost::asio::awaitable<void> serve(HttpRequest request,
                                     std::unique_ptr<runtime::net::MessageSocket> socket) override;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    WaitingHandler handler;
  };
  const Route* find(std::string_view method, std::string_view path, std::vector<std::string>& captured) const;
  HttpResponse unknown(const HttpRequest& request) const;

  std::vector<Route> routes_;
};

}  // namespace simulators::control
