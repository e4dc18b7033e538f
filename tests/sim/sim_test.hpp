#pragma once
#include "runtime/sim/loop.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace runtime::sim {

/// Every simulated test: one loop, and a failure when a coroutine ends by exception.
class SimTest : public testing::Test {
 protected:
  void spawn(boost::asio::awaitable<void> task) {
    boost::asio::co_spawn(loop_.context(), std::move(task), [](std::exception_ptr error) {
      if (!error) return;
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        ADD_FAILURE() << "coroutine ended by exception: " << e.what();
      }
    });
  }
  Duration since_start() const { return loop_.now() - start_; }
  Clock& clock() { return loop_.clock(); }

  Loop loop_;
  const TimePoint start_ = loop_.now();
};

}  // namespace runtime::sim
