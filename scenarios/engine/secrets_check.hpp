#pragma once
#include "scenarios/engine/bridge_under_test.hpp"
#include "scenarios/engine/journal.hpp"

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

/// Secrets, however they travel: as they stand, in hex, in base64 or percent-encoded.
class SecretShapes {
 public:
  explicit SecretShapes(std::span<const std::string> secrets);
  bool in(std::string_view text) const;

 private:
  std::vector<std::string> shapes_;
};

/// Where the bridge let out a secret that it was given: in a line of its log, in any scrape of its metrics
/// (which has been looked for) or in what it sent. One line for each place, without the secret. Sound is not
/// searched.
std::vector<std::string> secrets_let_out(const SecretShapes& shapes, const std::deque<LogLine>& log,
                                         bool in_metrics, const Journal& journal);

}  // namespace scenarios::engine
