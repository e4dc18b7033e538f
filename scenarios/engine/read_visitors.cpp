// Those at the bridge's doors who are not Twilio, and what is expected for them.
#include "scenarios/engine/measures.hpp"
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using Stops = VisitorPlan::Stops;

constexpr std::size_t kMostBytes = 64U << 20U;    // of a header or a body
constexpr std::size_t kMostAtOnce = 256U << 20U;  // of all connections of a visitor

constexpr Word<Stops> kStops[] = {{"nowhere", Stops::nowhere},
                                  {"before_anything", Stops::before_anything},
                                  {"in_head", Stops::in_head},
                                  {"in_body", Stops::in_body},
                                  {"after_answer", Stops::after_answer}};
constexpr Word<VisitorPlan::Door> kDoors[] = {{"public", VisitorPlan::Door::of_public},
                                              {"admin", VisitorPlan::Door::of_admin}};

std::size_t read_bytes(const Field& field, std::string_view key) {
  if (!field.has(key)) return 0;
  const std::size_t bytes = field.at(key).size();
  if (bytes > kMostBytes) field.at(key).problem("a visitor sends at most 64MiB of it");
  return std::min(bytes, kMostBytes);
}

void check_request(const Field& field, const VisitorPlan& visitor) {
  for (const std::string_view key :
       {"request", "headers", "user", "password", "header_size", "body_size", "upgrade"}) {
    if (field.has(key) && !visitor.has_request())
      field.at(key).problem(fmt::format("who stops 'before_anything' sends no '{}'", key),
                            "stops: in_head, in_body or after_answer");
  }
  if (visitor.stops == Stops::in_body && visitor.body_bytes < 2)
    field.at("stops").problem("there is no body to stop in", "body_size: 1KiB");
  if (visitor.user.empty() != visitor.password.empty())
    field.at(visitor.user.empty() ? "password" : "user")
        .problem("a 'user' and a 'password' go together", "give both, or neither");
  const std::size_t each = visitor.header_bytes + visitor.body_bytes;
  if (each > 0 && visitor.connections > kMostAtOnce / each)
    field.at("connections").problem("together they send at most 256MiB", "fewer of them, or less from each");
  if (visitor.upgrade && visitor.body_bytes > 0)
    field.at("body_size").problem("what asks for a WebSocket has no body");
}

VisitorPlan read_visitor(const Field& field) {
  VisitorPlan visitor;
  visitor.at = field.place().value;
  visitor.name = field.text("as");
  visitor.after = field.text("after");
  visitor.in = field.has("at") ? field.duration("at") : field.duration("in");
  if (field.has("at") && field.has("after"))
    field.at("at").problem("'at' and 'after' are two moments", "keep one");
  visitor.door = choose(field.text("door", "public"), kDoors);
  visitor.upgrade = field.flag("upgrade");
  const std::string request = field.text("request", "GET /");
  const auto space = request.find(' ');
  visitor.method = request.substr(0, space);
  visitor.target = request.substr(space + 1);
  if (field.has("headers")) {
    for (const auto& [name, value] : field.at("headers").json().items())
      visitor.headers.emplace_back(name, value.get<std::string>());
  }
  visitor.user = field.text("user");
  visitor.password = field.text("password");
  visitor.header_bytes = read_bytes(field, "header_size");
  visitor.body_bytes = read_bytes(field, "body_size");
  visitor.stops = choose(field.text("stops", "nowhere"), kStops);
  visitor.connections = static_cast<std::size_t>(field.number("connections", 1));
  visitor.stays = field.duration("for", visitor.stays);
  check_request(field, visitor);
  return visitor;
}

}  // namespace

std::vector<VisitorPlan> read_visitors(const Field& list) {
  std::vector<VisitorPlan> visitors;
  for (const auto& entry : list.each()) visitors.push_back(read_visitor(entry));
  return visitors;
}

VisitorCheck read_visitor_check(const Field& field, const std::vector<VisitorPlan>& visitors) {
  VisitorCheck check;
  check.name = field.text("name");
  const auto visitor = std::ranges::find(visitors, check.name, &VisitorPlan::name);
  if (visitor == visitors.end()) {
    std::vector<std::string> names;
    for (const auto& known : visitors) names.push_back(known.name);
    const std::string near = nearest(check.name, names);
    field.at("name").problem(
        "no visitor is called '" + check.name + "'",
        near.empty() ? "'visitors:' has them, each with its 'as:'" : "did you mean '" + near + "'?");
  }
  if (field.has("status")) {
    const Field status = field.at("status");
    check.status = status.is_text() ? VisitorCheck::kUnanswered : static_cast<int>(field.number("status"));
  }
  check.contains = field.text("contains");
  if (field.has("times")) check.times = static_cast<std::size_t>(field.number("times"));
  if (!field.has("closed_within")) {
    if (!check.status && check.contains.empty())
      field.problem("it expects nothing of '" + check.name + "'",
                    "status: 413, contains: TEXT or closed_within: [9s, 12s]");
    return check;
  }
  const bool answered =
      (check.status && *check.status != VisitorCheck::kUnanswered) || !check.contains.empty();
  if (visitor != visitors.end() && visitor->stops == Stops::nowhere && answered)
    field.at("closed_within")
        .problem(fmt::format("'{}' leaves when it is answered, before anybody could close", check.name),
                 "of the visitor: 'stops: after_answer'");
  const auto ends = field.at("closed_within").each();
  check.closed_within.emplace(ends[0].duration(), ends[1].duration());
  const auto [least, most] = *check.closed_within;
  if (least > most)
    ends[1].problem("the second time is before the first",
                    fmt::format("the shorter one first: [{}, {}]", ends[1].text(), ends[0].text()));
  if (visitor != visitors.end() && visitor->stays < most)
    ends[1].problem(
        fmt::format("'{}' has left by then: it stays {}", check.name, duration_text(visitor->stays)),
        fmt::format("of the visitor: 'for: {}' or longer", ends[1].text()));
  return check;
}

}  // namespace scenarios::engine
