#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// The server under test, in a process of its own: that is how its cost is told from the driver's.
class ServerProcess {
 public:
  /// Starts it and waits for its line `NAME ... ready public=HOST:PORT ...` on standard output.
  explicit ServerProcess(const std::vector<std::string>& command);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  /// Asks it to end, and makes it after five seconds.
  ~ServerProcess();

  std::uint16_t port() const { return port_; }
  /// Of `admin=HOST:PORT` in that line; 0: it names none.
  std::uint16_t admin_port() const { return admin_port_; }
  /// User and system time of all its threads so far, from /proc/PID/stat.
  double cpu_seconds() const;
  /// The most memory that it held at once.
  double peak_megabytes() const;

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0, admin_port_ = 0;
};

}  // namespace bench
