#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "simulators/control/api.hpp"
#include "simulators/control/journal.hpp"
#include "simulators/openai/fake_openai.hpp"

namespace simulators::openai {

/// The control interface of the stand-alone fake: HTTP and JSON, on a listener of its own
/// (control.openapi.yaml). All that is referred to outlives it.
class Control {
 public:
  struct Parts {
    FakeOpenAi& fake;
    control::Journal& journal;
    metrics::Book& book;
    runtime::Clock& clock;
  };
  explicit Control(Parts parts);

  runtime::net::Service& service() { return api_; }

 private:
  void add_session_routes();
  void add_server_routes();
  const SessionFacts* find(std::string_view id) const;

  Parts parts_;
  control::Api api_;
};

}  // namespace simulators::openai
