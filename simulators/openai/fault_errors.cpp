#include "simulators/openai/errors.hpp"
#include "simulators/openai/fault.hpp"

#include <algorithm>
#include <array>

// The error bodies that a script asks for by their code (openai-realtime.md, 1.3, 6.7 and 8).
namespace simulators::openai {
namespace {

struct Known {
  std::string_view code, type, message;
};
constexpr std::string_view kBadRequest = "invalid_request_error";
constexpr std::array kKnown{
    Known{"insufficient_quota", "insufficient_quota",
          "You exceeded your current quota, please check your plan and billing details."},
    Known{
        "rate_limit_exceeded", "rate_limit_error",
        "Rate limit reached for gpt-realtime in organization org-linecheck on requests per day (RPD): Limit "
        "1000, Used 1000, Requested 1. Please try again in 1m26.4s."},
    Known{"inference_rate_limit_exceeded", "rate_limit_error", "Inference rate limit exceeded."},
    Known{"server_error", "server_error",
          "The server had an error while processing your request. Sorry about that!"},
    Known{"account_deactivated", kBadRequest, "Your account has been deactivated."},
    Known{"billing_hard_limit_reached", kBadRequest, "Billing hard limit has been reached."},
    Known{"insufficient_permissions", kBadRequest, "You have insufficient permissions for this operation."},
    Known{"model_not_found", kBadRequest, "The model does not exist or you do not have access to it."},
    Known{"audio_unintelligible", "server_error", "The audio could not be understood."},
    Known{"item_already_truncated", kBadRequest, "The item has been truncated already."},
    Known{"unsupported_content_type", kBadRequest, "Only model output audio messages can be truncated"}};

constexpr const char* kItem = "item_of_the_bridge";

/// Codes whose words are made, with an example of what they may be about.
struct Made {
  std::string_view code;
  ErrorBody (*make)();
};
constexpr std::array kMade{
    Made{"invalid_api_key", [] { return errors::invalid_api_key("sk-of-the-bridge"); }},
    Made{"invalid_model", [] { return errors::invalid_model("gpt-realtime"); }},
    Made{"missing_model", [] { return errors::missing_model(); }},
    Made{"beta_api_shape_disabled", [] { return errors::beta_disabled(); }},
    Made{"session_expired", [] { return errors::session_expired(60); }},
    Made{"invalid_json", [] { return errors::invalid_json("The text is not valid JSON."); }},
    Made{"invalid_event", [] { return errors::missing_type(); }},
    Made{"invalid_value", [] { return errors::unknown_event_type("session.upgrade"); }},
    Made{"missing_required_parameter", [] { return errors::missing_parameter("session.type"); }},
    Made{"unknown_parameter", [] { return errors::unknown_parameter("session.temperature"); }},
    Made{"invalid_type",
         [] { return errors::invalid_type("session.audio.input.format", "an object", "null"); }},
    Made{"integer_below_min_value",
         [] { return errors::below_minimum("session.audio.input.format.rate", "integer", 24'000, "8000"); }},
    Made{"response_cancel_not_active", [] { return errors::cancel_not_active(); }},
    Made{"conversation_already_has_active_response", [] { return errors::active_response("resp_another"); }},
    Made{"input_audio_buffer_commit_empty", [] { return errors::commit_empty(0); }},
    Made{"cannot_update_voice", [] { return errors::cannot_update_voice("session.audio.output.voice"); }},
    Made{"item_truncate_invalid_item_id",
         [] { return errors::no_such_item("truncate", "truncating", kItem); }},
    Made{"item_delete_invalid_item_id", [] { return errors::no_such_item("delete", "deleting", kItem); }},
    Made{"item_retrieve_invalid_item_id",
         [] { return errors::no_such_item("retrieve", "retrieving", kItem); }},
    Made{"DeploymentNotFound", [] { return errors::deployment_not_found(kItem); }}};

}  // namespace

std::vector<std::string> known_error_codes() {
  std::vector<std::string> codes;
  for (const Made& made : kMade) codes.emplace_back(made.code);
  for (const Known& known : kKnown) codes.emplace_back(known.code);
  return codes;
}

ErrorBody error_of(std::string_view code) {
  if (code.empty()) return errors::missing_authentication();
  if (const auto made = std::ranges::find(kMade, code, &Made::code); made != kMade.end()) return made->make();
  for (const Known& known : kKnown) {
    if (known.code == code)
      return {std::string(known.type), std::string(code), std::string(known.message), ""};
  }
  return {std::string(kBadRequest), std::string(code), std::string(code), ""};
}

}  // namespace simulators::openai
