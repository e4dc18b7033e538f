#pragma once
#include <string>
#include <string_view>

namespace bridge::app {

/// Whether a key of a configuration holds a secret, by its name: a second net under those who forget to say
/// so.
bool names_a_secret(std::string_view key);

/// A line of a configuration as a message may show it, with stars for what is secret: values by their keys,
/// and what stands in a URL before its host or behind its '?'. As long as it was, for the caret; of a text
/// that may be no YAML.
std::string without_secrets(std::string line);

}  // namespace bridge::app
