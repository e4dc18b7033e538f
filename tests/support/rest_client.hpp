#pragma once
#include "tests/support/scripted_bridge.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tests {

/// Asks the fake's REST API, through the network, and waits for the answer.
class RestTest : public FakeTwilioTest {
 public:
  using FakeTwilioTest::FakeTwilioTest;
  static constexpr std::string_view kAccount = "AC00000000000000000000000000000001";
  static constexpr std::string_view kToken = "12345678901234567890123456789012";

  /// `path`: behind the account, "Calls.json"; or absolute, as a page's uri is.
  runtime::net::HttpRequest rest_request(std::string method, const std::string& path,
                                         const runtime::net::Form& form, std::string_view token = kToken,
                                         std::string_view user = kAccount) {
    runtime::net::HttpRequest request;
    request.method = std::move(method);
    request.target =
        path.starts_with('/') ? path : "/2010-04-01/Accounts/" + std::string(kAccount) + "/" + path;
    const std::string credentials = std::string(user) + ":" + std::string(token);
    request.headers.add("Authorization", "Basic " + runtime::base64_encode(credentials));
    request.body = runtime::net::encode_form(form);
    return request;
  }
  runtime::net::HttpResponse rest(std::string method, const std::string& path, const runtime::net::Form& form,
                                  std::string_view token = kToken, std::string_view user = kAccount) {
    return answer_to(rest_request(std::move(method), path, form, token, user));
  }
  runtime::net::HttpResponse answer_to(const runtime::net::HttpRequest& request) {
    const auto fetched = ask(request);
    EXPECT_TRUE(loop_.run_until([&] { return fetched->has_value(); }, std::chrono::minutes(1)));
    return (*fetched)->response;
  }
  /// Without waiting.
  std::shared_ptr<std::optional<runtime::net::Fetched>> ask(const runtime::net::HttpRequest& request) {
    auto into = std::make_shared<std::optional<runtime::net::Fetched>>();
    boost::asio::co_spawn(loop_.context(), fetch(request, into), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    return into;
  }
  nlohmann::json shown(const std::string& sid) {
    return nlohmann::json::parse(rest("GET", "Calls/" + sid + ".json", {}).body);
  }

 private:
  boost::asio::awaitable<void> fetch(runtime::net::HttpRequest request,
                                     std::shared_ptr<std::optional<runtime::net::Fetched>> into) {
    auto url = *runtime::net::parse_url("http://api.test" + request.target);
    into->emplace(co_await fabric_.network("bridge").fetch(std::move(url), std::move(request),
                                                           std::chrono::seconds(10)));
  }
};

/// "400 21201": what a refusal comes down to.
inline std::string code_of(const runtime::net::HttpResponse& response) {
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  return std::to_string(response.status) + " " +
         (body.is_object() ? body.value("code", nlohmann::json()).dump() : response.body);
}

}  // namespace tests
