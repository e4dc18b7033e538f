#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/url.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::call {

class ArgumentSchema;

/// A function of the model that is an HTTP request of ours.
struct HttpTool {
  std::string name, description;
  /// GET and DELETE carry the arguments in the query, the others as a JSON body.
  std::string method = "POST";
  runtime::net::Url url;
  std::shared_ptr<const ArgumentSchema> parameters;     // immutable, shared by every call
  runtime::Duration timeout = std::chrono::seconds(5);  // for all of it, redirects included
  std::string bearer;                                   // a secret; empty: none
  std::size_t answer_bytes = 16U << 10U;                // a longer answer is an error
};

/// What the model may do besides speaking.
struct ToolSettings {
  bool end_call = true;
  struct Transfer {
    std::vector<std::string> allow;  // E.164 numbers; a trailing * allows a prefix
    std::string caller_id;           // what the other party sees; empty: the caller's number
    runtime::Duration ring_timeout = std::chrono::seconds(30);
    /// TwiML verbs for a caller whom nobody answered.
    std::string if_not_answered =
        "<Say>I am sorry, nobody is free to take your call. Please try again later.</Say><Hangup/>";
  };
  std::optional<Transfer> transfer;
  bool send_dtmf = false;
  std::vector<HttpTool> http;
  /// Where HTTP tools and their redirects may lead: host names; "*.example.com" allows all below.
  std::vector<std::string> hosts;
};

/// Whether a rule of `allow` covers `number`: itself, or a prefix such as "+1415*".
bool number_allowed(const std::vector<std::string>& allow, std::string_view number);
/// Whether a rule of `hosts` covers `host`. Without regard to case.
bool host_allowed(const std::vector<std::string>& hosts, std::string_view host);

}  // namespace bridge::call
