#pragma once
#include "scenarios/diagnosis/conclusion.hpp"

#include <string>
#include <vector>

namespace scenarios::diagnosis {

/// What to do next, in this order.
std::vector<std::string> advise(Row row, const Evidence& evidence);

}  // namespace scenarios::diagnosis
