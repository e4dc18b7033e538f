#include "scenarios/cli/interruption.hpp"

#include <sys/eventfd.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

namespace scenarios::cli {
namespace {

std::atomic<bool> interruption_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no lock");

/// Readable from the first signal on, for whoever waits in poll: a signal that comes right before poll does
/// not interrupt it. Open as long as the program.
int readable_when_asked = -1;

void ask_for_end(int) {
  interruption_asked = true;
  const int before = errno;
  const std::uint64_t once = 1;
  [[maybe_unused]] const auto written = ::write(readable_when_asked, &once, sizeof once);
  errno = before;
}

}  // namespace

void Interruption::watch() {
  if (readable_when_asked < 0) readable_when_asked = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (readable_when_asked < 0)
    throw std::system_error(errno, std::generic_category(), "cannot await signals");
  struct sigaction action = {};
  action.sa_handler = ask_for_end;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool Interruption::asked() {
  return interruption_asked;
}

int Interruption::descriptor() {
  return readable_when_asked;
}

}  // namespace scenarios::cli
