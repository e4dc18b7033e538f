#pragma once
#include "bridge/app/config_problems.hpp"

#include <yaml-cpp/yaml.h>

#include <string>

namespace bridge::app {

/// Whether a text holds at most one document, and of a size that can be worked with once every alias stands
/// for what it names; `problems` is told what is wrong. Throws YAML::Exception for what is no YAML.
bool check_document(const std::string& text, Problems& problems);

/// What would be right where the YAML reader gave up; empty: nobody knows.
std::string expected_instead(const std::string& text, const YAML::Exception& broken);

}  // namespace bridge::app
