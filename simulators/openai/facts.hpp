#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/message_socket.hpp"
#include "simulators/openai/script.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace simulators::openai {

using runtime::TimePoint;

// What happened in a session, as its server saw it. Lists only grow, and their elements stay where they are;
// an element's optional times are filled in as they come to pass.

struct HandshakeFacts {
  TimePoint at{};
  std::string target;  // path and query
  std::string model;
  bool key_valid = false;
  bool beta = false;  // asked for the beta dialect
  int http_status = 101;
  std::string refused_with;  // error code of a refusal; empty: the session began
  std::string refused_body;  // of an HTTP answer
};

/// One input_audio_buffer.append. Its audio is `caller_audio[offset, offset + bytes)`.
struct AppendFacts {
  TimePoint at{};
  std::size_t offset = 0;
  std::size_t bytes = 0;
  AudioFormat format = AudioFormat::pcm;  // that the session took it for
};

/// A turn of the caller's. Positions count appended audio, as the service's do.
struct TurnFacts {
  std::string item;
  bool by_vad = false;
  std::int64_t audio_start_ms = 0;
  std::int64_t audio_end_ms = 0;
  std::optional<TimePoint> started_at;  // speech_started was sent
  std::optional<TimePoint> stopped_at;  // speech_stopped was sent
  std::optional<TimePoint> committed_at;
};

enum class CancelledBy { nobody, client, turn_detected };
enum class Trigger { greeting, caller_turn, text, tool_result, out_of_band, retry };

/// One audio delta that left. Its audio is `audio[offset, offset + bytes)` of its response.
struct ChunkFacts {
  TimePoint at{};
  std::size_t offset = 0;
  std::size_t bytes = 0;   // of mu-law; 0: empty, or a fault took its audio away
  std::size_t output = 0;  // index of the item
  bool decodable = true;
  bool after_cancel = false;  // sent though its response was cancelled
  bool after_done = false;    // sent though its response was done
  bool again = false;         // what it holds was sent before
};

struct ItemFacts {
  std::string id;
  bool message = false;         // and no call, of the client's tools or of a server's
  std::string tool;             // of the client's, that it calls; empty: none
  std::string server;           // of MCP, that is called or is to be called; empty: none
  std::string transcript;       // sent so far
  std::size_t audio_bytes = 0;  // mu-law generated so far
  std::string arguments = {};   // of the call, JSON as the model writes it
};

struct ResponseFacts {
  std::string id;
  Trigger trigger = Trigger::greeting;
  std::optional<std::size_t> rule;  // index in the script; absent: the default answer
  std::string as;                   // the rule's name
  std::string input_text;           // Trigger::text: the user's words; Trigger::tool_result: the tool's name
  bool out_of_band = false;
  TimePoint due_at{};                   // committed, or asked for
  std::optional<TimePoint> created_at;  // response.created was sent, readable
  std::vector<ItemFacts> items;
  std::vector<ChunkFacts> chunks;
  std::string
      audio;  // all mu-law that was sent, in order, but for undecodable deltas and those after its end
  std::size_t withheld_bytes = 0;  // of mu-law that was generated and not sent: the session was mute
  std::optional<TimePoint> first_audio_at;
  bool audible = false;  // something in `audio` is above -60 dBFS
  std::optional<TimePoint> cancelled_at;
  CancelledBy cancelled_by = CancelledBy::nobody;
  std::string status;  // how it ended: completed, cancelled, incomplete, failed; empty: it has not
  std::string reason;  // of status_details: turn_detected, max_output_tokens, or the error's code
  std::optional<TimePoint> done_at;
  bool done_lost = false;  // the client was not told: no response.done, or none that it can read
};

struct TruncationFacts {
  TimePoint at{};
  std::string item;
  std::int64_t audio_end_ms = 0;
  std::int64_t generated_ms = 0;  // of the item, at that moment
  bool accepted = false;
};

struct CancelFacts {
  TimePoint at{};
  std::string response;  // as named by the client; empty: not named
  std::string hit;       // the response that it cancelled; empty: none was active
};

struct ToolOutputFacts {
  TimePoint at{};
  std::string call_id;
  std::string tool;  // empty: no such call was made
  std::string output;
  std::string arguments;  // of the call, JSON as the model wrote it
};

struct ClientEventFacts {
  TimePoint at{};
  std::string type;  // "input_audio_buffer.append" is not listed here: see AppendFacts
};

struct ErrorFacts {
  TimePoint at{};
  ErrorBody error;
};

struct SessionUpdateFacts {
  TimePoint at{};
  std::string session;  // the JSON object as it came
  bool accepted = false;
};

struct UserTextFacts {
  TimePoint at{};
  std::string text;
};

struct SessionFacts {
  std::size_t number = 0;  // in order of arrival, from 0
  std::string session_id;  // empty: refused
  HandshakeFacts handshake;
  std::deque<SessionUpdateFacts> updates;
  std::deque<TimePoint> updated_sent;  // session.updated events
  AudioFormat input_format = AudioFormat::pcm;
  AudioFormat output_format = AudioFormat::pcm;
  std::string caller_audio;  // every appended byte, in order, as it came (pcmu: mu-law, bit for bit)
  std::deque<AppendFacts> appends;
  std::deque<TurnFacts> turns;
  std::deque<ResponseFacts> responses;
  std::deque<TruncationFacts> truncations;
  std::deque<CancelFacts> cancels;
  std::deque<ToolOutputFacts> tool_outputs;
  std::deque<UserTextFacts> user_texts;
  std::deque<ClientEventFacts> client_events;
  std::deque<ErrorFacts> errors_sent;
  std::set<std::string> servers;  // labels of the MCP servers that the client has named
  std::optional<runtime::net::CloseReason> close_sent;
  std::optional<runtime::net::CloseReason> close_received;
  bool aborted = false;                 // cut by the script
  bool stopped_reading = false;         // by the script, for a while or for good
  std::set<std::size_t> faults_struck;  // places among the script's faults
  std::optional<TimePoint> ended_at;
};

/// What its audio takes in memory, both ways, with the lists of its pieces.
std::size_t audio_bytes(const SessionFacts& session);
/// Lets go of `least` of these bytes or more, of ended sessions, oldest first; less where there are not so
/// many. Returns how many it were.
std::size_t forget_audio(std::deque<SessionFacts>& sessions, std::size_t least);

}  // namespace simulators::openai
