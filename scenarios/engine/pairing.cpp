#include "scenarios/engine/pairing.hpp"

#include <cstring>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace scenarios::engine {
using runtime::TimePoint;
using simulators::openai::SessionFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::StreamFacts;

const StreamFacts* started_stream(const CallFacts& call) {
  const StreamFacts* last = nullptr;
  for (const auto& stream : call.streams) {
    if (stream->started_at) last = stream.get();
  }
  return last;
}

namespace {
using Calls = std::vector<const CallFacts*>;

constexpr std::size_t kFrame = 160;           // bytes: the caller's audio is sent and passed on in frames
constexpr std::size_t kFingerprint = 1600;    // 200 ms of line noise: no two calls share it
constexpr std::size_t kFingerprints = 64000;  // of a session's audio, that are tried

/// In linear time, also where both are silence: std::string::find would compare all of it at every place.
bool holds(std::string_view sound, std::string_view part) {
  return ::memmem(sound.data(), sound.size(), part.data(), part.size()) != nullptr;
}

/// Who sent a stretch of audio.
struct Sender {
  std::optional<std::size_t> call;
  bool several = false;  // as with a clip that all of them say
  void also(std::size_t number) {
    several = several || (call && *call != number);
    call = number;
  }
  std::optional<std::size_t> only() const { return several ? std::nullopt : call; }
};

/// Who sent what the sessions heard. Each stream is read once for all sessions: to search every stream for
/// every session takes the square of the calls.
class Senders {
 public:
  Senders(const Calls& calls, const std::deque<SessionFacts>& sessions) : calls_(calls) {
    for (const auto& session : sessions) {
      for (std::size_t at = 0; has_fingerprint(session, at); at += kFingerprint)
        senders_.try_emplace(fingerprint(session, at));
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (const auto* stream = started_stream(*calls[i])) read(stream->sent.mulaw, i);
    }
  }

  /// By what it heard. The first stretch may be silence that the bridge put in: then a later one tells.
  std::optional<std::size_t> owner(const SessionFacts& session) const {
    std::optional<std::size_t> owner;
    for (std::size_t at = 0; has_fingerprint(session, at) && !owner; at += kFingerprint)
      owner = sender_of(fingerprint(session, at));
    return owner;
  }

 private:
  static bool has_fingerprint(const SessionFacts& session, std::size_t at) {
    return at + kFingerprint <= std::min(session.caller_audio.size(), kFingerprints);
  }
  static std::string_view fingerprint(const SessionFacts& session, std::size_t at) {
    return std::string_view(session.caller_audio).substr(at, kFingerprint);
  }
  void read(std::string_view sent, std::size_t number) {
    for (std::size_t at = 0; at + kFingerprint <= sent.size(); at += kFrame) {
      const auto found = senders_.find(sent.substr(at, kFingerprint));
      if (found != senders_.end()) found->second.also(number);
    }
  }
  /// The one call whose caller sent it. What begins with no caller's frame is looked for everywhere.
  std::optional<std::size_t> sender_of(std::string_view heard) const {
    if (const Sender& seen = senders_.at(heard); seen.call) return seen.only();
    Sender found;
    for (std::size_t i = 0; !found.several && i < calls_.size(); ++i) {
      const auto* stream = started_stream(*calls_[i]);
      if (stream != nullptr && holds(stream->sent.mulaw, heard)) found.also(i);
    }
    return found.only();
  }

  const Calls& calls_;
  std::unordered_map<std::string_view, Sender> senders_;  // by the stretch
};

bool running(const CallFacts& call, TimePoint at) {
  const auto* stream = started_stream(call);
  return stream != nullptr && *stream->started_at <= at && (!call.ended_at || at <= *call.ended_at);
}
}  // namespace

std::vector<std::vector<const SessionFacts*>> pair_sessions(const std::vector<const CallFacts*>& calls,
                                                            const std::deque<SessionFacts>& sessions) {
  std::vector<std::vector<const SessionFacts*>> pairs(calls.size());
  std::vector<const SessionFacts*> deaf;
  std::optional<Senders> senders;
  if (calls.size() > 1) senders.emplace(calls, sessions);
  for (const auto& session : sessions) {
    const auto owner = senders ? senders->owner(session) : std::optional<std::size_t>{0};
    if (owner) {
      pairs[*owner].push_back(&session);
    } else {
      deaf.push_back(&session);
    }
  }
  // What was refused has heard nothing. Of the calls that were running, it goes to one that has none yet, and
  // else to the one with the fewest; the latest of them, since a stream's start is what makes a bridge dial.
  for (const auto* session : deaf) {
    std::optional<std::size_t> owner;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (running(*calls[i], session->handshake.at) && (!owner || pairs[i].size() <= pairs[*owner].size()))
        owner = i;
    }
    if (owner) pairs[*owner].push_back(session);
  }
  for (auto& pair : pairs) {
    std::ranges::sort(pair, {}, [](const SessionFacts* session) { return session->handshake.at; });
  }
  return pairs;
}

}  // namespace scenarios::engine
