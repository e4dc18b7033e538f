#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/url.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime::net {

/// Names are compared without regard to case; order and repetitions are kept.
struct Headers {
  std::vector<std::pair<std::string, std::string>> fields;

  /// First value of `name`; empty when absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  void add(std::string name, std::string value) { fields.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // as on the request line
  Headers headers;
  std::string body;
  std::string peer;      // server side: address of the other end, "ip:port" or the simulated host's name
  bool secure = false;   // server side: came over TLS
  bool upgrade = false;  // server side: asks for a WebSocket
  std::optional<Duration> connect_within;  // client side, for TCP; ConnectionLimits has the default
  std::size_t answer_bytes = 1U << 20U;    // client side: the longest body that is taken as an answer
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

/// A response with a body of `content_type`.
HttpResponse make_response(int status, std::string_view content_type, std::string body);
/// The standard phrase of a status code.
std::string_view reason_phrase(int status);

}  // namespace runtime::net
