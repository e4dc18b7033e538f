#pragma once
#include "simulators/openai/event_damage.hpp"
#include "simulators/openai/fault.hpp"
#include "simulators/openai/open_points.hpp"
#include "simulators/openai/recognition.hpp"
#include "simulators/openai/script.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace simulators::openai {

/// Refuses the upgrade with an HTTP status.
struct RefuseWithStatus {
  int status = 429;
  std::string body;
};
/// Accepts the upgrade, then one error event and a close frame (openai-realtime.md, 1.3).
struct RefuseAfterUpgrade {
  ErrorBody error;
  std::uint16_t close_code = 4000;  // 3000 authentication, 4000 request, 4004 model
};
using Refusal = std::variant<RefuseWithStatus, RefuseAfterUpgrade>;

/// How the fake answers `session.update`.
enum class Formats {
  honoured,       // as the service does
  echoed_as_pcm,  // session.updated says audio/pcm whatever was asked for, and PCM is what comes
  refused,        // every session.update gets an error event and changes nothing
  unconfirmed,    // applied, and session.updated never comes
};

/// A sound that the fake can put into words.
struct KnownSound {
  Sketch sketch;
  std::string text;
};

/// Transcription of what the caller said, where the session asks for it.
struct InputTranscription {
  using Outcome = Transcribed::Outcome;
  Outcome outcome = Outcome::completed;
  std::string text;                                      // empty: what is known of the sound
  std::shared_ptr<const std::vector<KnownSound>> known;  // may be null
  Duration after_commit = std::chrono::milliseconds(300);
  bool before_commit = false;  // at the end of the speech already, before its item exists
  // Azure: models for which there is a deployment of that name; absent: all.
  std::optional<std::vector<std::string>> deployments;
};

/// Formats that session.updated confirms whatever was asked for; they are then
/// what the session hears and speaks.
struct ConfirmedFormats {
  std::optional<AudioFormat> input;
  std::optional<AudioFormat> output;
};

/// A server of tools, as far as a client hears of it.
struct McpServer {
  std::optional<std::vector<std::string>> tools;  // their names; absent: those that the session allows
  Duration lists_after = std::chrono::milliseconds(200);
  bool unreachable = false;
};

/// What one session is like, apart from what it says.
struct Behaviour {
  std::optional<Refusal> refusal;
  Formats formats = Formats::honoured;
  std::optional<std::size_t> formats_times;  // only so many session.updates are answered so; absent: each
  ConfirmedFormats confirms;
  Pace pace;
  Duration created_after = std::chrono::milliseconds(4);  // session.created, from the 101
  Duration updated_after = std::chrono::milliseconds(1);  // session.updated, from session.update
  InputTranscription transcription;
  std::optional<bool> semantic_finished;              // semantic_vad takes every utterance so; absent: by ear
  Duration expires_after = std::chrono::minutes(60);  // error session_expired and close 1001
  Duration ping_every = std::chrono::milliseconds(20'260);  // 0: no pings
  // A client's response.cancel is looked at only after this: past the end of a response it hits the next one
  // (6.5).
  Duration cancel_looked_at_after{0};

  Duration upgrade_after{0};                // the answer to the upgrade, from its request
  bool mute = false;                        // nothing is ever sent
  bool announces_session = true;            // session.created comes
  bool announces_expiry = true;             // with an error, before the close
  std::optional<std::size_t> expiry_fault;  // the place among the script's faults of the one that it is
  bool repeats_speech_started = false;
  bool speech_never_ends = false;
  bool withholds_pongs = false;
  std::size_t frame_bytes = 0;  // messages leave in frames of at most so many; 0: each in one
  std::map<std::string, McpServer> mcp_servers;  // by label
  std::vector<EventDamage> damages;              // to events on their way out
  OpenPoints open_points;
  std::vector<Fault> faults;  // those of responses and moments; the rest has become a part of the above
};

}  // namespace simulators::openai
