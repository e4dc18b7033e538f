#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bridge::openai {

/// What the answer to an upgrade says that is none: OpenAI's and Azure's words for it, or a proxy's.
struct HttpRefusal {
  std::string
      code;  // of the body's error, or its type; Azure's under OpenAI's name; empty: the body has none
  std::string words;                      // the error's, with its code; the body where it is something else
  std::optional<runtime::Duration> wait;  // how long it asks to wait, in a header or in words
};

/// `retry_after`: that header in seconds; a date there says nothing to us.
HttpRefusal read_http_refusal(std::string_view body, std::string_view retry_after);

}  // namespace bridge::openai
