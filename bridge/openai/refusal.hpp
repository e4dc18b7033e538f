#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string_view>

namespace bridge::openai {

/// Why no session is to be had. Label values of
/// voicebridge_call_verdicts_total{verdict="openai_unreachable"}.
enum class Unreachable { network, auth, model, quota };
std::string_view to_string(Unreachable reason);

/// What is known of a refusal: the code of the error event, the code of the close frame, the status of the
/// upgrade's answer, and the service's words. Empty and 0: there was none.
struct Refusal {
  std::string_view error_code;
  int close_code = 0;
  int http_status = 0;
  std::string_view words = {};
  std::optional<runtime::Duration> wait = {};  // that the service asked for
};

/// Why a session never came to be.
Unreachable classify_refusal(std::string_view error_code, int close_code, int http_status);

/// Whether the same request may yet be granted in a moment. Not for bad credentials, an exhausted quota, a
/// wrong model or a request that is wrong in itself.
bool worth_another_try(const Refusal& refusal);

/// Azure's word for it has a prefix.
bool is_rate_limit(std::string_view code);
/// The same of a whole refusal, which may be a number alone.
bool is_rate_limit(const Refusal& refusal);

/// "... Please try again in 1m26.4s.": how long the service asks to wait. None: it does not say.
std::optional<runtime::Duration> told_wait(std::string_view words);

}  // namespace bridge::openai
