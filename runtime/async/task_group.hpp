#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/channel.hpp>

#include <exception>
#include <functional>
#include <list>

namespace runtime {

/// Owner of coroutines whose number is not known beforehand (the calls of a server).
/// One executor, one thread. Must be joined before it is destroyed: the destructor checks it.
class TaskGroup {
 public:
  using OnFailure = std::function<void(std::exception_ptr)>;
  /// `on_failure` hears of a task that ended by exception, which is a bug in that task. That a
  /// cancelled task ended by operation_aborted is none.
  TaskGroup(boost::asio::any_io_executor executor, OnFailure on_failure);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  void spawn(boost::asio::awaitable<void> task);
  /// Asks every task to end. Tasks that clean up under a limit of their own may still take a while.
  void cancel();
  /// Completes when the last task ended.
  boost::asio::awaitable<void> join();
  std::size_t size() const { return signals_.size(); }

 private:
  boost::asio::any_io_executor executor_;
  OnFailure on_failure_;
  bool cancelled_ = false;
  std::list<boost::asio::cancellation_signal> signals_;
  boost::asio::experimental::channel<void(boost::system::error_code)> idle_;
};

}  // namespace runtime
