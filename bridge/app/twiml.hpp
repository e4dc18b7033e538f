#pragma once
#include "bridge/app/config.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge::app {

/// What one document says.
struct StreamDocument {
  std::string stream_url;  // wss://HOST/ws/twilio-media
  std::string track;       // as configured or, on a second attempt, inbound_track; "none": no attribute
  Config::Twiml::Verb verb = Config::Twiml::Verb::connect;
  std::string prelude;  // checked by check_verbs
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string status_callback;  // where Twilio reports on the stream; empty: nowhere
  std::string return_url;       // asked for after the stream; not used with Verb::start
  Config::Twiml::ContinueBy continue_by = Config::Twiml::ContinueBy::redirect;
};

/// The answer to a voice webhook, printed as Twilio's own library prints it: one line, attributes in order.
std::string write_stream_document(const StreamDocument& document);
/// A document of nothing but `verbs` (checked by check_verbs).
std::string write_verbs_document(std::string_view verbs);

/// A transfer to another number.
struct DialDocument {
  std::string number;
  std::string caller_id;  // empty: the caller's own
  runtime::Duration ring_timeout{0};
  std::string action_url;  // asked for what comes after it; empty: the call then ends
};
std::string write_dial_document(const DialDocument& document);

/// Whether `verbs` do nothing but end the call.
bool only_hangs_up(std::string_view verbs);

/// `verbs`, where every address of theirs that names no host is as seen from `base`, as where Twilio has
/// fetched them from there.
std::string with_whole_addresses(const std::string& verbs, const runtime::net::Url& base);

/// What is wrong with a piece of TwiML (verbs without <Response>); nullopt: nothing.
std::optional<std::string> check_verbs(std::string_view verbs);

/// The log marker of the track that was really served.
std::string track_marker(std::string_view track);

}  // namespace bridge::app
