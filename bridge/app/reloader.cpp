#include "bridge/app/reloader.hpp"
#include "runtime/async/words_of.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

namespace bridge::app {

Reloader::Reloader(boost::asio::any_io_executor executor, std::function<Loaded()> load,
                   std::function<void(const Loaded&)> use)
    : executor_(std::move(executor)), load_(std::move(load)), use_(std::move(use)) {}

Reloader::~Reloader() {
  if (thread_.joinable()) thread_.join();
}

void Reloader::ask() {
  again_ = under_way_;
  if (!under_way_) begin();
}

void Reloader::begin() {
  under_way_ = true;
  if (thread_.joinable()) thread_.join();  // it has posted its last
  reading_ = true;
  try {
    thread_ = std::thread([this] {
      auto outcome = std::make_shared<const Loaded>(read());
      boost::asio::post(executor_, [this, outcome] { loaded(*outcome); });
      const std::lock_guard lock(mutex_);
      reading_ = false;
      done_.notify_all();
    });
  } catch (const std::system_error&) {  // calls go on without it
    under_way_ = reading_ = again_ = false;
    ConfigErrors errors;
    errors.problems.emplace_back("not read: the system has no thread left for it; SIGHUP asks again");
    use_(errors);
  }
}

Reloader::Loaded Reloader::read() const {
  try {
    return load_();
  } catch (...) {
    ConfigErrors errors;
    errors.problems.push_back("a fault while it was read: " + runtime::words_of(std::current_exception()));
    return errors;
  }
}

void Reloader::loaded(const Loaded& outcome) {
  under_way_ = false;
  if (std::exchange(again_, false)) return begin();
  use_(outcome);
}

bool Reloader::finish(std::chrono::seconds within) {
  std::unique_lock lock(mutex_);
  const bool read = done_.wait_for(lock, within, [this] { return !reading_; });
  if (!read) thread_.detach();
  return read;
}

}  // namespace bridge::app
