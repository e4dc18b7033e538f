#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "simulators/control/api.hpp"
#include "simulators/control/journal.hpp"
#include "simulators/twilio/fake_twilio.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace simulators::twilio {

/// Reads a call's plan from a scenario, or from a part of one (its caller, line, call, ...), in YAML or JSON.
/// What the text leaves out is as in `otherwise`. The error is ready to be shown. The language lives above
/// this layer.
using PlanReader =
    std::function<std::variant<CallPlan, std::string>(const std::string& text, const CallPlan& otherwise)>;

/// The text of control.openapi.yaml.
std::string_view control_openapi();

/// The control interface of the stand-alone fake: HTTP and JSON, on a listener of its own
/// (control.openapi.yaml). All that is referred to outlives it.
class Control {
 public:
  struct Parts {
    FakeTwilio& fake;
    control::Journal& journal;
    metrics::Book& book;
    runtime::Clock& clock;
    PlanReader read_plan;
    /// Of calls that say nothing else: addresses, numbers, the caller's script.
    CallPlan defaults;
  };
  explicit Control(Parts parts);

  control::Api& service() { return api_; }

 private:
  using Arguments = control::Arguments;
  using HttpResponse = control::HttpResponse;

  void add_call_routes();
  void add_server_routes();
  /// The plan that a request's body and query ask for; its error is the response.
  std::variant<CallPlan, HttpResponse> plan_of(const Arguments& arguments) const;
  HttpResponse start_call(const Arguments& arguments);
  HttpResponse list_calls(const Arguments& arguments) const;
  HttpResponse expect_outbound(const Arguments& arguments);
  HttpResponse set_defaults(const Arguments& arguments);
  HttpResponse strike(const CallFacts& call, const Arguments& arguments);
  boost::asio::awaitable<HttpResponse> one_call(const Arguments& arguments) const;
  boost::asio::awaitable<HttpResponse> reset(const Arguments& arguments);
  boost::asio::awaitable<bool> ended_by(std::string sid, TimePoint deadline) const;

  /// A handler that needs its call: another sid is answered with 404.
  using CallHandler = std::function<HttpResponse(const CallFacts&, const Arguments&)>;
  void on_call(std::string_view method, std::string_view pattern, CallHandler handler);

  Parts parts_;
  control::Api api_;
};

}  // namespace simulators::twilio
