#pragma once
#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace bridge::app {

/// Reads files on a thread of its own: a disk that hangs must stop neither signals nor scrapes. But for
/// finish(), asked on the executor's thread.
class BackgroundJob {
 public:
  /// Runs on the thread. What it returns runs on the executor, with what was read.
  using Read = std::function<std::function<void()>()>;
  /// `failed` hears on the executor why nothing was read.
  BackgroundJob(boost::asio::any_io_executor executor, Read read, std::function<void(std::string)> failed);
  /// After finish() has said true.
  ~BackgroundJob();

  /// While one is under way: once more behind it, since the files may have changed meanwhile.
  void ask();
  /// The executor runs no more. False: a read hangs, and the process can only be left by _Exit.
  bool finish(std::chrono::seconds within);

 private:
  void begin();
  std::function<void()> outcome() const;  // on the thread
  void done(const std::function<void()>& outcome);

  boost::asio::any_io_executor executor_;
  Read read_;
  std::function<void(std::string)> failed_;
  bool under_way_ = false, again_ = false;
  std::thread thread_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable over_;
  bool reading_ = false;
};

}  // namespace bridge::app
