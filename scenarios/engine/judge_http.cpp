#include "scenarios/engine/json_holds.hpp"
#include "scenarios/engine/judges.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

// What the bridge asked of the scenario's own servers.
namespace scenarios::engine {
namespace {

constexpr std::size_t kShown = 5;        // requests that a failure tells of
constexpr std::size_t kShownBody = 120;  // bytes of each

bool fits(const HttpReceivedCheck& check, const HttpRequestFacts& request) {
  if (check.request && !check.request->takes(request.method, request.target)) return false;
  if (request.body.find(check.contains) == std::string::npos) return false;
  const bool headers_fit = std::ranges::all_of(
      check.headers, [&](const auto& header) { return request.headers.get(header.first) == header.second; });
  if (!headers_fit) return false;
  return !check.json || json_holds(request.body, *check.json);
}

std::string shown(const Evidence& evidence, const HttpRequestFacts& request) {
  std::string body = request.body.substr(0, kShownBody);
  if (body.size() < request.body.size()) body += "...";
  const std::string answer = request.answered ? std::to_string(*request.answered) : "nothing";
  return fmt::format("{}: {} {} was answered with {}", time_text(evidence, request.at), request.text(), body,
                     answer);
}

}  // namespace

Outcome judge_http_received(const HttpReceivedCheck& check, const Between& between,
                            const Evidence& evidence) {
  std::size_t count = 0;
  std::string first, others;
  std::size_t told = 0;
  for (const auto& server : *evidence.http) {
    if (server.name() != check.server) continue;
    for (const auto& request : server.requests()) {
      if (fits(check, request) && between.holds(request.at)) {
        if (++count == 1) first = shown(evidence, request);
      }
      if (++told <= kShown) others += "\n    " + shown(evidence, request);
    }
  }
  const bool holds = check.times ? count == *check.times : count > 0;
  if (holds) return passed(count == 0 ? "no such request came" : first);
  const std::string came = told == 0 ? " no request at all came" : fmt::format(" {} came:{}", told, others);
  return failed(fmt::format("{} such requests came to '{}';", count, check.server) + came);
}

}  // namespace scenarios::engine
