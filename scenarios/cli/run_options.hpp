#pragma once
#include "scenarios/cli/run_request.hpp"

#include <optional>
#include <string>

namespace scenarios::cli {

/// The command line of what runs scenarios as it was written, before linecheck.yaml has filled in the rest.
struct RunOptions {
  RunRequest request;
  std::string shard;
  std::optional<std::string> project;
  std::string bridge_command, bridge_url;
  std::optional<std::string> webhook;
  bool watch = false;
};

/// Which bridge is tested.
void add_bridge_options(CLI::App& command, RunOptions& options);
/// Completes the request from linecheck.yaml. False: something is wrong, which has been said.
bool complete(RunOptions& options);

}  // namespace scenarios::cli
