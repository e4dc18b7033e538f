// The configuration is read again beside the event loop that carries calls.
#include "bridge/app/reloader.hpp"

#include <gmock/gmock.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

namespace bridge::app {
namespace {

using testing::HasSubstr;

ConfigErrors wrong(const std::string& what) {
  ConfigErrors errors;
  errors.problems.push_back(what);
  return errors;
}

/// What came of each read, in its order.
struct Heard {
  std::vector<std::string> words;
  void operator()(const Reloader::Loaded& loaded) {
    const auto* errors = std::get_if<ConfigErrors>(&loaded);
    words.push_back(errors == nullptr ? "a configuration" : errors->problems.front());
  }
};

TEST(BridgeReloader, AReadThatHangsKeepsNoLoop) {
  boost::asio::io_context loop;
  auto alive = boost::asio::make_work_guard(loop);
  std::promise<void> disk;
  Heard heard;
  Reloader reloader(
      loop.get_executor(),
      [&]() -> Reloader::Loaded {
        disk.get_future().wait();
        return wrong("read");
      },
      std::ref(heard));
  reloader.ask();
  bool ran = false;
  boost::asio::post(loop, [&] { ran = true; });
  while (!ran) loop.run_one();
  EXPECT_TRUE(heard.words.empty());
  disk.set_value();
  while (heard.words.empty()) loop.run_one();
  EXPECT_THAT(heard.words, testing::ElementsAre("read"));
  EXPECT_TRUE(reloader.finish(std::chrono::seconds(10)));
}

TEST(BridgeReloader, WhoeverAsksDuringAReadIsGivenALaterOne) {
  boost::asio::io_context loop;
  auto alive = boost::asio::make_work_guard(loop);
  std::atomic<int> reads{0};
  std::promise<void> disk;
  auto first = disk.get_future().share();
  Heard heard;
  Reloader reloader(
      loop.get_executor(),
      [&, first]() -> Reloader::Loaded {
        first.wait();
        return wrong(std::to_string(++reads));
      },
      std::ref(heard));
  reloader.ask();
  reloader.ask();
  reloader.ask();
  disk.set_value();
  while (heard.words.empty()) loop.run_one();
  EXPECT_THAT(heard.words, testing::ElementsAre("2"));
  EXPECT_TRUE(reloader.finish(std::chrono::seconds(10)));
  EXPECT_EQ(reads, 2);
}

TEST(BridgeReloader, AFaultInAReadIsAnErrorLikeAnyOther) {
  boost::asio::io_context loop;
  auto alive = boost::asio::make_work_guard(loop);
  Heard heard;
  Reloader reloader(
      loop.get_executor(), []() -> Reloader::Loaded { throw std::runtime_error("no memory"); },
      std::ref(heard));
  reloader.ask();
  while (heard.words.empty()) loop.run_one();
  EXPECT_THAT(heard.words.front(), HasSubstr("no memory"));
  EXPECT_TRUE(reloader.finish(std::chrono::seconds(10)));
}

}  // namespace
}  // namespace bridge::app
