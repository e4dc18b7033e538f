#include "runtime/core/random.hpp"
#include "runtime/net/url.hpp"
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/fetch.hpp"
#include "scenarios/cli/refused_webhook.hpp"
#include "simulators/twilio/signature.hpp"
#include "simulators/twilio/verify_twiml.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace scenarios::cli {
using runtime::net::Url;
using simulators::twilio::ServedDocument;
using simulators::twilio::TrackRules;

namespace {

struct VerifyRequest {
  std::string what;
  std::string rules = "both";
  std::string auth_token;
  std::string public_url;
  std::string webhook;  // of another bridge: its path; empty: linecheck-bridge's two
  bool plain_ws = false;
  bool outbound = false;  // asked as of a call that was placed
};

constexpr std::string_view kInbound = "inbound", kOutbound = "outbound-api";  // Direction
constexpr std::string_view kOutboundRoute = "/webhook/outbound_call";         // linecheck-bridge's
constexpr int kMostRedirects = 10;                                            // as Twilio's
constexpr int kNotFound = 404;

/// Asks a bridge for TwiML as Twilio does: a signed POST, redirects followed. One request at a time.
class WebhookCaller {
 public:
  explicit WebhookCaller(const VerifyRequest& request)
      : auth_token_(request.auth_token), base_(request.what), public_url_(request.public_url) {}

  ServedDocument fetch(std::string url, const std::string& method, std::string_view direction) {
    for (int i = 0; i <= kMostRedirects; ++i) {
      const auto parsed = runtime::net::parse_url(reachable(url));
      if (!parsed) return {0, "", "", "not an http or https URL: " + url};
      auto fetched = exchange(*parsed, method, direction);
      if (!fetched) return {0, "", "", fetched.error.message() + " " + fetched.detail};
      const auto& response = fetched.response;
      const auto location = response.headers.get("Location");
      if (response.status / 100 != 3 || location.empty()) {
        return {response.status, std::string(response.headers.get("Content-Type")), response.body, ""};
      }
      const auto next = runtime::net::resolve_url(*parsed, location);
      if (!next) return {0, "", "", "redirected to what is no URL: " + std::string(location)};
      url = next->text();
    }
    return {0, "", "", "redirected more than 10 times (Twilio: error 11215)"};
  }

 private:
  runtime::net::Fetched exchange(const Url& url, const std::string& method, std::string_view direction) {
    const bool outbound = direction == kOutbound;
    constexpr auto kOurs = "+18005551212", kTheirs = "+14158675310";
    const runtime::net::Form form{{"AccountSid", "AC00000000000000000000000000000001"},
                                  {"ApiVersion", "2010-04-01"},
                                  {"CallSid", call_sid_},
                                  {"CallStatus", outbound ? "in-progress" : "ringing"},
                                  {"Direction", std::string(direction)},
                                  {"From", outbound ? kOurs : kTheirs},
                                  {"To", outbound ? kTheirs : kOurs}};
    runtime::net::HttpRequest request;
    request.method = method;
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    if (!auth_token_.empty()) {
      const auto signed_url = simulators::twilio::signed_url(as_twilio_sees(url.text()));
      request.headers.add("X-Twilio-Signature", simulators::twilio::sign(auth_token_, signed_url, form));
    }
    request.body = runtime::net::encode_form(form);
    return fetch_now(url, std::move(request));
  }

  runtime::SystemRandom random_;
  const std::string call_sid_ = "CA" + random_.hex(32);  // a call of its own: a bridge heals each but once
  /// A URL under the public one, as it can be reached from here, and the other way round.
  std::string reachable(const std::string& url) const { return moved(url, public_url_, base_); }
  std::string as_twilio_sees(const std::string& url) const { return moved(url, base_, public_url_); }
  static std::string moved(const std::string& url, const std::string& from, const std::string& to) {
    if (from.empty() || to.empty() || !url.starts_with(from)) return url;
    return to + url.substr(from.size());
  }

  const std::string auth_token_, base_, public_url_;
};

std::string_view name_of(TrackRules rules) {
  return rules == TrackRules::twilio_docs ? "twilio_docs" : "incident_report";
}

constexpr int kSchemeMustBeWss = 31922;

/// True: it carries sound.
bool report(const std::string& title, const ServedDocument& document, const std::string& url,
            TrackRules rules, const simulators::twilio::FetchDocument& fetch, bool plain_ws) {
  const auto judged = simulators::twilio::verify_twiml(document, url, rules, fetch, plain_ws);
  std::printf("%s under %s: %s%s\n", title.c_str(), std::string(name_of(rules)).c_str(),
              judged.carries_sound ? "carries sound" : "SILENCE", judged.healed ? " (after healing)" : "");
  for (const auto& step : judged.steps) std::printf("    %s\n", step.c_str());
  bool plain = false;
  for (const auto& finding : judged.findings) {
    std::printf("    %s %d: %s\n", finding.warning ? "warning" : "error", finding.code, finding.text.c_str());
    plain |= finding.code == kSchemeMustBeWss;
  }
  std::printf("    %s\n", judged.conclusion.c_str());
  if (plain) {
    std::puts(
        "    Twilio dials wss:// alone: that is why. For a bridge that is tried on one machine, as the "
        "fakes\n"
        "    dial it, --plain-ws takes ws:// for wss:// and judges the rest.");
  }
  return judged.carries_sound;
}

std::vector<TrackRules> rules_of(const std::string& name) {
  if (name == "twilio_docs") return {TrackRules::twilio_docs};
  if (name == "incident_report") return {TrackRules::incident_report};
  return {TrackRules::twilio_docs, TrackRules::incident_report};
}

struct Route {
  std::string path;
  std::string_view direction;
};

std::string_view direction_of(const VerifyRequest& request) {
  const std::string_view path = std::string_view(request.webhook).substr(0, request.webhook.find('?'));
  return request.outbound || path.ends_with(kOutboundRoute) ? kOutbound : kInbound;
}

std::vector<Route> routes_of(const VerifyRequest& request) {
  if (!request.webhook.empty()) return {{request.webhook, direction_of(request)}};
  const Route outbound{std::string(kOutboundRoute), kOutbound};
  if (request.outbound) return {outbound};
  return {{"/webhook/incoming_call", kInbound}, outbound};
}

Exit verify_bridge(const VerifyRequest& request) {
  bool sound = true;
  for (const Route& route : routes_of(request)) {
    WebhookCaller caller(request);
    const std::string url = request.what + route.path;
    const auto document = caller.fetch(url, "POST", route.direction);
    if (!document.error.empty()) {
      std::fprintf(stderr, "linecheck: %s gives no TwiML: %s\n", url.c_str(), document.error.c_str());
      return Exit::environment;
    }
    std::fputs(on_refusal(document.status, document.body, !request.auth_token.empty()).c_str(), stdout);
    if (document.status == kNotFound && request.webhook.empty())
      std::printf("%s: 404. Of another bridge than linecheck's, give the webhook: URL/voice\n", url.c_str());
    const auto fetch = [&](const std::string& next, const std::string& method) {
      return caller.fetch(next, method, route.direction);
    };
    for (const auto rules : rules_of(request.rules))
      sound = report(route.path, document, url, rules, fetch, request.plain_ws) && sound;
  }
  return sound ? Exit::passed : Exit::failed;
}

Exit verify_file(const VerifyRequest& request) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(request.what, ignored);
  std::ifstream file(request.what, std::ios::binary);
  if (!file || folder) {
    std::fprintf(stderr, "linecheck: %s is neither a URL nor a file that can be read\n",
                 request.what.c_str());
    return Exit::usage;
  }
  ServedDocument document;
  document.body = std::string(std::istreambuf_iterator<char>(file), {});
  WebhookCaller caller(request);
  const auto fetch = [&](const std::string& next, const std::string& method) {
    return caller.fetch(next, method, direction_of(request));
  };
  bool sound = true;
  for (const auto rules : rules_of(request.rules))
    sound = report(request.what, document, "", rules, fetch, request.plain_ws) && sound;
  return sound ? Exit::passed : Exit::failed;
}

/// A URL with a path is a webhook, and what is before the path its bridge.
void split_webhook(VerifyRequest& request) {
  const auto host = request.what.find("//") + 2;
  const auto path = request.what.find_first_of("/?", host);
  if (path == std::string::npos) return;
  request.webhook = request.what.substr(path);
  request.what.erase(path);
}

}  // namespace

void add_verify_twiml(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<VerifyRequest>();
  auto* command =
      app.add_subcommand("verify-twiml", "will this TwiML carry sound, under each set of track rules?");
  command
      ->add_option("URL|FILE", request->what,
                   "linecheck-bridge's base URL (both webhook routes are asked), any bridge's webhook as a "
                   "URL with its path, or one document")
      ->required();
  command->add_option("--rules", request->rules, "which track rules")
      ->check(CLI::IsMember({"twilio_docs", "incident_report", "both"}))
      ->capture_default_str();
  command
      ->add_option("--auth-token", request->auth_token,
                   "sign the requests, for a bridge that checks signatures")
      ->envname("TWILIO_AUTH_TOKEN");
  command->add_option(
      "--public-url", request->public_url,
      "the bridge's public base URL, where URL is another way to reach it: signed for, and mapped to URL");
  command->add_flag(
      "--plain-ws", request->plain_ws,
      "take ws:// for wss://, as the fakes dial a bridge on one machine; Twilio never would (31922)");
  command->add_flag("--outbound", request->outbound,
                    "ask for a call that was placed (Direction=outbound-api, From ours, To theirs), as a URL "
                    "that ends with /webhook/outbound_call is asked anyway; of a base URL: that route alone");
  command->footer(
      "Each route is asked as if there were such a call: of a live linecheck-bridge\n"
      "each of the two takes a place of limits.calls for stream_token.valid_for, and\n"
      "counts as a call that began. By Twilio's documentation alone: --rules twilio_docs.");
  command->callback([request, &exit] {
    for (auto* base : {&request->what, &request->public_url}) {
      while (base->ends_with('/')) base->pop_back();
    }
    const bool url = request->what.starts_with("http://") || request->what.starts_with("https://");
    if (url) split_webhook(*request);
    exit = url ? verify_bridge(*request) : verify_file(*request);
  });
}

}  // namespace scenarios::cli
