#include "bridge/app/machines.hpp"

namespace bridge::app {

using OnMachine = Config::Outbound::MachineDetection::OnMachine;

runtime::Duration detection_takes(const Config& config) {
  using Mode = Config::Outbound::MachineDetection::Mode;
  constexpr runtime::Duration kTimeout = 30s;  // MachineDetectionTimeout, which is left to Twilio
  const auto& detection = config.outbound.machine_detection;
  const bool waits = detection.mode != Mode::none && !detection.asynchronous;
  return waits ? kTimeout : runtime::Duration(0);
}

bool ends_for_machine(const Config& config, std::string_view answered_by) {
  const bool machine = answered_by.starts_with("machine") || answered_by == "fax";
  return machine && config.outbound.machine_detection.on_machine != OnMachine::talk;
}

std::string last_words(const Config& config, std::string_view answered_by) {
  const auto& detection = config.outbound.machine_detection;
  const bool speak = detection.on_machine == OnMachine::leave_message && answered_by.starts_with("machine");
  return (speak ? detection.message : std::string()) + "<Hangup/>";
}

}  // namespace bridge::app
