#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// Somebody else's bridge, and how it is reached: started by a command for every scenario, or running
/// somewhere already. All that is asked of it is that it finds the fakes.
struct OtherBridge {
  std::string command;             // for /bin/sh; empty: it runs already
  std::filesystem::path folder;    // where the command is run; empty: here
  std::string url;                 // of one that runs already: http://HOST:PORT
  std::string webhook = "/voice";  // path that Twilio asks when a call comes in
  std::string status_callback;     // path that hears how a call went on; empty: none
  std::string metrics;             // path or URL of its metrics; empty: it has none
  std::map<std::string, std::string>
      metric_names;          // its name for what linecheck-bridge calls so: ours -> its
  bool log_markers = false;  // it writes linecheck-bridge's lines, so `log:` may ask for them
  bool openai_tls = false;  // the fake OpenAI speaks TLS, with a certificate that the bridge is told to trust
  std::uint16_t openai_port = 0, twilio_port = 0;  // where the fakes listen; 0: anywhere

  bool by_command() const { return !command.empty(); }
  /// For the first line of output.
  std::string name() const { return by_command() ? command : url; }
};

struct Scenario;
struct Addresses;
/// `ours`, which linecheck-bridge is configured with, as this bridge needs them.
Addresses addresses_for_other(const OtherBridge& other, Addresses ours);
/// How they reach its command: NAME=VALUE, as docs/your-bridge.md has them.
std::vector<std::string> environment_of_other(const Addresses& addresses, const Scenario& scenario);

/// Why nothing of `scenario` can be asked under the rules of the track that hold for all; empty: it can.
std::string beyond_the_track_rules(const Scenario& scenario);
/// Why nothing of `scenario` can be asked of somebody else's bridge; empty: it can.
std::string beyond_other_bridges(const Scenario& scenario, const OtherBridge& other);

/// `exposition` with the bridge's own names replaced by linecheck-bridge's, as `names` (ours -> its) has
/// them.
std::string renamed_metrics(const std::string& exposition, const std::map<std::string, std::string>& names);

}  // namespace scenarios::engine
