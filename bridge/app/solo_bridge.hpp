#pragma once
#include "bridge/app/bridge.hpp"
#include "bridge/app/commons.hpp"
#include "bridge/app/control.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <utility>

namespace bridge::app {

/// A whole bridge on one event loop, as virtual time has it: one worker, and its Control beside it.
class SoloBridge {
 public:
  SoloBridge(Environment environment, const Config& config)
      : commons_(environment.metrics, config, environment.random),
        control_({environment.clock, environment.network, environment.metrics, environment.log}, config,
                 commons_),
        worker_(environment, config, commons_) {}

  /// After an error, run() closes what was bound.
  runtime::Result<void> start();
  Commons& commons() { return commons_; }

  void reload(Config config) { control_.reload(std::move(config)); }
  void reload(const ConfigErrors& errors) { control_.reload(errors); }
  void drain() { control_.drain(); }
  void cut() { control_.cut(); }
  /// To be awaited to its end before destruction. True: drained, and all calls ended by themselves.
  boost::asio::awaitable<bool> run();

 private:
  Commons commons_;
  Control control_;
  Bridge worker_;
};

}  // namespace bridge::app
