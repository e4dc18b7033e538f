#pragma once
#include "bridge/app/config.hpp"

#include <string>
#include <vector>

namespace bridge::app {

/// A new configuration on a running bridge: what was settled at the start stays as it was.
struct Reloaded {
  Config config;
  std::vector<std::string> kept;  // keys whose new value waits for a restart
};
Reloaded reloaded(const Config& running, Config next);

}  // namespace bridge::app
