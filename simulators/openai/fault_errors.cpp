#include "simulators/openai/errors.hpp"
#include "simulators/openai/fault.hpp"

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
    Known{"item_already_truncated", kBadRequest, "The item has been truncated already."}};

}  // namespace

ErrorBody error_of(std::string_view code) {
  if (code.empty()) return errors::missing_authentication();
  if (code == "invalid_api_key") return errors::invalid_api_key("sk-of-the-bridge");
  if (code == "invalid_model") return errors::invalid_model("gpt-realtime");
  if (code == "missing_model") return errors::missing_model();
  if (code == "beta_api_shape_disabled") return errors::beta_disabled();
  if (code == "session_expired") return errors::session_expired(60);
  if (code == "response_cancel_not_active") return errors::cancel_not_active();
  if (code == "conversation_already_has_active_response") return errors::active_response("resp_another");
  if (code == "input_audio_buffer_commit_empty") return errors::commit_empty(0);
  if (code == "cannot_update_voice") return errors::cannot_update_voice("session.audio.output.voice");
  for (const Known& known : kKnown) {
    if (known.code == code)
      return {std::string(known.type), std::string(code), std::string(known.message), ""};
  }
  return {std::string(kBadRequest), std::string(code), std::string(code), ""};
}

}  // namespace simulators::openai
