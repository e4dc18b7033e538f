#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "simulators/control/api.hpp"
#include "simulators/control/journal.hpp"
#include "simulators/openai/fake_openai.hpp"

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace simulators::openai {

/// What a scenario, or a part of one, says of the service.
struct Part {
  Script script;
  Behaviour behaviour;
  std::set<std::string> keys;  // all that it says something of, `model` and `openai` among them
};
/// Reads it from YAML or JSON. The error is ready to be shown. The language lives above this layer.
using PartReader = std::function<std::variant<Part, std::string>(const std::string& text)>;

/// The text of control.openapi.yaml.
std::string_view control_openapi();

/// The control interface of the stand-alone fake: HTTP and JSON, on a listener of its own
/// (control.openapi.yaml). All that is referred to outlives it.
class Control {
 public:
  struct Parts {
    FakeOpenAi& fake;
    control::Journal& journal;
    metrics::Book& book;
    runtime::Clock& clock;
    PartReader read_part;
    Part initial;  // what reset comes back to
  };
  explicit Control(Parts parts);

  control::Api& service() { return api_; }

 private:
  using Arguments = control::Arguments;
  using HttpResponse = control::HttpResponse;
  using SessionHandler = std::function<HttpResponse(const SessionFacts&, const Arguments&)>;

  void add_session_routes();
  void add_server_routes();
  /// A handler that needs its session: another id is answered with 404.
  void on_session(std::string_view method, std::string_view pattern, SessionHandler handler);
  const SessionFacts* find(std::string_view id) const;
  HttpResponse list(const Arguments& arguments) const;
  HttpResponse strike(const SessionFacts& session, const Arguments& arguments);
  HttpResponse strike_by_name(const SessionFacts& session, const Arguments& arguments);
  HttpResponse replace(const Arguments& arguments, bool script);
  boost::asio::awaitable<HttpResponse> one_session(const Arguments& arguments) const;
  boost::asio::awaitable<HttpResponse> reset(const Arguments& arguments);

  Parts parts_;
  control::Api api_;
};

}  // namespace simulators::openai
