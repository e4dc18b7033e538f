#pragma once
#include "tests/support/scripted_bridge.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tests {

/// The world that a case arranges before its call: everything of the fixture, open to it.
class ErrorWorld : public FakeTwilioTest {
 public:
  /// One call that is created through REST runs at a time.
  ErrorWorld();
  using FakeTwilioTest::bridge_;
  using FakeTwilioTest::fabric_;
  using FakeTwilioTest::loop_;
  using FakeTwilioTest::plan_;
  using FakeTwilioTest::twilio_;

  /// The webhook answers with `verbs` inside `<Response>`; the caller listens for `listens`.
  void serve(std::string verbs, simulators::twilio::Duration listens = std::chrono::milliseconds(200));
  std::vector<simulators::twilio::TwilioError> errors() { return call().errors; }
  /// Asks the REST API: `path` behind the account, "Calls.json".
  void post(const std::string& path, const runtime::net::Form& form);

  std::shared_ptr<runtime::sim::Connection> media;  // of the stream, once it is dialled

 private:
  std::deque<runtime::net::HttpRequest> posted_;  // an answer in work refers to its request
};

/// How one entry of Twilio's error dictionary is produced.
struct ErrorCase {
  int code;
  bool warning;
  std::string title;
  std::string how;  // for the table
  std::function<std::vector<simulators::twilio::TwilioError>(ErrorWorld&)> errors;
};
/// One that is not, and why.
struct OutOfScope {
  int code;
  bool warning;
  std::string title;
  std::string why;
};

const std::vector<ErrorCase>& error_cases();
const std::vector<OutOfScope>& errors_out_of_scope();

std::vector<ErrorCase> stream_error_cases();
std::vector<ErrorCase> http_error_cases();
std::vector<ErrorCase> document_error_cases();
std::vector<ErrorCase> attribute_error_cases();

}  // namespace tests
