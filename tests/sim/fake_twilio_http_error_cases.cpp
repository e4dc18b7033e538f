#include "tests/sim/fake_twilio_error_cases.hpp"

namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using runtime::net::make_response;
using runtime::sim::Reachability;

/// The voice url's host cannot be reached in this way.
auto unreachable(Reachability how, std::string url = "https://far.test/voice") {
  return [how, url = std::move(url)](ErrorWorld& world) {
    world.fabric_.set_reachability("far.test", how);
    world.plan_.voice_url = url;
    return world.errors();
  };
}
auto answers(std::function<HttpResponse(const HttpRequest&)> answer) {
  return [answer = std::move(answer)](ErrorWorld& world) {
    world.bridge_.answer = answer;
    return world.errors();
  };
}
auto answers(int status, std::string type, std::string body) {
  return answers([=](const HttpRequest&) { return make_response(status, type, body); });
}

std::vector<TwilioError> never_answered(ErrorWorld& world) {
  world.serve("<Hangup/>");
  world.fabric_.on_connection([](const auto& connection) { connection->stall_to_client(std::nullopt); });
  world.plan_.voice_url = "http://bridge.test/voice#tt=2000";
  return world.errors();
}
std::vector<TwilioError> cut_off(ErrorWorld& world) {
  world.serve("<Hangup/>");
  world.fabric_.on_connection([](const auto& connection) { connection->reset(); });
  return world.errors();
}
std::vector<TwilioError> plain_http_to_a_tls_port(ErrorWorld& world) {
  runtime::net::Endpoint endpoint;
  endpoint.host = "secure.test";
  endpoint.port = 443;
  endpoint.tls.emplace();
  const auto listener = std::move(world.fabric_.network("bridge").listen(endpoint, world.bridge_).value());
  world.plan_.voice_url = "http://secure.test:443/voice";
  auto errors = world.errors();
  boost::asio::co_spawn(world.loop_.context(), listener->shut_down(), [](const std::exception_ptr&) {});
  world.loop_.run();
  return errors;
}
HttpResponse round_in_circles(const HttpRequest&) {
  auto response = make_response(302, "text/plain", "");
  response.headers.add("Location", "/again");
  return response;
}
HttpResponse chunked_and_empty(const HttpRequest&) {
  auto response = make_response(200, "text/xml", "");
  response.headers.add("Transfer-Encoding", "chunked");
  return response;
}
/// A status callback that is answered with 500.
std::vector<TwilioError> callback_refused(ErrorWorld& world) {
  world.bridge_.answer = [](const HttpRequest& request) {
    return make_response(request.target == "/status" ? 500 : 200, "text/xml", "<Response/>");
  };
  world.plan_.status_callback = "http://bridge.test/status";
  const CallFacts& facts = world.call();
  world.loop_.run_until([&] { return !facts.errors.empty(); }, 20s);
  return facts.errors;
}
auto callback(std::string url, std::string event) {
  return [url = std::move(url), event = std::move(event)](ErrorWorld& world) {
    world.serve("<Hangup/>");
    world.plan_.status_callback = url;
    world.plan_.status_events = {event};
    return world.errors();
  };
}

}  // namespace

std::vector<ErrorCase> http_error_cases() {
  return {
      {11100, false, "Invalid URL format", "a `<Redirect>` to ftp://",
       [](ErrorWorld& world) {
         world.serve("<Redirect>ftp://x/y</Redirect>");
         return world.errors();
       }},
      {11200, false, "HTTP retrieval failure", "the webhook answers with 500", answers(500, "text/xml", "")},
      {11201, false, "TCP connection timed out", "two attempts to connect, each 5 s",
       unreachable(Reachability::unroutable)},
      {11202, false, "TCP connection refused", "nobody listens there", unreachable(Reachability::refused)},
      {11203, false, "HTTP communication total time out triggered", "no answer within `#tt=2000`",
       never_answered},
      {11205, false, "HTTP connection failure", "the connection is reset before an answer", cut_off},
      {11206, false, "HTTP protocol violation", "http:// to a port that speaks TLS",
       plain_http_to_a_tls_port},
      {11210, false, "HTTP bad host name", "the host name does not resolve",
       unreachable(Reachability::unresolved)},
      {11215, false, "HTTP too many redirects", "the eleventh redirect", answers(round_in_circles)},
      {11220, false, "SSL/TLS Handshake Error", "the TLS handshake fails",
       unreachable(Reachability::tls_failure)},
      {11235, false, "Certificate Invalid - Domain Mismatch", "the certificate is for another host",
       unreachable(Reachability::tls_wrong_host)},
      {11236, false, "Certificate Invalid - Certificate Expired", "the certificate is out of date",
       unreachable(Reachability::tls_expired)},
      {11237, false, "Certificate Invalid - Could not find path to certificate",
       "the certificate is of no known authority", unreachable(Reachability::tls_untrusted)},
      {11750, false, "TwiML response body too large", "a document of 70,000 bytes",
       answers(200, "text/xml", std::string(70'000, ' '))},
      {11770, false, "Empty response body", "an empty body, chunked", answers(chunked_and_empty)},
      {12300, false, "Invalid Content-Type", "a document of application/json",
       answers(200, "application/json", "{}")},
      {15003, true, "Call Progress: Warning Response to Callback URL", "a status callback answered with 500",
       callback_refused},
      {21609, false, "Invalid 'StatusCallback'", "a StatusCallback whose host has an underscore",
       callback("http://my_bridge.test/status", "completed")},
      {21626, false, "Invalid 'StatusCallbackEvent'", "the event `ringing answered`, in one value",
       callback("http://bridge.test/status", "ringing answered")},
  };
}

}  // namespace tests
