#pragma once
#include "scenarios/recording/recording.hpp"
#include "scenarios/recording/redaction.hpp"

#include <string>
#include <vector>

namespace scenarios::recording {

/// "500ms", "2s".
std::string duration_text(Duration length);

/// The caller's steps, a line of YAML each. What was done after the bot had finished waits for that, what
/// interrupted it waits for as much of it; so a bridge that is slower, or a model, changes when and not what.
/// Of what is said, clips()[i] is the file of the i-th Says; keys are redacted.
std::vector<std::string> caller_script(const Recording& recording, const std::vector<std::string>& clips,
                                       Redaction& redaction);

/// The step's name: caller_1, keys_1.
std::string says_name(std::size_t number);
std::string keys_name(std::size_t number);

}  // namespace scenarios::recording
