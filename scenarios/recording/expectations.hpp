#pragma once
#include "scenarios/recording/model_script.hpp"
#include "scenarios/recording/recording.hpp"

#include <string>

namespace scenarios::recording {

/// Lines of YAML below `expect:`: the verdict, what was heard, what reached the model, the order of an
/// interruption, and how the call ended. `model` has written its rules.
std::string expectations(const Recording& recording, const Verdict& verdict, const ModelScript& model);

}  // namespace scenarios::recording
