#include "simulators/openai/handshake.hpp"

#include "runtime/net/url.hpp"
#include "simulators/openai/close_codes.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/errors.hpp"

#include <algorithm>
#include <cctype>

namespace simulators::openai {
namespace {

constexpr std::string_view kKeyProtocol = "openai-insecure-api-key.";
constexpr std::string_view kModelOfCalls = "gpt-realtime";  // where a client that joins one names none
constexpr std::string_view kAzureDenied =
    R"({"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. )"
    R"(Make sure to provide a valid key for an active subscription and use a correct regional API endpoint )"
    R"(for your resource."}})";

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

std::string_view bearer_key(const runtime::net::HttpRequest& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view given = request.headers.get("Authorization");
  const std::string_view scheme = given.substr(0, kScheme.size());
  // Schemes are told without regard to case.
  const bool bearer = std::equal(
      kScheme.begin(), kScheme.end(), scheme.begin(), scheme.end(),
      [](char wanted, char letter) { return wanted == std::tolower(static_cast<unsigned char>(letter)); });
  return bearer ? given.substr(kScheme.size()) : std::string_view();
}

std::optional<Handshake> read_handshake(const runtime::net::HttpRequest& request) {
  Handshake handshake;
  const auto path = runtime::net::path_of(request.target);
  const auto query = runtime::net::decode_form(runtime::net::query_of(request.target));
  handshake.model = runtime::net::field(query, "model");
  if (path == "/openai/realtime") {
    handshake.dialect = Dialect::beta;
    handshake.model = runtime::net::field(query, "deployment");
  } else if (path == "/openai/v1/realtime") {
    handshake.dialect = Dialect::azure;
  } else if (path != "/v1/realtime") {
    return std::nullopt;
  }
  handshake.call_id = runtime::net::field(query, "call_id");
  if (runtime::net::field(query, "intent") == "transcription") {
    handshake.kind = SessionConfig::Kind::transcription;
  }
  handshake.key = bearer_key(request);
  if (handshake.key.empty()) handshake.key = request.headers.get("api-key");
  handshake.beta = request.headers.get("OpenAI-Beta").find("realtime=v1") != std::string_view::npos;
  for (const std::string_view name : subprotocols(request)) {
    if (name == "realtime") handshake.offers_realtime = true;
    const bool account = name.starts_with("openai-organization.") || name.starts_with("openai-project.");
    if (account) handshake.account_protocol = name;
    if (name == "openai-beta.realtime-v1") handshake.beta = true;
    if (name.starts_with(kKeyProtocol)) handshake.key = name.substr(kKeyProtocol.size());
  }
  return handshake;
}

void dress(runtime::net::HttpResponse& response, const Handshake& handshake) {
  if (handshake.dialect == Dialect::ga) {
    response.headers.set("Server", "cloudflare");
    response.headers.set("x-openai-proxy-wasm", "v0.1");
    for (const char* cookie : {"__cf_bm", "_cfuvid"})
      response.headers.add("Set-Cookie",
                           std::string(cookie) +
                               "=linecheck; path=/; domain=.api.openai.com; HttpOnly; Secure; SameSite=None");
  }
  if (handshake.offers_realtime) response.headers.set("Sec-WebSocket-Protocol", "realtime");
}

std::optional<ErrorBody> judge_key(std::string_view key, const Door& door) {
  if (key.empty()) return errors::missing_authentication();
  if (const auto* secret = door.secrets.find(key)) {
    if (door.now_seconds < secret->expires_at) return std::nullopt;
    return errors::invalid_api_key(key);
  }
  if (key == door.valid_key) return std::nullopt;
  // Where every key will do, a client secret that expired and is forgotten still must not.
  if (door.valid_key.empty() && !key.starts_with(ClientSecrets::kPrefix)) return std::nullopt;
  return errors::invalid_api_key(key);
}

namespace {

/// What is still missing or wrong once the key is good: the model, by every
/// road that leads to one.
std::optional<Refusal> judge_model(const Handshake& handshake, const Door& door);

}  // namespace

std::optional<Refusal> judge(Handshake& handshake, const Door& door, const OpenPoints& points) {
  const bool no_accounts = points.account_subprotocols == OpenPoints::Taken::refused;
  if (no_accounts && !handshake.account_protocol.empty()) {
    const ErrorBody error = errors::bad_subprotocol(handshake.account_protocol);
    return RefuseWithStatus{400, http_error_body(error)};
  }
  if (auto error = judge_key(handshake.key, door)) {
    if (handshake.dialect == Dialect::ga)
      return RefuseAfterUpgrade{*std::move(error), close_code::kAuthentication};
    return RefuseWithStatus{401, std::string(kAzureDenied)};
  }
  if (const auto* secret = door.secrets.find(handshake.key)) {
    handshake.kind = secret->kind;
    handshake.initial = secret->session;
    if (handshake.model.empty()) handshake.model = secret->model;
  }
  if (handshake.dialect == Dialect::beta) {  // a deployment may have any name, but it has one
    const bool named = !handshake.model.empty() || handshake.kind == SessionConfig::Kind::transcription;
    if (named) return std::nullopt;
    return RefuseAfterUpgrade{errors::missing_model(), close_code::kRequest};
  }
  if (handshake.beta) return RefuseAfterUpgrade{errors::beta_disabled(), close_code::kRequest};
  if (!handshake.call_id.empty()) {
    const bool model_needed = points.call_id_without_model == OpenPoints::Taken::refused;
    if (model_needed && handshake.model.empty())
      return RefuseAfterUpgrade{errors::missing_model(), close_code::kRequest};
    if (points.joined_call == OpenPoints::Joining::refused)
      return RefuseAfterUpgrade{errors::no_such_call_to_join(handshake.call_id), close_code::kModel};
    if (handshake.model.empty()) handshake.model = kModelOfCalls;
  }
  return judge_model(handshake, door);
}

namespace {

std::optional<Refusal> judge_model(const Handshake& handshake, const Door& door) {
  const bool transcribes = handshake.kind == SessionConfig::Kind::transcription;
  if (transcribes && handshake.initial.is_null() && !handshake.model.empty()) {
    return RefuseAfterUpgrade{errors::model_with_intent(), close_code::kRequest};
  }
  if (transcribes) return std::nullopt;
  if (handshake.model.empty()) return RefuseAfterUpgrade{errors::missing_model(), close_code::kRequest};
  if (handshake.dialect == Dialect::azure) return std::nullopt;
  if (std::find(door.models.begin(), door.models.end(), handshake.model) != door.models.end())
    return std::nullopt;
  for (const std::string_view retired : {"gpt-4o-realtime-preview", "gpt-4o-mini-realtime-preview"}) {
    if (!handshake.model.starts_with(retired)) continue;
    return RefuseAfterUpgrade{errors::model_not_found(handshake.model), close_code::kModel};
  }
  return RefuseAfterUpgrade{errors::invalid_model(handshake.model), close_code::kRequest};
}

}  // namespace

}  // namespace simulators::openai
