#include "simulators/openai/control.hpp"

#include "simulators/openai/control_facts.hpp"

#include <string>
#include <utility>

namespace simulators::openai {
using control::Arguments;
using control::Json;
using control::refuse;
using control::show;

Control::Control(Parts parts) : parts_(parts) {
  add_session_routes();
  add_server_routes();
  control::add_journal(api_, parts_.journal, parts_.clock);
}

/// By its id, or by its number in the order of arrival.
const SessionFacts* Control::find(std::string_view id) const {
  for (const SessionFacts& session : parts_.fake.sessions()) {
    if (session.session_id == id || std::to_string(session.number) == id) return &session;
  }
  return nullptr;
}

void Control::add_session_routes() {
  api_.on("GET", "/sessions", [this](const Arguments&) {
    Json sessions = Json::array();
    for (const SessionFacts& session : parts_.fake.sessions()) sessions.push_back(summary_json(session));
    return show({{"sessions", sessions}});
  });
  api_.on("GET", "/sessions/{id}", [this](const Arguments& arguments) {
    const auto& id = arguments.captured.front();
    const SessionFacts* session = find(id);
    if (session != nullptr) return show(session_json(*session));
    return refuse(404, {"there is no session " + id + ", or it has been forgotten", "path",
                        "an id or a number of GET /sessions"});
  });
}

void Control::add_server_routes() {
  api_.on("GET", "/metrics", [this](const Arguments&) {
    return runtime::net::make_response(200, "text/plain; version=0.0.4; charset=utf-8", parts_.book.expose());
  });
  api_.on("GET", "/healthz", [](const Arguments&) { return show({{"status", "ok"}}); });
}

}  // namespace simulators::openai
