#pragma once
#include "bridge/openai/events.hpp"

#include <cstddef>
#include <string_view>
#include <variant>

namespace bridge::openai {

/// Bytes kept of what the service says in an error. A rate limit's wait stands behind the names of a model
/// and an organization, 200 bytes into the sentence.
constexpr std::size_t kErrorWords = 400;

/// Decodes every event that comes a few times a turn (the frequent ones are Decoder's). `payload` is one
/// valid JSON object of `dialect`, `type` its type in GA's words.
std::variant<Event, Rejected> decode_rare(std::string_view type, std::string_view payload, Dialect dialect);

}  // namespace bridge::openai
