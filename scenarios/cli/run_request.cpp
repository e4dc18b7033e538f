#include "scenarios/cli/run_request.hpp"

#include "scenarios/cli/library.hpp"

namespace scenarios::cli {

std::string RunRequest::bridge_name() const {
  if (other) return other->name() + " (not linecheck's, in real time)";
  return real() ? bridge_executable().string() : "linecheck-bridge, in this process, in virtual time";
}

}  // namespace scenarios::cli
