#pragma once
#include "simulators/twilio/script.hpp"

#include <string>
#include <variant>
#include <vector>

namespace scenarios::cli {

/// What a command line asks of one inbound call.
struct CallWish {
  std::string url;  // of the bridge's voice webhook
  std::string method = "POST";
  std::vector<std::string> say;  // sound files, or words to be read aloud
  std::string script;            // file of a scenario, instead
  std::string length;            // listen for so long, then hang up; empty: until the bot has finished
  std::string from, to;
  std::vector<std::string> parameters;  // NAME=VALUE: of the webhooks, besides Twilio's own
  std::string line;                     // a preset's name; empty: as the script has it
  std::string rules;                    // empty: as the script has them
  bool outbound_media = false;          // a stream of both_tracks hears the bot as well
};

/// The plan, or what is wrong with the wish, ready to be shown. Without a URL the plan still needs one.
std::variant<simulators::twilio::CallPlan, std::string> plan_of(const CallWish& wish);

/// A check for the command line: empty when `text` is a duration, else what is wrong.
std::string is_duration(const std::string& text);

/// The same for NAME=VALUE.
std::string is_parameter(const std::string& text);

}  // namespace scenarios::cli
