#pragma once
#include <cstddef>
#include <semaphore>
#include <utility>

namespace scenarios::cli {

/// What would make the harness late for calls that run in real time: starting programs, judging, writing
/// reports. As much of it at once as leaves a core for the calls; who comes later waits for a turn.
class HeavyWork {
 public:
  explicit HeavyWork(std::size_t at_once) : places_(static_cast<std::ptrdiff_t>(at_once)) {}

  class Turn {
   public:
    explicit Turn(HeavyWork& work) : work_(&work) { work.places_.acquire(); }
    ~Turn() { end(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    void end() {
      if (auto* work = std::exchange(work_, nullptr)) work->places_.release();
    }

   private:
    HeavyWork* work_;
  };

 private:
  std::counting_semaphore<> places_;
};

}  // namespace scenarios::cli
