#pragma once
#include "runtime/async/system_clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/net/system_network.hpp"
#include "scenarios/engine/source.hpp"
#include "scenarios/engine/yaml.hpp"
#include "simulators/control/journal.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tests {

/// The document of a control interface: knows its routes, and whether a response is as it says.
class ControlDocument {
 public:
  explicit ControlDocument(std::string_view text) {
    std::vector<scenarios::engine::Problem> problems;
    const scenarios::engine::Source source("control.openapi.yaml", std::string(text));
    auto read = scenarios::engine::read_yaml(source, problems);
    EXPECT_TRUE(problems.empty()) << scenarios::engine::describe(source, problems);
    json_ = read->json;
  }

  /// "GET /calls/{sid}", and with each status "GET /calls/{sid} 404".
  std::set<std::string> routes() const {
    std::set<std::string> all;
    for (const auto& [path, item] : json_["paths"].items()) {
      for (const auto& [method, operation] : item.items()) {
        if (operation.is_object()) all.insert(upper(method) + " " + path);
      }
    }
    return all;
  }
  std::set<std::string> answers() const {
    std::set<std::string> all;
    for (const auto& route : routes()) {
      for (const auto& [status, unused] : operation(route)["responses"].items())
        all.insert(route + " " + status);
    }
    return all;
  }

  /// What is wrong with a response to `route`; empty: nothing.
  std::string judge(const std::string& route, const runtime::net::HttpResponse& response) const {
    const auto& responses = operation(route)["responses"];
    const auto status = std::to_string(response.status);
    if (!responses.contains(status)) return route + " is not documented to answer " + status;
    auto described = responses[status];
    if (described.contains("$ref")) described = json_.at(pointer(described["$ref"]));
    std::string type(response.headers.get("Content-Type"));
    type = type.substr(0, type.find(';'));
    if (!described["content"].contains(type)) return route + " is not documented to answer with " + type;
    if (type != "application/json") return {};
    return check(described["content"][type]["schema"], response.body);
  }

  /// `body` against a schema that may refer to the document's components.
  std::string check(nlohmann::json schema, const std::string& body) const {
    schema["components"] = json_["components"];
    if (schema.contains("$ref")) {  // beside $ref older drafts look at nothing
      auto referred = json_.at(pointer(schema["$ref"]));
      referred["components"] = json_["components"];
      schema = std::move(referred);
    }
    valijson::Schema compiled;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), compiled);
    valijson::ValidationResults results;
    const auto value = nlohmann::json::parse(body);
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    if (validator.validate(compiled, valijson::adapters::NlohmannJsonAdapter(value), &results)) return {};
    std::string text = body;
    for (const auto& error : results) {
      for (const auto& place : error.context) text += "\n  " + place;
      text += ": " + error.description;
    }
    return text;
  }

 private:
  static std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }
  static nlohmann::json::json_pointer pointer(const std::string& reference) {
    return nlohmann::json::json_pointer(reference.substr(1));
  }
  const nlohmann::json& operation(const std::string& route) const {
    const auto space = route.find(' ');
    const auto& item = json_.at("paths").at(route.substr(space + 1));
    for (auto method = item.begin(); method != item.end(); ++method) {
      if (upper(method.key()) == route.substr(0, space)) return *method;
    }
    throw std::out_of_range(route + " is not documented");
  }

  nlohmann::json json_;
};

/// A fake as a server on real sockets in real time, asked by a client over real sockets.
class ControlTest : public testing::Test {
 public:
  ControlTest()
      : network_(runtime::net::make_system_network(ioc_.get_executor(), clock_, {})),
        ticker_(ioc_.get_executor(), clock_, std::chrono::milliseconds(20)),
        journal_(ioc_.get_executor(), clock_, 1U << 20U) {}

 protected:
  using Response = runtime::net::HttpResponse;

  std::string listen(runtime::net::Service& service) {
    runtime::net::Endpoint endpoint;
    listeners_.push_back(std::move(network_->listen(std::move(endpoint), service).value()));
    return "127.0.0.1:" + std::to_string(listeners_.back()->port());
  }

  /// Asks `route` ("GET /calls/{sid}") with the names filled in, and holds the response to the document.
  Response ask(const std::string& route, std::vector<std::string> names = {}, const std::string& query = {},
               std::string body = {}) {
    const auto space = route.find(' ');
    std::string path = route.substr(space + 1);
    for (const auto& name : names) path.replace(path.find('{'), path.find('}') - path.find('{') + 1, name);
    runtime::net::HttpRequest request;
    request.method = route.substr(0, space);
    request.body = std::move(body);
    const auto fetched = fetch("http://" + control_ + path + query, std::move(request));
    EXPECT_EQ(document_->judge(route, fetched), "") << path << query;
    seen_.insert(route + " " + std::to_string(fetched.status));
    return fetched;
  }
  nlohmann::json json(const Response& response) { return nlohmann::json::parse(response.body); }

  Response fetch(const std::string& url, runtime::net::HttpRequest request = {}) {
    runtime::net::Fetched fetched;
    run(exchange(url, std::move(request), fetched));
    EXPECT_TRUE(fetched) << url << ": " << fetched.error.message();
    return std::move(fetched.response);
  }
  /// Everything that was asked and how it was answered is all that the document promises.
  void expect_all_documented(const std::vector<std::string>& routes) {
    EXPECT_EQ(std::set<std::string>(routes.begin(), routes.end()), document_->routes());
    EXPECT_EQ(seen_, document_->answers());
  }

  void run(boost::asio::awaitable<void> task) {
    bool done = false;
    boost::asio::co_spawn(ioc_, std::move(task), [&done](std::exception_ptr error) {
      done = true;
      if (error) std::rethrow_exception(error);
    });
    while (!done) ioc_.run_one();
  }
  boost::asio::awaitable<void> exchange(std::string url, runtime::net::HttpRequest request,
                                        runtime::net::Fetched& fetched) {
    auto parsed = runtime::net::parse_url(url);
    fetched = co_await network_->fetch(std::move(*parsed), std::move(request), std::chrono::seconds(30));
  }
  boost::asio::awaitable<void> pause() {
    (void)co_await clock_.sleep_until(clock_.now() + std::chrono::milliseconds(10));
  }
  boost::asio::awaitable<void> close_down() {
    for (const auto& listener : listeners_) co_await listener->shut_down();
    co_await ticker_.stop();
  }

  boost::asio::io_context ioc_{1};
  runtime::SystemClock clock_;
  runtime::SeededRandom random_{7};
  std::unique_ptr<runtime::net::Network> network_;
  runtime::Ticker ticker_;
  metrics::Book book_;
  simulators::control::Journal journal_;
  std::optional<ControlDocument> document_;
  std::string control_;  // HOST:PORT
  std::set<std::string> seen_;
  std::vector<std::unique_ptr<runtime::net::Listener>> listeners_;
};

}  // namespace tests
