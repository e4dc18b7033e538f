#pragma once
#include "bridge/call/tool_result.hpp"
#include "bridge/call/tool_settings.hpp"
#include "runtime/net/network.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bridge::call {

/// The requests that one call of an HTTP tool takes: the first, and what redirects lead to, never out of the
/// allowed hosts. Sans-IO: says what to ask, is told what came. All arguments outlive it.
class ToolExchange {
 public:
  /// `arguments`: JSON text of an object, checked against the tool's schema.
  ToolExchange(const HttpTool& tool, const std::vector<std::string>& hosts, std::string_view arguments);

  const runtime::net::Url& url() const { return url_; }
  const runtime::net::HttpRequest& request() const { return request_; }
  /// The result; nullopt: a redirect, and url() and request() say where to go on.
  std::optional<ToolResult> answered(const runtime::net::Fetched& fetched);

 private:
  std::optional<ToolResult> redirected(const runtime::net::HttpResponse& response);
  ToolResult read(const runtime::net::HttpResponse& response) const;

  const HttpTool& tool_;
  const std::vector<std::string>& hosts_;
  runtime::net::Url url_;
  runtime::net::HttpRequest request_;
  int redirects_ = 0;
};

}  // namespace bridge::call
