#pragma once
#include "bridge/app/state.hpp"
#include "runtime/net/url.hpp"

#include <string_view>

namespace bridge::app {

/// What Twilio tells beside the calls themselves: `<Stream statusCallback>` and the Debugger's webhook. Each
/// is counted, logged, and handed to the registry as evidence. Nothing that they say needs an answer.
class Callbacks {
 public:
  explicit Callbacks(State& state) : state_(state) {}

  /// `query`: of the callback's URL, which is signed as the return URL is.
  void stream_status(std::string_view call_sid, std::string_view query, const runtime::net::Form& form);
  /// False: the request is no event of the Debugger.
  bool debugger(const runtime::net::Form& form);

 private:
  State& state_;
};

/// Five digits in a row, as in "Stream signal error, code: 31924"; 0: none.
int code_in(std::string_view text);

}  // namespace bridge::app
