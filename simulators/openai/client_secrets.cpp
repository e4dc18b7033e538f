#include "simulators/openai/client_secrets.hpp"

#include "runtime/net/url.hpp"
#include "simulators/openai/beta.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/event_fields.hpp"

#include <array>
#include <optional>
#include <utility>

namespace simulators::openai {
namespace net = runtime::net;
namespace {

constexpr std::string_view kSecrets = "/v1/realtime/client_secrets";
constexpr std::string_view kSessions = "/v1/realtime/sessions";
constexpr std::string_view kTranscriptionSessions = "/v1/realtime/transcription_sessions";
constexpr std::int64_t kDefaultSeconds = 600;
constexpr std::int64_t kLegacySeconds = 60;
constexpr std::array<std::string_view, 1> kAnchors = {"created_at"};
constexpr std::string_view kDefaultModel = "gpt-realtime";

constexpr std::array kExpiry = {
    Field{.name = "anchor", .type = Field::Type::choice, .choices = kAnchors},
    Field{.name = "seconds", .type = Field::Type::integer, .lowest = 10, .highest = 7200},
};
constexpr std::array kSecretFields = {
    Field{.name = "expires_after", .type = Field::Type::object, .nullable = true, .fields = kExpiry},
    Field{.name = "session"},
};

net::HttpResponse json_response(const Json& body) {
  return net::make_response(200, "application/json", dump(body));
}

}  // namespace

net::HttpResponse http_error(int status, const ErrorBody& error) {
  return net::make_response(status, "application/json", http_error_body(error));
}

bool ClientSecrets::answers(std::string_view path) {
  return path == kSecrets || path == kSessions || path == kTranscriptionSessions;
}

net::HttpResponse ClientSecrets::respond(const net::HttpRequest& request, std::int64_t now_seconds,
                                         Ids& ids) {
  const auto path = net::path_of(request.target);
  if (request.method != "POST") {
    ErrorBody error;
    error.message = "Not allowed to " + request.method + " on " + std::string(path) + ".";
    return http_error(405, error);
  }
  const Json body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    ErrorBody error;
    error.message = "We could not parse the JSON body of your request.";
    return http_error(400, error);
  }
  std::erase_if(secrets_, [&](const auto& each) { return each.second.expires_at <= now_seconds; });
  if (secrets_.size() >= most_) {
    ErrorBody error;
    error.message = "Too many client secrets: " + std::to_string(most_) + " have not expired yet.";
    return http_error(429, error);
  }
  if (path == kSecrets) return create(body, now_seconds, ids);
  const bool voice = path == kSessions;
  return create_legacy(body, voice ? SessionConfig::Kind::voice : SessionConfig::Kind::transcription,
                       now_seconds, ids);
}

net::HttpResponse ClientSecrets::create(const Json& body, std::int64_t now_seconds, Ids& ids) {
  if (const auto wrong = check(body, kSecretFields, "")) return http_error(400, *wrong);
  Secret secret;
  secret.session = body.value("session", Json{{"type", "realtime"}});
  if (secret.session.is_object() && secret.session.value("type", Json()) == "transcription") {
    secret.kind = SessionConfig::Kind::transcription;
  }
  if (secret.session.is_object()) {
    const auto model = secret.session.find("model");
    if (model != secret.session.end() && model->is_string()) secret.model = *model;
  }
  SessionConfig config(secret.kind, secret.model.empty() ? std::string(kDefaultModel) : secret.model,
                       ids.make("sess_"), 0);
  if (const auto wrong = config.update(secret.session, false)) return http_error(400, *wrong);
  std::int64_t seconds = kDefaultSeconds;
  if (const auto expiry = body.find("expires_after"); expiry != body.end() && expiry->is_object()) {
    seconds = expiry->value("seconds", kDefaultSeconds);
  }
  secret.expires_at = now_seconds + seconds;
  const std::string value = ids.make(kPrefix);
  Json answer;
  answer["value"] = value;
  answer["expires_at"] = secret.expires_at;
  answer["session"] = config.json();
  secrets_.emplace(value, std::move(secret));
  return json_response(answer);
}

/// The doors of the beta: its names in and out.
net::HttpResponse ClientSecrets::create_legacy(const Json& body, SessionConfig::Kind kind,
                                               std::int64_t now_seconds, Ids& ids) {
  if (const auto wrong = check(body, beta_session_fields(Transcribers::models), ""))
    return http_error(400, *wrong);
  Secret secret;
  secret.kind = kind;
  secret.model = body.value("model", std::string(kDefaultModel));
  secret.session = from_beta("session.update", {{"session", body}})["session"];
  const bool voice = kind == SessionConfig::Kind::voice;
  if (!voice) secret.session["type"] = "transcription";
  SessionConfig config(kind, secret.model, ids.make("sess_"), 0);
  if (const auto wrong = config.update(secret.session, false)) return http_error(400, *wrong);
  secret.expires_at = now_seconds + kLegacySeconds;
  const std::string value = ids.make(kPrefix);
  Json created = {{"type", "session.created"}, {"session", config.json()}};
  Json answer = voice ? to_beta(created, ids).front()["session"] : config.json();
  answer["client_secret"] = {{"value", value}, {"expires_at", secret.expires_at}};
  secrets_.emplace(value, std::move(secret));
  return json_response(answer);
}

const ClientSecrets::Secret* ClientSecrets::find(std::string_view value) const {
  const auto found = secrets_.find(value);
  return found == secrets_.end() ? nullptr : &found->second;
}

}  // namespace simulators::openai
