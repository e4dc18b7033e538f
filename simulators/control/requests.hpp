#pragma once
#include "metrics/sheet.hpp"
#include "runtime/core/time.hpp"
#include "simulators/control/api.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::control {

/// A whole number between `least` and `most`; nullopt when the text is anything else.
std::optional<std::int64_t> whole(std::string_view text, std::int64_t least, std::int64_t most);

/// A request's JSON body, read leniently: what is missing or of another type is empty.
class Body {
 public:
  explicit Body(const std::string& text);
  bool has(std::string_view key) const { return json_.is_object() && json_.contains(key); }
  std::string text(std::string_view key) const;
  std::optional<std::int64_t> whole(std::string_view key, std::int64_t least, std::int64_t most) const;

 private:
  Json json_;
};

/// A refusal, when the query has a parameter that is none of those `taken`: it would change nothing, and
/// nobody would notice.
std::optional<HttpResponse> refuse_unknown(const Arguments& arguments,
                                           std::initializer_list<std::string_view> taken);
/// "queued, ringing, completed".
std::string listed(const std::vector<std::string_view>& words);

/// ?wait=SECONDS, none: no time; nullopt: it cannot be read, refuse_wait() says so.
std::optional<runtime::Duration> seconds_to_wait(const Arguments& arguments);
HttpResponse refuse_wait(const Arguments& arguments);

/// GET /metrics and GET /healthz.
void add_health(Api& api, const metrics::Book& book);
/// GET /openapi.yaml; `text` lives as long as the program.
void add_document(Api& api, std::string_view text);

}  // namespace simulators::control
