#pragma once
#include "runtime/core/random.hpp"
#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/facts.hpp"

#include <cstddef>
#include <set>
#include <vector>

namespace simulators::openai {

// The faults of a script across its sessions: whom they strike, and whether they struck at all.

/// Gives each its place.
void number_faults(Behaviour& behaviour);
/// Leaves in the behaviour of a session those that strike it, and lets take effect what begins with it.
/// `number` and `since`: as of strikes().
void strike_session(Behaviour& behaviour, SessionFacts& facts, std::size_t number, Duration since,
                    runtime::Random& random);
/// Places of those that are not among `struck`.
std::vector<std::size_t> faults_without_effect(const Behaviour& behaviour,
                                               const std::set<std::size_t>& struck);

}  // namespace simulators::openai
