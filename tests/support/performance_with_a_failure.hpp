#pragma once
#include "runtime/sim/loop.hpp"
#include "runtime/sim/network.hpp"
#include "scenarios/engine/conductor.hpp"
#include "scenarios/engine/in_process_bridge.hpp"
#include "scenarios/engine/run.hpp"
#include "tests/support/failing_network.hpp"

namespace support {

/// A scenario in virtual time, whose bridge stands on a network of which one operation may fail.
class PerformanceWithAFailure final : public scenarios::engine::Performance {
 public:
  /// Of what begins between two moments after the start the steps are counted.
  struct Window {
    runtime::Duration from, to;
  };
  /// Runs it to its end. Both outlive this.
  PerformanceWithAFailure(const scenarios::engine::Scenario& scenario, Steps& steps, Window window);
  const scenarios::engine::Conductor& conductor() const override { return conductor_; }

  /// False: an exception came out of the bridge, whose process would have died, or it never ended.
  bool over() const { return over_; }

 private:
  scenarios::engine::Stage stage();
  boost::asio::awaitable<void> conduct();

  runtime::sim::Loop loop_;
  runtime::SeededRandom fabric_random_{1}, twilio_random_{2}, openai_random_{3};
  runtime::sim::Fabric fabric_;
  runtime::Ticker ticker_;
  FailingNetwork network_;
  scenarios::engine::Stage stage_;
  scenarios::engine::Conductor conductor_;
  bool over_ = false;
  bool failed_ = false;
  runtime::TaskGroup tasks_;
};

}  // namespace support
