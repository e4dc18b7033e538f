#pragma once
#include "bridge/app/admin.hpp"
#include "bridge/app/commons.hpp"
#include "bridge/app/config.hpp"
#include "metrics/sheet.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bridge::app {

/// What a bridge does once, however many workers it has: the admin listener, what is said of the
/// configuration, and when to end. One thread, which carries no call.
class Control {
 public:
  using Seams = Admin::Seams;
  /// What is handed in outlives it.
  Control(Seams seams, Config config, Commons& commons);

  /// Binds the admin listener. The log names the address of an error.
  runtime::Result<void> start();
  std::uint16_t admin_port() const { return admin_.port(); }
  /// Every listener is open: says in the log and in the metrics what the bridge runs with.
  void say_what_is_configured();

  /// A configuration read anew. Calls that run keep theirs, new ones get this one; what was settled at the
  /// start (listeners, the log) is kept, and the log says so. Each worker takes it on its own thread.
  void reload(Config config);
  /// It could not be used: the running one stays, and the log says why.
  void reload(const ConfigErrors& errors);

  /// Not ready any more; running calls go on for at most the configured grace, then end politely. Idempotent.
  void drain() { commons_.drain(config_.drain, seams_.clock.now(), seams_.log); }
  /// An exception has come to its own loop: the process drains, and stays until a scrape has told why.
  void fail() {
    commons_.worker_failed(seams_.clock.now());
    drain();
  }
  /// Ends the grace period now (a second signal). After drain().
  void cut() { commons_.cut(); }
  /// How long drain() takes at most, as it is configured now.
  runtime::Duration longest_drain() const;

  /// All workers have ended: waits for a scrape that tells why, if one failed, within the drain's time.
  boost::asio::awaitable<void> tell_failures();

  /// All workers have ended, or none has begun. To be awaited before destruction.
  boost::asio::awaitable<void> close() { return admin_.shut_down(); }

 private:
  Seams seams_;
  Config config_;
  Commons& commons_;
  metrics::Sheet& sheet_;
  Admin admin_;
  std::vector<std::string> kept_;  // keys that wait for a restart, as of the last reload
};

}  // namespace bridge::app
