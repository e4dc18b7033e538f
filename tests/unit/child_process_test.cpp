#include "scenarios/engine/process_child.hpp"

#include "runtime/async/system_clock.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <chrono>
#include <optional>
#include <string>

namespace scenarios::engine {
namespace {

/// A bridge that held a copy of a fake's socket would keep the connection open after the fake has closed it.
TEST(ChildProcess, HoldsNoneOfOurSockets) {
  boost::asio::io_context context;
  runtime::SystemClock clock;
  const int ours = ::open("/dev/null", O_RDONLY);  // as Asio opens its sockets: for children as well
  std::string files;
  ChildProcess child(context.get_executor(), clock, [&](const std::string& line) { files += line + " "; });

  ASSERT_EQ(child.start({{"/bin/ls", "/proc/self/fd"}, {}, false}), std::nullopt);
  context.run();

  ::close(ours);
  EXPECT_EQ(files, "0 1 2 3 ") << "3 is the folder that ls reads";
}

TEST(ChildProcess, ThatIsHeldActsOnASignalWhenItIsLetGo) {
  boost::asio::io_context context;
  runtime::SystemClock clock;
  runtime::Event up(context.get_executor());
  ChildProcess child(context.get_executor(), clock, [&](const std::string&) { up.set(); });
  bool ended_while_held = true;
  auto treat = [&]() -> boost::asio::awaitable<void> {
    (void)co_await up.wait();
    child.hold();
    child.terminate();
    (void)co_await clock.sleep_until(clock.now() + std::chrono::milliseconds(200));
    ended_while_held = !child.running();
    child.let_go();
  };

  const std::string waits = "trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done";
  ASSERT_EQ(child.start({{"/bin/sh", "-c", waits}, {}, true}), std::nullopt);
  boost::asio::co_spawn(context, treat(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
  context.run();

  EXPECT_FALSE(ended_while_held);
  EXPECT_EQ(child.exit_code(), 3);
}

}  // namespace
}  // namespace scenarios::engine
