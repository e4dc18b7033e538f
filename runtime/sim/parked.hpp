#pragma once
#include "runtime/net/byte_stream.hpp"
#include "runtime/sim/loop.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <cstddef>
#include <utility>

namespace runtime::sim {

/// A place where something may wait on the loop, known to the loop so that it can drop at its end what
/// still waits. Must not outlive the loop, unless the loop dropped it.
class WaitingPlace
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;
  virtual bool occupied() const = 0;

 protected:
  explicit WaitingPlace(Loop& loop);
  ~WaitingPlace() = default;
  boost::asio::io_context& context() { return context_; }

 private:
  friend class Loop;
  /// Forgets the waiter without resuming it. May destroy this object.
  virtual void drop() = 0;

  boost::asio::io_context& context_;
};

/// A place where one coroutine waits until it is woken. Remembers nothing: a wake-up without a waiter is
/// lost, so the waiter looks at the state first, then waits, then looks again.
class Parked final : public WaitingPlace {
 public:
  explicit Parked(Loop& loop) : WaitingPlace(loop) {}
  ~Parked();

  /// Returns at the next wake(). False: cancelled before; then start nothing, return.
  boost::asio::awaitable<bool> wait();
  void wake();
  bool occupied() const override { return static_cast<bool>(handler_); }

 private:
  using Handler = boost::asio::any_completion_handler<void(bool)>;
  void park(Handler handler, boost::asio::any_io_executor executor);
  void complete(bool woken);
  void drop() override;

  Handler handler_;
  boost::asio::any_io_executor elsewhere_;  // where the waiter runs; empty: on the loop itself
};

/// A place where one read or write of a byte stream waits. A cancelled one ends with operation_aborted.
class ParkedIo final : public WaitingPlace {
 public:
  explicit ParkedIo(Loop& loop);
  ~ParkedIo();

  /// Where the program runs that reads or writes here; without it, on the loop itself.
  void runs_on(boost::asio::any_io_executor executor) { executor_ = std::move(executor); }
  void park(net::IoHandler handler);
  /// Of an operation that did not have to wait.
  void post(net::IoHandler handler, error_code error, std::size_t bytes);
  /// Without effect when nobody waits.
  void complete(error_code error, std::size_t bytes);
  bool occupied() const override { return static_cast<bool>(handler_); }

 private:
  void drop() override;

  boost::asio::any_io_executor executor_;
  net::IoHandler handler_;
};

}  // namespace runtime::sim
