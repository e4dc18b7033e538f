#pragma once

namespace scenarios::cli {

/// SIGINT and SIGTERM ask a run to end with what it has. The second of a kind ends the program at once.
class Interruption {
 public:
  static void watch();
  static bool asked();
};

}  // namespace scenarios::cli
