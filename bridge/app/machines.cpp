#include "bridge/app/machines.hpp"

namespace bridge::app {

using OnMachine = Config::Outbound::MachineDetection::OnMachine;

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
