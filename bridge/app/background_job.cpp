#include "bridge/app/background_job.hpp"
#include "runtime/async/words_of.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <system_error>
#include <utility>

namespace bridge::app {

BackgroundJob::BackgroundJob(boost::asio::any_io_executor executor, Read read,
                             std::function<void(std::string)> failed)
    : executor_(std::move(executor)), read_(std::move(read)), failed_(std::move(failed)) {}

BackgroundJob::~BackgroundJob() {
  if (thread_.joinable()) thread_.join();
}

void BackgroundJob::ask() {
  again_ = under_way_;
  if (!under_way_) begin();
}

void BackgroundJob::begin() {
  under_way_ = true;
  if (thread_.joinable()) thread_.join();  // it has posted its last
  reading_ = true;
  try {
    thread_ = std::thread([this] {
      boost::asio::post(executor_, [this, then = outcome()] { done(then); });
      const std::lock_guard lock(mutex_);
      reading_ = false;
      over_.notify_all();
    });
  } catch (const std::system_error&) {  // calls go on without it
    under_way_ = reading_ = again_ = false;
    failed_("not read: the system has no thread left for it; SIGHUP asks again");
  }
}

std::function<void()> BackgroundJob::outcome() const {
  try {
    return read_();
  } catch (...) {
    return [this, why = runtime::words_of(std::current_exception())] {
      failed_("a fault while it was read: " + why);
    };
  }
}

void BackgroundJob::done(const std::function<void()>& outcome) {
  under_way_ = false;
  if (std::exchange(again_, false)) return begin();
  outcome();
}

bool BackgroundJob::finish(std::chrono::seconds within) {
  std::unique_lock lock(mutex_);
  const bool read = over_.wait_for(lock, within, [this] { return !reading_; });
  if (!read) thread_.detach();
  return read;
}

}  // namespace bridge::app
