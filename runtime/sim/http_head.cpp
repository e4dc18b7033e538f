#include "runtime/sim/http_head.hpp"

#include "runtime/core/encoding.hpp"

#include <string>
#include <utility>

namespace runtime::sim {
namespace {
constexpr std::size_t kKeyBytes = 16;  // RFC 6455, 4.1

std::string websocket_key(Random& random) {
  std::string bytes;
  while (bytes.size() < kKeyBytes) {
    std::uint64_t pool = random.next();
    for (int i = 0; i < 8; ++i, pool >>= 8U) bytes.push_back(static_cast<char>(pool & 0xFFU));
  }
  return base64_encode(bytes);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}
}  // namespace

net::HttpRequest upgrade_head(net::WebSocketRequest request, Random& random) {
  net::HttpRequest head;
  head.target = request.url.target;
  head.secure = request.url.secure();
  head.upgrade = true;
  head.headers.add("Host", request.url.authority());
  head.headers.add("Upgrade", "websocket");
  head.headers.add("Connection", "upgrade");
  head.headers.add("Sec-WebSocket-Key", websocket_key(random));
  head.headers.add("Sec-WebSocket-Version", "13");
  if (!request.subprotocols.empty()) {
    head.headers.add("Sec-WebSocket-Protocol", joined(request.subprotocols));
  }
  for (auto& [name, value] : request.headers.fields) head.headers.add(std::move(name), std::move(value));
  return head;
}

net::HttpRequest request_head(const net::Url& url, net::HttpRequest request) {
  request.target = url.target;
  request.secure = url.secure();
  request.upgrade = false;
  request.headers.set("Host", url.authority());
  const bool carries_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (carries_body) request.headers.set("Content-Length", std::to_string(request.body.size()));
  return request;
}

net::HttpResponse response_head(net::HttpResponse response) {
  if (response.status >= 200) {
    response.headers.set("Content-Length", std::to_string(response.body.size()));
  }
  return response;
}

std::size_t header_bytes(const net::Headers& headers) {
  std::size_t bytes = 2;  // the empty line
  for (const auto& [name, value] : headers.fields) bytes += name.size() + value.size() + 4;
  return bytes;
}

}  // namespace runtime::sim
