#include "bridge/app/machines.hpp"

namespace bridge::app {

bool is_machine(std::string_view answered_by) {
  return answered_by.starts_with("machine") || answered_by == "fax";
}

std::string last_words(const Config& config, std::string_view answered_by) {
  using OnMachine = Config::Outbound::MachineDetection::OnMachine;
  const auto& detection = config.outbound.machine_detection;
  const bool speak = detection.on_machine == OnMachine::leave_message && answered_by.starts_with("machine");
  return (speak ? detection.message : std::string()) + "<Hangup/>";
}

}  // namespace bridge::app
