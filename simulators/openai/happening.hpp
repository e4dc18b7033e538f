#pragma once
#include "simulators/openai/outlet.hpp"
#include "simulators/openai/script.hpp"

namespace simulators::openai {

/// Does what needs no response to be done, at any moment of a session.
void happen(const Happening& what, Outlet& outlet, TimePoint now);

}  // namespace simulators::openai
