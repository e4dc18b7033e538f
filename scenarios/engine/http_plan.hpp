#pragma once
#include "runtime/core/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scenarios::engine {

/// One scripted answer of a server that is neither Twilio nor OpenAI.
struct HttpAnswer {
  enum class Kind {
    response,
    hang,   // nothing ever comes
    reset,  // the connection is cut instead
  } kind = Kind::response;
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  runtime::Duration after{0};  // from the request to the answer
};

/// What one kind of request is answered with.
struct HttpRoute {
  std::string method;
  std::string path;  // with a query: the whole target counts; a * at its end stands for any rest
  std::vector<HttpAnswer> answers;  // one request after the other; the last goes on for ever. At least one
  std::string as;                   // its first request is a moment of this name
  std::string text() const { return method + " " + path; }
  bool takes(std::string_view method, std::string_view target) const;
};

/// A server that the bridge may ask: what a tool of the model stands on.
struct HttpServerPlan {
  std::string name;  // of the scenario; $http.NAME.url stands for its address
  std::vector<HttpRoute> routes;
};

/// Where a scenario's texts find a server: `$http.NAME.url`, `.host` (without a port), `.port`.
struct HttpAddress {
  std::string name;
  std::string host;
  std::string port;
  std::string url() const { return "http://" + host + (port == "80" ? "" : ":" + port); }
};

/// Every `$http.NAME.WORD` inside of `text`, each as "NAME.WORD".
std::vector<std::string> http_references(std::string_view text);
/// `json` with every reference in its texts replaced. Unknown ones stay as they are: the loader has refused
/// them.
void fill_in_addresses(nlohmann::json& json, const std::vector<HttpAddress>& addresses);

}  // namespace scenarios::engine
