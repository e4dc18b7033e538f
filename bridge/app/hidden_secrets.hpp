#pragma once
#include <string>
#include <string_view>

namespace bridge::app {

/// Whether a key of a configuration holds a secret, by its name: a second net under those who forget to say
/// so.
bool names_a_secret(std::string_view key);

/// Stands for a secret wherever a configuration is shown: long enough to be taken for one when it is read
/// again.
inline constexpr std::string_view kRedacted = "redacted-since-it-is-a-secret";

/// A URL with kRedacted for what its query holds, but for the names of a model and of an API's version; any
/// other text as it is.
std::string without_query_secrets(const std::string& text);

/// A line of a configuration as a message may show it, with stars for what is secret: values by their keys,
/// and what stands in a URL before its host or behind its '?'. As long as it was, for the caret; of a text
/// that may be no YAML.
std::string without_secrets(std::string line);

}  // namespace bridge::app
