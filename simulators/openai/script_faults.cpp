#include "simulators/openai/script_faults.hpp"

#include <algorithm>

namespace simulators::openai {

void number_faults(Behaviour& behaviour) {
  std::size_t place = 0;
  for (Fault& fault : behaviour.faults) fault.place = place++;
}

void strike_session(Behaviour& behaviour, SessionFacts& facts, std::size_t number, Duration since,
                    runtime::Random& random) {
  std::erase_if(behaviour.faults, [&](const Fault& fault) { return !strikes(fault, number, since, random); });
  for (const Fault& fault : std::vector<Fault>(behaviour.faults)) {
    if (begins_later(fault)) continue;
    apply(fault, behaviour);
    const bool at_once =
        fault.what->scope == FaultScope::handshake ||
        (fault.what->scope == FaultScope::session && !damages_events(fault) && !has_its_time(fault));
    if (at_once && fault.place) facts.faults_struck.insert(*fault.place);
  }
}

std::vector<std::size_t> faults_without_effect(const Behaviour& behaviour,
                                               const std::set<std::size_t>& struck) {
  std::vector<std::size_t> idle;
  for (std::size_t place = 0; place < behaviour.faults.size(); ++place) {
    if (!struck.contains(place)) idle.push_back(place);
  }
  return idle;
}

}  // namespace simulators::openai
