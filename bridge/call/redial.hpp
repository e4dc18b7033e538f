#pragma once
#include "runtime/core/random.hpp"
#include "runtime/core/time.hpp"

#include <chrono>
#include <optional>

namespace bridge::call {

/// When a call that has no session dials again: after waits that double, from `first` to `most`, each drawn
/// from its upper half so that calls which lost their sessions together do not come back together, and for no
/// longer than `budget` without a session. A session that dies younger than `budget` does not renew it, and
/// only its own life is not counted: a service that takes every call and drops it at once is not dialled for
/// ever.
class Redial {
 public:
  struct Options {
    runtime::Duration budget = std::chrono::seconds(8);
    runtime::Duration first = std::chrono::milliseconds(250);
    runtime::Duration most = std::chrono::seconds(2);
  };
  Redial(const Options& options, runtime::Random& random) : options_(options), random_(random) {}

  /// The call has no session from now on.
  void missing(runtime::TimePoint now);
  /// It has one.
  void ready(runtime::TimePoint now) { ready_at_ = now; }
  /// When to dial next. `told`: the wait that the service itself asked for, which is kept to. None: it would
  /// be too late.
  std::optional<runtime::TimePoint> next(runtime::TimePoint now,
                                         std::optional<runtime::Duration> told = std::nullopt);
  /// A dial that was due within the budget has not been made: too many others are.
  bool overdue(runtime::TimePoint now) const {
    return since_ && now - *since_ > options_.budget + options_.most;
  }

 private:
  const Options& options_;
  runtime::Random& random_;
  std::optional<runtime::TimePoint> since_;  // the call has had none, but for the lives of young ones
  std::optional<runtime::TimePoint> ready_at_;
  runtime::Duration wait_{0};  // the next one, before it is drawn
};

}  // namespace bridge::call
