#include "bridge/call/tool_exchange.hpp"

#include "bridge/json/text.hpp"
#include "runtime/net/message_socket.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace bridge::call {
namespace {

using runtime::net::Fetched;
using runtime::net::Form;
using runtime::net::HttpResponse;
using Json = nlohmann::ordered_json;

constexpr int kMostRedirects = 3;

bool in_query(std::string_view method) {
  return method == "GET" || method == "DELETE";
}

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Top-level arguments as fields; a list is its entries under one name.
Form fields_of(std::string_view arguments) {
  Form form;
  const auto json = nlohmann::json::parse(arguments, nullptr, false);
  for (const auto& [name, value] : json.items()) {
    if (!value.is_array()) {
      form.emplace_back(name, text_of(value));
      continue;
    }
    for (const auto& entry : value) form.emplace_back(name, text_of(entry));
  }
  return form;
}

bool redirects(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool same_origin(const runtime::net::Url& a, const runtime::net::Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

}  // namespace

ToolExchange::ToolExchange(const HttpTool& tool, const std::vector<std::string>& hosts,
                           std::string_view arguments)
    : tool_(tool), hosts_(hosts), url_(tool.url) {
  request_.method = tool.method;
  request_.answer_bytes = tool.answer_bytes;
  request_.connect_within = tool.timeout;
  request_.headers.add("Accept", "application/json, text/plain;q=0.5");
  request_.headers.add("User-Agent", "linecheck-bridge");
  if (!tool.bearer.empty()) request_.headers.add("Authorization", "Bearer " + tool.bearer);
  if (in_query(tool.method)) {
    const auto query = runtime::net::encode_form(fields_of(arguments));
    if (!query.empty()) url_.target += (url_.target.find('?') == std::string::npos ? "?" : "&") + query;
  } else {
    request_.headers.add("Content-Type", "application/json");
    request_.body = arguments;
  }
}

std::optional<ToolResult> ToolExchange::answered(const Fetched& fetched) {
  if (fetched.error == runtime::net::NetError::too_big) {
    return tool_error(
        ToolOutcome::failed, "the answer is too long to be used",
        fmt::format("the answer is longer than the {} bytes of max_answer", tool_.answer_bytes));
  }
  if (!fetched) {
    return tool_error(ToolOutcome::failed, "the service behind this tool could not be reached",
                      fmt::format("{}: {}", url_.authority(),
                                  fetched.detail.empty() ? fetched.error.message() : fetched.detail));
  }
  if (redirects(fetched.response.status) && fetched.response.headers.has("Location")) {
    return redirected(fetched.response);
  }
  return read(fetched.response);
}

std::optional<ToolResult> ToolExchange::redirected(const HttpResponse& response) {
  const auto to = runtime::net::resolve_url(url_, response.headers.get("Location"));
  const bool web = to && (to->scheme == "https" || to->scheme == "http");
  if (!web || ++redirects_ > kMostRedirects) {
    return tool_error(ToolOutcome::failed, "the service behind this tool could not be reached",
                      web ? fmt::format("more than {} redirects", kMostRedirects)
                          : std::string("a redirect to what is no web address"));
  }
  if (!host_allowed(hosts_, to->host) || (url_.secure() && !to->secure())) {
    return tool_error(
        ToolOutcome::not_allowed, "the service behind this tool could not be reached",
        fmt::format("a redirect to {}://{}, which {}", to->scheme, json::excerpt(to->authority()),
                    host_allowed(hosts_, to->host) ? "is not encrypted, as the tool's url is"
                                                   : "is not in tools.hosts"));
  }
  if (!same_origin(url_, *to))
    std::erase_if(request_.headers.fields, [](const auto& field) { return field.first == "Authorization"; });
  url_ = *to;
  // RFC 9110, 15.4: 303 always, and 301 and 302 of a POST in practice, go on as a GET without a body.
  const bool becomes_get = response.status == 303 || (response.status <= 302 && request_.method == "POST");
  if (becomes_get) {
    request_.method = "GET";
    request_.body.clear();
    std::erase_if(request_.headers.fields, [](const auto& field) { return field.first == "Content-Type"; });
  }
  return std::nullopt;
}

ToolResult ToolExchange::read(const HttpResponse& response) const {
  const bool good = response.status / 100 == 2;
  Json output;
  output["ok"] = good;
  if (!good) {
    output["error"] = to_string(ToolOutcome::failed);
    output["message"] =
        fmt::format("the service behind this tool answered with HTTP status {}", response.status);
  }
  output["status"] = response.status;
  if (!response.body.empty()) {
    auto body = Json::parse(response.body, nullptr, false);
    output["body"] = body.is_discarded() ? Json(response.body) : std::move(body);
  }
  return {good ? ToolOutcome::ok : ToolOutcome::failed,
          output.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          fmt::format("HTTP {}, {} bytes", response.status, response.body.size())};
}

}  // namespace bridge::call
