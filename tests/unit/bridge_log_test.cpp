#include "bridge/app/logging.hpp"

#include "runtime/async/system_clock.hpp"

#include <gmock/gmock.h>
#include <spdlog/sinks/base_sink.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <future>
#include <mutex>
#include <sstream>
#include <thread>

namespace bridge::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

/// A destination that takes nothing until it is released: a pipe that nobody reads, a full disk.
class Blocked final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void release() { gate_.set_value(); }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_.str();
  }
  std::size_t lines() {
    const auto all = text();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  }

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    open_.wait();
    spdlog::memory_buf_t formatted;
    formatter_->format(line, formatted);
    text_ << std::string_view(formatted.data(), formatted.size());
  }
  void flush_() override {}

  std::promise<void> gate_;
  std::shared_future<void> open_ = gate_.get_future().share();
  std::ostringstream text_;
};

class Log : public testing::Test {
 protected:
  Config::Log config_;
  runtime::SystemClock clock_;
  std::shared_ptr<Blocked> sink_ = std::make_shared<Blocked>();
};

TEST_F(Log, ABlockedDestinationStopsNobodyAndWhatIsLostIsCountedAndOwnedUpTo) {
  config_.queue = 16;
  AsyncLog log(config_, clock_, sink_, 2);
  for (int n = 0; n < 1000; ++n) {
    log.logger(0).info("line {}", n);  // would never return if it waited for the destination
    log.logger(1).info("line {}", n);
  }
  const auto dropped = log.dropped();
  EXPECT_GE(dropped, 2000U - 2 * (16 + 1) - 2);
  EXPECT_FALSE(log.finish(1ms));

  sink_->release();
  EXPECT_TRUE(log.finish(30s));
  EXPECT_EQ(log.dropped(), dropped);
  EXPECT_THAT(sink_->text(), HasSubstr(std::to_string(dropped) + " log lines were dropped"));
  EXPECT_EQ(sink_->lines(), 2000 - dropped + 1);
}

TEST_F(Log, LinesOfOneThreadKeepTheirOrder) {
  sink_->release();
  {
    AsyncLog log(config_, clock_, sink_);
    for (int n = 0; n < 100; ++n) log.logger().info("line {};", n);
  }
  std::size_t from = 0;
  const auto text = sink_->text();
  for (int n = 0; n < 100; ++n) {
    from = text.find("line " + std::to_string(n) + ";", from);
    ASSERT_NE(from, std::string::npos) << n;
  }
}

TEST_F(Log, AComponentHasItsOwnNameAndLevel) {
  sink_->release();
  config_.json = true;
  config_.level = "warning";
  config_.levels["call"] = "debug";
  AsyncLog log(config_, clock_, sink_);
  const auto call = component_log(log.logger(), "call", config_);
  call->debug("call=CA1 stream=MZ1 session=sess_1 ready");
  log.logger().info("quiet");
  log.logger().warn("loud");
  log.finish(30s);

  EXPECT_THAT(sink_->text(), Not(HasSubstr("quiet")));
  const auto first = nlohmann::json::parse(sink_->text().substr(0, sink_->text().find('\n')));
  EXPECT_EQ(first["component"], "call");
  EXPECT_EQ(first["level"], "debug");
  EXPECT_EQ(first["call"], "CA1");
  EXPECT_EQ(first["stream"], "MZ1");
  EXPECT_EQ(first["session"], "sess_1");
  EXPECT_EQ(first["message"], "call=CA1 stream=MZ1 session=sess_1 ready");
}

TEST_F(Log, MarkersAreFoundByTheSameWordsInBothFormats) {
  sink_->release();
  std::size_t begin = 0;
  for (const bool json : {false, true}) {
    config_.json = json;
    AsyncLog log(config_, clock_, sink_);
    log.logger().info("call=CA1 [RX_AUDIO_DELTA] bytes=480, response_id=resp_0123456789abcde...");
    log.logger().info("TWIML_TRACK=both_tracks (bidirectional audio)");
    log.finish(30s);
    const auto lines = sink_->text();
    const auto mine = lines.substr(begin);
    begin = lines.size();
    for (const auto* marker : {"[RX_AUDIO_DELTA] bytes=480, response_id=resp_0123456789abcde...",
                               "TWIML_TRACK=both_tracks (bidirectional audio)"}) {
      EXPECT_THAT(mine, HasSubstr(marker)) << json;
    }
  }
}

}  // namespace
}  // namespace bridge::app
