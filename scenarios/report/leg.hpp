#pragma once
#include "scenarios/engine/result.hpp"

#include <string>
#include <vector>

namespace scenarios::report {

/// Where a call's sound stopped, and what to look at.
struct Leg {
  std::string verdict;
  std::string says;
  std::vector<std::string> next;
};

/// In the words of `linecheck diagnose`, or in better ones where the fakes saw more.
Leg leg_of(const engine::CallResult& call);

}  // namespace scenarios::report
