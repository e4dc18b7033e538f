#pragma once
#include "runtime/sim/loop.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace runtime::sim {

/// A process of the simulated world that can be held up, as SIGSTOP does it or a host that is short of
/// processor time. What is to run on its executor while it is held is kept, and runs in its order when it is
/// let go: its timers are late, its sockets are full. The world around it goes on.
class Process {
 public:
  explicit Process(Loop& loop);
  /// Whatever it still keeps is dropped.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// All that belongs to the process runs on it, its networks included (Fabric::network). May outlive it.
  boost::asio::any_io_executor executor() const;
  void hold();
  void let_go();
  bool held() const;

 private:
  class Gate;
  class Executor;
  std::shared_ptr<Gate> gate_;
};

}  // namespace runtime::sim
