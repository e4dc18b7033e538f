#pragma once

namespace scenarios::cli {

/// SIGINT and SIGTERM ask a run to end with what it has. The second of a kind ends the program at once.
class Interruption {
 public:
  static void watch();
  static bool asked();
  /// To poll: readable once asked. -1 before watch().
  static int descriptor();
};

}  // namespace scenarios::cli
