#include "bridge/app/config_parser.hpp"

#include "bridge/app/twiml.hpp"
#include "runtime/net/tls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <tuple>

namespace bridge::app {

bool is_plain_file(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown);
}

bool is_special_file(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::exists(path, unknown) && !is_plain_file(path);
}

std::optional<std::string> read_whole_file(const std::filesystem::path& path) {
  if (!is_plain_file(path)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return std::nullopt;
  return text;
}

Config ConfigParser::parse(YAML::Node document) {
  Section root(problems_, std::move(document), "");
  listen(root);
  admin(root);
  public_url(root);
  twilio(root.section("twilio"));
  replica(root.section("replica"));
  openai(root.section("openai"));
  twiml(root.section("twiml"));
  timing(root);
  fallback(root);
  recording(root.section("recording"));
  secrets(root);
  operation(root);
  agents(root);  // last: an agent starts from what is said of all calls
  root.finish();
  cross_check(root);
  config_.effective = root.effective();
  return std::move(config_);
}

std::string ConfigParser::file(Section& section, std::string_view key, std::string_view holds) {
  std::string name;
  section.text(key, name);
  if (name.empty()) return {};
  const auto path = resolve(name);
  auto text = read_whole_file(path);
  if (!text) {
    section.wrong(key, fmt::format("names `{}`, which cannot be read", path.string()),
                  fmt::format("expected {}", holds));
    return {};
  }
  if (text->find("-----BEGIN ") == std::string::npos) {
    section.wrong(key, fmt::format("names `{}`, which is no PEM file", path.string()),
                  fmt::format("expected {}", holds));
    return {};
  }
  return std::move(*text);
}

std::optional<runtime::net::Url> ConfigParser::url(Section& section, std::string_view key,
                                                   std::initializer_list<std::string_view> schemes) {
  std::string text;
  section.text(key, text);
  if (text.empty()) return std::nullopt;
  auto parsed = runtime::net::parse_url(text);
  if (!parsed || std::ranges::find(schemes, std::string_view(parsed->scheme)) == schemes.end()) {
    section.wrong(key, fmt::format("is `{}`", text),
                  fmt::format("expected an absolute URL: {}://HOST", *schemes.begin()));
    return std::nullopt;
  }
  return parsed;
}

void ConfigParser::listen(Section& root) {
  auto listen = root.section("listen");
  host(listen, config_.listen.host);
  listen.port("port", config_.listen.port);
  if (listen.has("tls")) {
    const auto given = listen.node("tls");
    auto tls = listen.section("tls");
    identity(tls);
    for (const char* key : {"certificate", "key"}) {
      if (!tls.has(key) && (given.IsMap() || given.IsNull()))
        listen.wrong("tls", fmt::format("has no `{}`", key), "expected both certificate and key");
    }
    tls.finish();
  }
  listen.finish();
}

void ConfigParser::check_identity(Section& tls, const runtime::net::TlsIdentity& identity) {
  if (identity.certificate_chain_pem.empty() || identity.private_key_pem.empty()) return;  // which is said
  if (!runtime::net::certificate_expiry(identity.certificate_chain_pem)) {
    ++misfits_;
    return tls.wrong(
        "certificate",
        fmt::format("names `{}`, which holds no certificate", config_.listen.certificate_file.string()),
        "expected a PEM file: the certificate, then its chain");
  }
  const auto usable = runtime::net::make_tls_server(identity);
  if (usable) return;
  ++misfits_;
  const auto why = usable.error().message();
  const bool another = why.find("mismatch") != std::string::npos;
  tls.wrong("key",
            fmt::format("names `{}`, which {} ({})", config_.listen.key_file.string(),
                        another ? "does not belong to the certificate" : "cannot be used", why),
            fmt::format("expected the private key of `{}`", config_.listen.certificate_file.string()));
}

void ConfigParser::admin(Section& root) {
  auto admin = root.section("admin");
  host(admin, config_.admin.host);
  admin.port("port", config_.admin.port);
  admin.text("user", config_.admin.user);
  secret(admin, "password", "LINECHECK_ADMIN_PASSWORD", config_.admin.password);
  config_.admin.protect_all = admin.choice("protect", {"metrics", "all"}, "metrics") == 1U;
  if (config_.admin.user.empty() != config_.admin.password.empty()) {
    root.wrong("admin", "has a user without a password, or a password without a user",
               "expected both: admin.user, and admin.password or LINECHECK_ADMIN_PASSWORD; or neither");
  }
  const auto& ours = config_.admin;
  const auto& open = config_.listen;
  const auto everywhere = [](std::string_view host) { return host == "0.0.0.0" || host == "::"; };
  const bool meet = ours.host == open.host || everywhere(ours.host) || everywhere(open.host);
  if (meet && ours.port != 0 && ours.port == open.port) {
    admin.wrong("port", fmt::format("is {}, as `listen.port` is", open.port), "expected a port of its own");
  }
  admin.finish();
}

/// What is listened on: an address, or a name for one.
void ConfigParser::host(Section& section, std::string& into) {
  section.text("host", into);
  const auto colons = std::ranges::count(into, ':');
  const auto foreign = [](unsigned char c) {
    return std::isalnum(c) == 0 && c != '.' && c != '-' && c != ':';
  };
  if (into.empty() || colons == 1 || std::ranges::any_of(into, foreign)) {
    section.wrong("host", fmt::format("is `{}`", into),
                  "expected an address of this machine, or a name for one, without the port: 0.0.0.0");
  }
}

/// A pair of files that a listener can be given.
void ConfigParser::identity(Section& tls) {
  runtime::net::TlsIdentity identity;
  std::string certificate, key_name;
  tls.text("certificate", certificate);
  tls.text("key", key_name);
  config_.listen.certificate_file = resolve(certificate);
  config_.listen.key_file = resolve(key_name);
  identity.certificate_chain_pem = file(tls, "certificate", "a PEM file: the certificate, then its chain");
  identity.private_key_pem = file(tls, "key", "a PEM file: the private key");
  for (const char* key : {"certificate", "key"}) {
    if (!tls.has(key) || !tls.node(key).IsScalar() || !tls.node(key).Scalar().empty()) continue;
    tls.wrong(key, "names no file", "expected a PEM file");
  }
  check_identity(tls, identity);
  config_.listen.tls = std::move(identity);
}

void ConfigParser::public_url(Section& root) {
  root.flag("allow_host_header", config_.allow_host_header);
  config_.public_url = url(root, "public_url", {"https", "http"});
  if (config_.public_url && config_.public_url->target != "/") {
    root.wrong("public_url", "has a path",
               "expected scheme and host alone: https://HOST; the routes are fixed");
  }
  if (!config_.public_url) return;
  const auto& [scheme, host] = std::tie(config_.public_url->scheme, config_.public_url->host);
  const bool here = host == "localhost" || host == "::1" || host.starts_with("127.");
  if (scheme == "http" && !here) {
    config_.warnings.emplace_back(
        "public_url is http, and its host is not this machine: Twilio opens no media stream by ws://; set "
        "https://HOST");
  }
  if (host == "example.com" || host.ends_with(".example.com")) {
    config_.warnings.push_back(
        fmt::format("public_url names {}, the host of the example: set the one that Twilio reaches", host));
  }
}

void ConfigParser::twilio(Section section) {
  secret(section, "account_sid", "TWILIO_ACCOUNT_SID", config_.twilio.account_sid);
  secret(section, "auth_token", "TWILIO_AUTH_TOKEN", config_.twilio.auth_token);
  const auto& account = config_.twilio.account_sid;
  if (!account.empty() && account != kRedacted && !account.starts_with("AC")) {
    section.wrong(
        "account_sid", "(TWILIO_ACCOUNT_SID) does not begin with AC",
        "expected the account's own SID, AC and 32 hexadecimal digits; SK... is that of an API key");
  }
  if (auto base = url(section, "api_base", {"https", "http"})) config_.twilio.api_base = std::move(*base);
  section.show("api_base", config_.twilio.api_base.text());
  section.duration("api_timeout", config_.twilio.api_timeout, 100ms, 60s);
  section.duration("ping_interval", config_.twilio.ping_interval, 0ms, 1h);
  unsigned_parameters(section);
  if (section.has("validate_signatures")) {
    bool validate = false;
    section.flag("validate_signatures", validate);
    validate_ = validate;
  }
  config_.twilio.validate_signatures = validate_.value_or(!config_.twilio.auth_token.empty());
  section.show("validate_signatures", config_.twilio.validate_signatures ? "true" : "false");
  if (config_.twilio.validate_signatures && config_.twilio.auth_token.empty()) {
    section.wrong("validate_signatures", "is true and there is no token to validate with",
                  "set twilio.auth_token or TWILIO_AUTH_TOKEN");
  }
  const auto buffer = section.node("send_buffer");
  if (buffer.IsDefined() && buffer.IsScalar() && buffer.Scalar() == "system") {
    config_.twilio.send_buffer = std::nullopt;
  } else {
    std::size_t bytes = config_.twilio.send_buffer.value_or(0);
    section.size("send_buffer", bytes, 1024, 16U << 20U);
    config_.twilio.send_buffer = bytes;
  }
  section.finish();
}

void ConfigParser::unsigned_parameters(Section& section) {
  // What the bridge acts on must be signed.
  static constexpr std::array kActedOn{
      "CallSid",     "From",        "To",      "Direction", "CallStatus",     "AnsweredBy",
      "StreamEvent", "StreamError", "Payload", "ErrorCode", "StreamErrorCode"};
  auto& names = config_.twilio.unsigned_parameters;
  names = section.texts("unsigned_parameters");
  for (const auto& name : names) {
    if (std::ranges::find(kActedOn, name) == kActedOn.end()) continue;
    section.wrong("unsigned_parameters", fmt::format("holds `{}`, which the bridge acts on", name),
                  "expected names such as CallToken and StirVerstat");
  }
}

void ConfigParser::replica(Section section) {
  config_.replica.name = "bridge";
  if (const auto host = source_.environment.find("HOSTNAME");
      host != source_.environment.end() && !host->second.empty()) {
    config_.replica.name = host->second;
  }
  section.text("name", config_.replica.name);
  if (config_.replica.name.empty() || config_.replica.name.size() > 100) {
    section.wrong("name", "has no length between 1 and 100", "expected a short name, such as bridge-1");
  }
  section.flag("alone", config_.replica.alone);
  section.finish();
}

void ConfigParser::openai(Section section) {
  auto& model = config_.call.model;
  secret(section, "api_key", "OPENAI_API_KEY", model.api_key);
  model_url_ = *runtime::net::parse_url("wss://api.openai.com/v1/realtime");
  if (auto given = url(section, "url", {"wss", "ws"})) model_url_ = std::move(*given);
  const auto query = runtime::net::decode_form(runtime::net::query_of(model_url_.target));
  model.name = std::string(runtime::net::field(query, "model"));
  if (model.name.empty()) model.name = std::string(runtime::net::field(query, "deployment"));
  url_names_model_ = !model.name.empty();
  model.url = model_url_;
  if (!url_names_model_ && !section.has("model")) {
    constexpr auto kUsual = "gpt-realtime";
    ask_for_model(kUsual, config_.call);
    section.show("model", kUsual);
  }
  model_of(section, config_.call);
  section.duration("connect_timeout", model.limits.connect, 10ms, 60s);
  section.duration("handshake_timeout", model.limits.handshake, 10ms, 60s);
  section.duration("ready_within", model.ready_within, 10ms, 120s);
  section.duration("ping_interval", model.ping_interval, 0ms, 10min);
  section.duration("rotate_before", model.rotate_before, 10s, 59min);
  azure(section);
  retry(section.section("retry"));
  auto warm = section.section("warm");
  warm.count("sessions", config_.warm.sessions, 0, 1000);
  warm.duration("max_age", config_.warm.max_age, 10s, 50min);
  warm.finish();
  config_.openai_trust_pem = file(section, "trust_file", "a PEM file: certificate authorities");
  section.finish();
}

void ConfigParser::twiml(Section section) {
  auto& twiml = config_.twiml;
  if (section.has("track")) {
    std::string track;
    section.text("track", track);
    if (section.choice("track", {"inbound_track", "outbound_track", "both_tracks", "none"}))
      twiml.track = track;
  } else {
    section.show("track", twiml.track);
  }
  if (const auto verb = section.choice("verb", {"connect", "start"}, "connect")) {
    twiml.verb = *verb == 0 ? Config::Twiml::Verb::connect : Config::Twiml::Verb::start;
  }
  using ContinueBy = Config::Twiml::ContinueBy;
  if (const auto by = section.choice("continue_by", {"redirect", "action"}, "redirect")) {
    twiml.continue_by = *by == 0 ? ContinueBy::redirect : ContinueBy::action;
  }
  for (auto [key, into] :
       {std::pair("prelude", &twiml.prelude), std::pair("after_stream", &twiml.after_stream),
        std::pair("when_bot_is_gone", &twiml.when_bot_is_gone), std::pair("busy", &twiml.busy)}) {
    section.text(key, *into);
    if (const auto error = check_verbs(*into)) {
      section.wrong(key, *error, "expected TwiML verbs without the <Response> around them: <Say>Hello</Say>");
    }
  }
  if (twiml.verb == Config::Twiml::Verb::connect && twiml.track == "outbound_track") {
    section.wrong("track", "is `outbound_track`, which a <Connect> cannot have",
                  "expected inbound_track, both_tracks or none; outbound_track goes with `verb: start`");
  }
  section.finish();
}

}  // namespace bridge::app
