#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bench {

struct BridgeSize {
  std::size_t calls = 0;  // at once
  int workers = 1;
};

/// A file for a linecheck-bridge between the two sides of a Load; the caller removes it once it is read.
std::filesystem::path write_configuration(std::uint16_t model_port, BridgeSize size);

/// Of a call's TwiML: what its stream must bring, its token among them.
using Parameters = std::map<std::string, std::string>;
/// Asks the bridge's webhook for `count` calls, numbered from `first` on.
std::vector<Parameters> fetch_parameters(std::uint16_t port, std::size_t first, std::size_t count);

/// Sends a request to 127.0.0.1 and waits for all of the answer; the server is to close behind it.
std::string exchange(std::uint16_t port, const std::string& request);

}  // namespace bench
