#pragma once
#include "runtime/net/http.hpp"
#include "simulators/openai/ids.hpp"
#include "simulators/openai/json.hpp"
#include "simulators/openai/session_config.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace simulators::openai {

/// The HTTP doors that hand out short-lived keys for browsers (openai-realtime.md, 1.5). A secret opens any
/// number of sessions until it expires; what was asked for with it is what they begin with.
class ClientSecrets {
 public:
  static constexpr std::string_view kPrefix = "ek_";
  struct Secret {
    std::int64_t expires_at = 0;  // Unix seconds
    SessionConfig::Kind kind = SessionConfig::Kind::voice;
    std::string model;  // empty: not said
    Json session;       // as in session.update
  };

  /// `most`: how many are kept that have not expired; more are refused with 429.
  explicit ClientSecrets(std::size_t most = 10'000) : most_(most) {}

  /// Whether `path` is one of these doors.
  static bool answers(std::string_view path);
  /// The answer to a request whose key is good. Secrets that have expired by then are forgotten.
  runtime::net::HttpResponse respond(const runtime::net::HttpRequest& request, std::int64_t now_seconds,
                                     Ids& ids);
  /// nullptr: nobody got this one here, or it expired and is forgotten.
  const Secret* find(std::string_view value) const;

 private:
  runtime::net::HttpResponse create(const Json& body, std::int64_t now_seconds, Ids& ids);
  runtime::net::HttpResponse create_legacy(const Json& body, SessionConfig::Kind kind,
                                           std::int64_t now_seconds, Ids& ids);

  const std::size_t most_;
  std::map<std::string, Secret, std::less<>> secrets_;
};

/// An error as the HTTP API puts it.
runtime::net::HttpResponse http_error(int status, const ErrorBody& error);

}  // namespace simulators::openai
