#include "simulators/openai/facts.hpp"

namespace simulators::openai {

std::size_t audio_bytes(const SessionFacts& session) {
  std::size_t bytes = session.caller_audio.size() + session.appends.size() * sizeof(AppendFacts);
  for (const ResponseFacts& response : session.responses)
    bytes += response.audio.size() + response.chunks.size() * sizeof(ChunkFacts);
  return bytes;
}

std::size_t forget_audio(std::deque<SessionFacts>& sessions, std::size_t least) {
  std::size_t forgotten = 0;
  for (SessionFacts& session : sessions) {
    if (forgotten >= least) break;
    if (!session.ended_at) continue;
    forgotten += audio_bytes(session);
    session.caller_audio = {};
    session.appends = {};
    for (ResponseFacts& response : session.responses) {
      response.audio = {};
      response.chunks = {};
    }
  }
  return forgotten;
}

}  // namespace simulators::openai
