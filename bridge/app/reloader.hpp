#pragma once
#include "bridge/app/background_job.hpp"
#include "bridge/app/config.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <variant>

namespace bridge::app {

/// Reads the configuration again, in the background.
class Reloader {
 public:
  using Loaded = std::variant<Config, ConfigErrors>;
  /// `load` runs on the job's thread; `use` hears of what came of it, on the executor.
  Reloader(boost::asio::any_io_executor executor, std::function<Loaded()> load,
           std::function<void(const Loaded&)> use);

  void ask() { job_.ask(); }
  bool finish(std::chrono::seconds within) { return job_.finish(within); }

 private:
  BackgroundJob job_;
};

}  // namespace bridge::app
