#pragma once
#include <atomic>
#include <cstdint>

namespace bridge::app {

/// Tells one thread that others left work for it. Announcing makes a system call only while it sleeps.
class Work {
 public:
  std::uint32_t version() const { return version_.load(std::memory_order_acquire); }
  void announce() {
    version_.fetch_add(1, std::memory_order_release);
    version_.notify_one();
  }
  void wait_beyond(std::uint32_t seen) const { version_.wait(seen, std::memory_order_acquire); }

 private:
  std::atomic<std::uint32_t> version_{0};
};

}  // namespace bridge::app
