#include "simulators/twilio/dial_queue.hpp"

#include "runtime/async/first_of.hpp"

#include <algorithm>

namespace simulators::twilio {
namespace asio = boost::asio;

/// A call's place in the queue, for as long as the object lives.
class DialQueue::Place {
 public:
  explicit Place(DialQueue& queue) : at_the_front(queue.executor_), queue_(queue) {
    queue_.waiting_.push_back(this);
    queue_.waiting_.front()->at_the_front.set();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::erase(queue_.waiting_, this);
    if (!queue_.waiting_.empty()) queue_.waiting_.front()->at_the_front.set();
  }
  runtime::Event at_the_front;

 private:
  DialQueue& queue_;
};

DialQueue::DialQueue(asio::any_io_executor executor, runtime::Clock& clock, double calls_per_second)
    : executor_(std::move(executor)), clock_(clock), next_(clock.now()) {
  if (calls_per_second > 0) {
    interval_ =
        std::chrono::duration_cast<runtime::Duration>(std::chrono::duration<double>(1.0 / calls_per_second));
  }
}

asio::awaitable<bool> DialQueue::turn(runtime::Event& given_up) {
  if (interval_ == runtime::Duration(0)) co_return true;
  Place place(*this);
  const auto first = co_await runtime::first_of(place.at_the_front.wait(), given_up.wait());
  if (first.index() == 1 || given_up.is_set()) co_return false;
  const auto free = co_await runtime::first_of(clock_.sleep_until(next_), given_up.wait());
  if (free.index() == 1 || given_up.is_set()) co_return false;
  next_ = clock_.now() + interval_;
  co_return true;
}

}  // namespace simulators::twilio
