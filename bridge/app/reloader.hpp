#pragma once
#include "bridge/app/config.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

namespace bridge::app {

/// Reads the configuration again on a thread of its own: a disk that hangs must stop neither signals nor
/// scrapes. But for finish(), asked on the executor's thread.
class Reloader {
 public:
  using Loaded = std::variant<Config, ConfigErrors>;
  /// `load` runs on the thread; `use` hears of what came of it, on the executor.
  Reloader(boost::asio::any_io_executor executor, std::function<Loaded()> load,
           std::function<void(const Loaded&)> use);
  /// After finish() has said true.
  ~Reloader();

  /// While one is under way: once more behind it, since the file may have changed meanwhile.
  void ask();
  /// The executor runs no more. False: a read hangs, and the process can only be left by _Exit.
  bool finish(std::chrono::seconds within);

 private:
  void begin();
  Loaded read() const;  // on the thread
  void loaded(const Loaded& outcome);

  boost::asio::any_io_executor executor_;
  std::function<Loaded()> load_;
  std::function<void(const Loaded&)> use_;
  bool under_way_ = false, again_ = false;
  std::thread thread_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable done_;
  bool reading_ = false;
};

}  // namespace bridge::app
