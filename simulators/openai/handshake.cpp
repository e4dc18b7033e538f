#include "simulators/openai/handshake.hpp"

#include "runtime/net/url.hpp"
#include "simulators/openai/errors.hpp"

#include <algorithm>

namespace simulators::openai {
namespace {

constexpr std::string_view kKeyProtocol = "openai-insecure-api-key.";
constexpr std::string_view kBearer = "Bearer ";

std::vector<std::string_view> subprotocols(const runtime::net::HttpRequest& request) {
  std::vector<std::string_view> offered;
  std::string_view rest = request.headers.get("Sec-WebSocket-Protocol");
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) offered.push_back(name);
  }
  return offered;
}

}  // namespace

Handshake read_handshake(const runtime::net::HttpRequest& request) {
  Handshake handshake;
  const auto query = runtime::net::decode_form(runtime::net::query_of(request.target));
  handshake.model = runtime::net::field(query, "model");
  const std::string_view authorization = request.headers.get("Authorization");
  if (authorization.starts_with(kBearer)) handshake.key = authorization.substr(kBearer.size());
  if (handshake.key.empty()) handshake.key = request.headers.get("api-key");
  handshake.beta = request.headers.get("OpenAI-Beta").find("realtime=v1") != std::string_view::npos;
  for (const std::string_view name : subprotocols(request)) {
    if (name == "realtime") handshake.offers_realtime = true;
    if (name == "openai-beta.realtime-v1") handshake.beta = true;
    if (name.starts_with(kKeyProtocol)) handshake.key = name.substr(kKeyProtocol.size());
  }
  return handshake;
}

std::optional<RefuseAfterUpgrade> judge(const Handshake& handshake, std::string_view valid_key,
                                        const std::vector<std::string>& models) {
  constexpr std::uint16_t kAuthentication = 3000;
  constexpr std::uint16_t kRequest = 4000;
  if (handshake.key.empty()) return RefuseAfterUpgrade{errors::missing_authentication(), kAuthentication};
  if (!valid_key.empty() && handshake.key != valid_key) {
    return RefuseAfterUpgrade{errors::invalid_api_key(handshake.key), kAuthentication};
  }
  if (handshake.beta) return RefuseAfterUpgrade{errors::beta_disabled(), kRequest};
  if (handshake.model.empty()) return RefuseAfterUpgrade{errors::missing_model(), kRequest};
  if (std::find(models.begin(), models.end(), handshake.model) == models.end()) {
    return RefuseAfterUpgrade{errors::invalid_model(handshake.model), kRequest};
  }
  return std::nullopt;
}

}  // namespace simulators::openai
