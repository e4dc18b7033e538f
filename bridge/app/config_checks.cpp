// What the keys of a configuration mean to one another.
#include "bridge/app/config_parser.hpp"
#include "bridge/app/twiml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace bridge::app {

void ConfigParser::cross_check(Section& root) {
  if (!root.has("public_url") && !config_.allow_host_header) {
    root.wrong(
        "public_url", "is missing",
        "expected how Twilio reaches this bridge: public_url: https://HOST (or allow_host_header: true)");
  }
  if (config_.call.model.api_key.empty()) {
    root.wrong("openai", "has no `api_key`", "set OPENAI_API_KEY, or openai.api_key");
  }
  auto& outbound = config_.outbound;
  if (!outbound.allow.empty()) {
    const auto demand = [&](bool given, std::string_view what, std::string right) {
      if (!given)
        root.wrong("outbound", fmt::format("allows calls, and {} is missing", what), std::move(right));
    };
    demand(!outbound.from.empty(), "outbound.from",
           "set the number that calls come from: outbound.from: \"+1...\"");
    demand(!outbound.api_token.empty(), "the token of the API",
           "set LINECHECK_API_TOKEN, or outbound.api_token");
    demand(!config_.twilio.account_sid.empty(), "the account",
           "set TWILIO_ACCOUNT_SID, or twilio.account_sid");
    demand(!config_.twilio.auth_token.empty(), "the account's token",
           "set TWILIO_AUTH_TOKEN, or twilio.auth_token");
    demand(config_.public_url.has_value(), "public_url",
           "Twilio is told it in each call: public_url: https://HOST");
  }
  auto& warnings = config_.warnings;
  if (!config_.twilio.validate_signatures) {
    warnings.emplace_back("webhooks are not authenticated: set twilio.auth_token (TWILIO_AUTH_TOKEN)");
  }
  if (config_.stream_token.secret.empty()) {
    warnings.emplace_back(
        "stream_token.secret is made up for this process: set LINECHECK_TOKEN_SECRET before running several");
  }
  if (!config_.replica.alone && config_.stream_token.secret.empty()) {
    root.wrong("replica", "is not alone, and stream_token.secret is made up by each process",
               "set LINECHECK_TOKEN_SECRET to the same text for every replica");
  }
  if (!config_.replica.alone && config_.twiml.track == "both_tracks" &&
      config_.twiml.verb == Config::Twiml::Verb::connect) {
    warnings.emplace_back(
        "twiml.track: both_tracks with several replicas: a refused track is healed only where Twilio names "
        "error 31941 to the same replica; set inbound_track");
  }
  if (config_.twiml.verb == Config::Twiml::Verb::start) {
    if (config_.twiml.continue_by == Config::Twiml::ContinueBy::action) {
      root.wrong("twiml", "has continue_by: action, and verb: start, whose <Start> has no action",
                 "expected verb: connect, or continue_by: redirect");
    }
    warnings.emplace_back("twiml.verb: start makes one-way streams: no caller will hear the bot");
  }
  check_ways_on(root);
  look_at_transcription();
}

/// How a call leaves its stream, where that takes more than the verbs as they stand here.
void ConfigParser::check_ways_on(Section& root) {
  const bool account = !config_.twilio.account_sid.empty() && !config_.twilio.auth_token.empty();
  if (!config_.replica.alone && !account) check_ways_without_account(root);
  auto address = config_.public_url.value_or(runtime::net::Url{"https", "HOST", 443, "/"});
  address.target = "/webhook/stream_ended";
  const auto complete = [&](const char* section, const std::string& key, std::string& verbs) {
    auto whole = with_whole_addresses(verbs, address);
    if (whole == verbs) return;
    if (config_.public_url) {
      verbs = std::move(whole);
    } else if (account) {
      root.wrong(section,
                 fmt::format("has an address without a host in `{}`, and Twilio's REST API, by which "
                             "a call is sent there, knows none to add",
                             key),
                 "expected whole addresses, https://HOST/PATH; or public_url, whose host is added");
    }
  };
  complete("twiml", "after_stream", config_.twiml.after_stream);
  complete("twiml", "when_bot_is_gone", config_.twiml.when_bot_is_gone);
  complete("outbound", "machine_detection.message", config_.outbound.machine_detection.message);
}

/// Each replica knows of the calls whose streams it had, and a call comes back to any of them.
void ConfigParser::check_ways_without_account(Section& root) {
  constexpr auto kRight =
      "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, by which Twilio is told at once; or replica.alone: true "
      "where a balancer keeps a call on one replica";
  const auto transfers = [](const call::Settings& agent) { return agent.model.tools.transfer.has_value(); };
  const bool offered = std::ranges::any_of(config_.agents | std::views::values, transfers) ||
                       (config_.agents.empty() && transfers(config_.call));
  if (offered) {
    root.wrong("replica",
               "is not alone, and transfer_call is offered without an account: a call that comes "
               "back to another replica is not transferred",
               kRight);
  }
  if (config_.twiml.when_bot_is_gone == config_.twiml.after_stream) return;
  const std::string lost =
      "there is no account: where the bot is gone, a call that comes back to another replica goes on with "
      "after_stream in place of when_bot_is_gone";
  if (config_.twiml.when_bot_is_gone != Config::Twiml().when_bot_is_gone) {
    root.wrong("twiml", "has a when_bot_is_gone, replica.alone is false, and " + lost, kRight);
  } else {
    config_.warnings.push_back("replica.alone is false, and " + lost + ": " + kRight);
  }
}

/// What the model hears needs no transcript, and what else is done with one needs it. A session lasts an
/// hour, and the next one is told what was written down.
void ConfigParser::look_at_transcription() {
  const auto look = [this](const std::string& path, const call::Settings& agent) {
    const auto& session = agent.model.session;
    if (!session.language.empty() && session.transcription_model.empty()) {
      config_.warnings.push_back(path +
                                 ".language has no effect: it is that of the transcription, and there is no "
                                 "transcription_model; set one (gpt-4o-transcribe, whisper-1), or say in the "
                                 "instructions what the bot shall speak");
    }
    const auto longest = std::chrono::hours(1) - agent.model.rotate_before;
    if (!session.transcription_model.empty() || agent.max_call <= longest) return;
    config_.notes.push_back(path +
                            ".transcription_model is not set: when a call outlasts its OpenAI session (an "
                            "hour), the next one is told what the bot said, and of the caller only that his "
                            "words are missing; set it (gpt-4o-transcribe, whisper-1), or a shorter "
                            "call.max_duration");
  };
  if (config_.agents.empty()) look("agent", config_.call);
  for (const auto& [name, agent] : config_.agents) look("agents." + name, agent);
}

}  // namespace bridge::app
