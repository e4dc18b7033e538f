#include "scenarios/cli/interruption.hpp"

#include <atomic>
#include <csignal>

namespace scenarios::cli {
namespace {

std::atomic<bool> interruption_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no lock");

void ask_for_end(int) {
  interruption_asked = true;
}

}  // namespace

void Interruption::watch() {
  struct sigaction action = {};
  action.sa_handler = ask_for_end;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool Interruption::asked() {
  return interruption_asked;
}

}  // namespace scenarios::cli
