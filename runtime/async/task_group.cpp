#include "runtime/async/task_group.hpp"

#include "runtime/async/use_tuple.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace runtime {
namespace asio = boost::asio;

namespace {
/// An await begun after a cancellation throws this: a task's way out, not its failure.
bool says_cancelled(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}
}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFailure on_failure)
    : executor_(std::move(executor)), on_failure_(std::move(on_failure)), idle_(executor_, 1) {}

TaskGroup::~TaskGroup() {
  if (signals_.empty()) return;
  std::fputs("TaskGroup destroyed before join(): a task would outlive its owner\n", stderr);
  std::abort();
}

void TaskGroup::spawn(asio::awaitable<void> task) {
  const auto signal = signals_.emplace(signals_.end());
  auto ended = [this, signal](std::exception_ptr error) {
    signals_.erase(signal);
    if (error && !(cancelled_ && says_cancelled(error))) on_failure_(error);
    if (signals_.empty()) idle_.try_send(boost::system::error_code());
  };
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
}

void TaskGroup::cancel() {
  cancelled_ = true;
  for (auto it = signals_.begin(); it != signals_.end();) (it++)->emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> TaskGroup::join() {
  while (!signals_.empty()) (void)co_await idle_.async_receive(use_tuple);
}

}  // namespace runtime
