#include "simulators/openai/facts.hpp"

namespace simulators::openai {

std::size_t audio_bytes(const SessionFacts& session) {
  std::size_t bytes = session.caller_audio.size() + session.appends.size() * sizeof(AppendFacts);
  for (const ResponseFacts& response : session.responses)
    bytes += response.audio.size() + response.chunks.size() * sizeof(ChunkFacts);
  return bytes;
}

}  // namespace simulators::openai
