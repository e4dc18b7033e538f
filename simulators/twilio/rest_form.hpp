#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/url.hpp"
#include "simulators/twilio/rest_reply.hpp"

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// Reads the parameters of a request and remembers the first that is wrong.
class RestForm {
 public:
  explicit RestForm(const runtime::net::Form& form) : form_(form) {}

  std::string text(std::string_view name) const { return std::string(runtime::net::field(form_, name)); }
  bool has(std::string_view name) const;
  /// GET or POST, POST when absent; else 21209.
  std::string method(std::string_view name);
  /// "true" or "false", false when absent; else `code`.
  bool flag(std::string_view name, int code);
  /// A whole number within the limits; else `code`.
  std::optional<long> number(std::string_view name, long least, long most, int code);
  std::optional<runtime::Duration> seconds(std::string_view name, long least, long most, int code);
  /// One of the words, the first when absent; else `code`.
  std::string word(std::string_view name, std::initializer_list<std::string_view> words, int code);

  /// `Twiml` of more than 4000 characters.
  void refuse_long_twiml();
  /// `FallbackUrl` that is none.
  void refuse_bad_fallback();

  void refuse(int code, std::string message);
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  const runtime::net::Form& form_;
  std::optional<Refusal> refusal_;
};

/// The parameters of `form` that are none of `known`, each once: a client has misspelt them.
std::vector<std::string> unknown_parameters(const runtime::net::Form& form,
                                            std::span<const char* const> known);

/// Whom a call can be with: E.164 of 8 to 15 digits, "client:...", "sip:..." or "sips:...".
bool is_address(std::string_view text);
bool is_web_url(std::string_view text);

}  // namespace simulators::twilio
