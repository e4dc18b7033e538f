#pragma once
#include "runtime/sim/loop.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/intrusive/list_hook.hpp>

namespace runtime::sim {

/// A place where one coroutine waits until it is woken. Remembers nothing: a wake-up without a waiter is
/// lost, so the waiter looks at the state first, then waits, then looks again. Must not outlive the loop,
/// unless the loop dropped it.
class Parked
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  explicit Parked(Loop& loop);
  ~Parked();
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;

  /// Returns at the next wake(). False: cancelled before; then start nothing, return.
  boost::asio::awaitable<bool> wait();
  void wake();
  bool occupied() const { return static_cast<bool>(handler_); }

 private:
  friend class Loop;
  using Handler = boost::asio::any_completion_handler<void(bool)>;
  void park(Handler handler);
  void complete(bool woken);
  /// Forgets the waiter without resuming it: the loop is ending.
  void drop();

  boost::asio::io_context& context_;
  Handler handler_;
};

}  // namespace runtime::sim
