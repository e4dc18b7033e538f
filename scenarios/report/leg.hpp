#pragma once
#include "scenarios/engine/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace scenarios::report {

/// Where the sound stopped, and what to look at.
struct Leg {
  std::string verdict;
  std::string says;
  std::vector<std::string> next;
  bool nothing_wrong = false;                // its call went well, as far as the fakes saw
  const engine::CallResult* call = nullptr;  // of the result; null: it is about no call
};

/// Of the first call whose verdict is not that all is well, in the words of `linecheck diagnose`, or in
/// better ones where the fakes saw more; of a process that is gone first of all. Nullopt: no call was judged.
std::optional<Leg> leg_of(const engine::Result& result);

}  // namespace scenarios::report
