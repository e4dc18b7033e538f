#include "scenarios/cli/exit_code.hpp"

#include <algorithm>

namespace scenarios::cli {
using Status = engine::Result::Status;

Exit exit_of(const std::vector<engine::Result>& results, bool interrupted) {
  const auto any = [&](Status status) {
    return std::ranges::any_of(results,
                               [&](const engine::Result& result) { return result.status == status; });
  };
  if (interrupted) return Exit::interrupted;
  if (any(Status::not_deterministic)) return Exit::not_deterministic;
  if (any(Status::failed)) return Exit::failed;
  if (any(Status::broken) || any(Status::inconclusive)) return Exit::environment;
  return any(Status::passed) || any(Status::known_failing) ? Exit::passed : Exit::environment;
}

}  // namespace scenarios::cli
