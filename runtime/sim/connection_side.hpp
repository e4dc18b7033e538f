#pragma once
#include "runtime/sim/network.hpp"

#include <cstdint>
#include <string>

namespace runtime::sim {

enum class Side { client, server };

/// What a connection is called and how its links behave: the same at both levels.
struct ConnectionNames {
  std::string client;
  std::string server;
  std::string target;
};
struct ConnectionLinks {
  LinkOptions to_server;
  LinkOptions to_client;
  std::uint64_t seed = 0;
};

}  // namespace runtime::sim
