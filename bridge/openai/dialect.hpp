#pragma once
#include <string_view>

namespace bridge::openai {

/// How the API names things. GA is spoken everywhere; the beta, which OpenAI switched off in May 2026, still
/// at the URLs of Azure's preview. Section 9 of the reference of the Realtime API has both.
enum class Dialect { ga, beta };

/// The GA name of an event of the beta; `type` itself where both name it alike.
std::string_view in_ga(std::string_view type);

/// The beta's "g711_ulaw", "g711_alaw" or "pcm16" in GA's words; others as they are.
std::string_view format_in_ga(std::string_view format);

}  // namespace bridge::openai
