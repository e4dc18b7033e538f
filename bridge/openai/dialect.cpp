#include "bridge/openai/dialect.hpp"

#include <algorithm>
#include <iterator>

namespace bridge::openai {
namespace {

struct Name {
  std::string_view beta, ga;
};

constexpr Name kEvents[] = {
    {"conversation.item.created", "conversation.item.added"},
    {"response.audio.delta", "response.output_audio.delta"},
    {"response.audio.done", "response.output_audio.done"},
    {"response.audio_transcript.delta", "response.output_audio_transcript.delta"},
    {"response.audio_transcript.done", "response.output_audio_transcript.done"},
    {"response.text.delta", "response.output_text.delta"},
    {"response.text.done", "response.output_text.done"},
};

constexpr Name kFormats[] = {
    {"g711_ulaw", "audio/pcmu"},
    {"g711_alaw", "audio/pcma"},
    {"pcm16", "audio/pcm"},
};

template <std::size_t N>
std::string_view translated(const Name (&names)[N], std::string_view beta) {
  const auto found = std::ranges::find(names, beta, &Name::beta);
  return found == std::end(names) ? beta : found->ga;
}

}  // namespace

std::string_view in_ga(std::string_view type) {
  return translated(kEvents, type);
}

std::string_view format_in_ga(std::string_view format) {
  return translated(kFormats, format);
}

}  // namespace bridge::openai
