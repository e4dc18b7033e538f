#include "scenarios/engine/process_child.hpp"

#include "runtime/async/system_clock.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <unistd.h>
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

}  // namespace
}  // namespace scenarios::engine
