// The servers of a scenario that are neither Twilio nor OpenAI, and what is expected of the bridge there.
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <utility>

namespace scenarios::engine {
namespace {

std::vector<std::string> server_names(const Json& root) {
  std::vector<std::string> names;
  if (!root.contains("http")) return names;
  for (const auto& [name, unused] : root["http"].items()) names.push_back(name);
  return names;
}

HttpAnswer read_answer(const Field& field) {
  HttpAnswer answer;
  if (field.is_text()) {
    answer.kind = field.text() == "hang" ? HttpAnswer::Kind::hang : HttpAnswer::Kind::reset;
    return answer;
  }
  answer.status = static_cast<int>(field.number("status", answer.status));
  answer.after = field.duration("after");
  if (field.has("json") && field.has("text"))
    field.at("text").problem("'json' and 'text' are two bodies", "keep one");
  if (field.has("json")) {
    answer.headers.emplace_back("Content-Type", "application/json");
    answer.body = field.at("json").json().dump();
  } else if (field.has("text")) {
    answer.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    answer.body = field.text("text");
  }
  if (!field.has("headers")) return answer;
  for (const auto& [name, value] : field.at("headers").json().items())
    answer.headers.emplace_back(name, value.get<std::string>());
  return answer;
}

HttpRoute read_route(const Field& field) {
  HttpRoute route;
  const std::string on = field.text("on");
  const auto space = on.find(' ');
  route.method = on.substr(0, space);
  route.path = on.substr(space + 1);
  route.as = field.text("as");
  for (const auto& entry : field.at("answer").each()) route.answers.push_back(read_answer(entry));
  return route;
}

void check_texts(const Field& field, const std::vector<std::string>& names) {
  if (field.is_map()) {
    for (const auto& [key, unused] : field.json().items()) check_texts(field.at(key), names);
  } else if (field.is_list()) {
    for (const auto& entry : field.each()) check_texts(entry, names);
  }
  if (!field.is_text()) return;
  for (const auto& reference : http_references(field.text())) {
    const auto dot = reference.find('.');
    const std::string name = reference.substr(0, dot);
    const std::string word = dot == std::string::npos ? "" : reference.substr(dot + 1);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const std::string near = nearest(name, names);
      field.problem(
          "no server of 'http:' is called '" + name + "'",
          near.empty() ? "http: names the servers of a scenario" : "did you mean '$http." + near + ".url'?");
    } else if (word != "url" && word != "host" && word != "port") {
      field.problem("'$http." + reference + "' stands for nothing",
                    "$http." + name + ".url, $http." + name + ".host or $http." + name + ".port");
    }
  }
}

}  // namespace

std::vector<HttpServerPlan> read_http(const Field& map) {
  std::vector<HttpServerPlan> servers;
  for (const auto& [name, unused] : map.json().items()) {
    HttpServerPlan server;
    server.name = name;
    for (const auto& entry : map.at(name).each()) {
      HttpRoute route = read_route(entry);
      for (const auto& other : server.routes) {
        if (other.text() == route.text())
          entry.at("on").problem("'" + route.text() + "' has its answers already", "add them to its list");
      }
      server.routes.push_back(std::move(route));
    }
    servers.push_back(std::move(server));
  }
  return servers;
}

void check_http_references(const Field& field) {
  check_texts(field, server_names(field.reading().document.json));
}

HttpReceivedCheck read_http_received(const Field& field) {
  HttpReceivedCheck check;
  check.server = field.text("server");
  const auto names = server_names(field.reading().document.json);
  if (std::find(names.begin(), names.end(), check.server) == names.end()) {
    const std::string near = nearest(check.server, names);
    field.at("server").problem("no server of 'http:' is called '" + check.server + "'",
                               near.empty() ? "" : "did you mean '" + near + "'?");
  }
  if (field.has("request")) {
    const std::string request = field.text("request");
    const auto space = request.find(' ');
    check.request = HttpRoute{request.substr(0, space), request.substr(space + 1), {}, {}};
  }
  if (field.has("json")) check.json = field.at("json").json().dump();
  check.contains = field.text("contains");
  if (field.has("headers")) {
    for (const auto& [name, value] : field.at("headers").json().items())
      check.headers.emplace_back(name, value.get<std::string>());
  }
  if (field.has("times")) check.times = static_cast<std::size_t>(field.number("times"));
  return check;
}

}  // namespace scenarios::engine
