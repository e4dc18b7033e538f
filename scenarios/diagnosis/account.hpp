#pragma once
#include "scenarios/diagnosis/evidence.hpp"

#include <string>
#include <vector>

namespace scenarios::diagnosis {

/// What a conclusion rests on, a line each: verdicts first, then what was counted, in the order in which
/// sound travels.
std::vector<std::string> tell(const Evidence& evidence);

}  // namespace scenarios::diagnosis
