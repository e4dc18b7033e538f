#pragma once
#include "scenarios/engine/expectation.hpp"

#include <string>
#include <vector>

namespace scenarios::words {

/// When it must hold: "at the end", "within 2 s of 'answer'".
std::string window(const engine::Window& window);
/// What it asks for, in a sentence; empty where the expectation's own text says it.
std::string meaning(const engine::Check& check);
/// The metrics that it names, each with what it counts.
std::vector<std::string> glossary(const engine::Check& check);

}  // namespace scenarios::words
