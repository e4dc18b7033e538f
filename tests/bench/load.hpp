#pragma once
#include "tests/bench/plain_websocket.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

using Instant = std::chrono::steady_clock::time_point;

/// What went over the wires since the load began.
struct Counts {
  std::uint64_t media_sent = 0, marks_echoed = 0;               // callers to the server under test
  std::uint64_t frames_received = 0, audio_bytes_received = 0;  // and back
  std::uint64_t gaps = 0;         // a caller had nothing to play for more than three frames
  std::uint64_t deltas_sent = 0;  // the model to the server under test
  std::uint64_t appends_received = 0, append_bytes_received = 0;  // and back
  std::uint64_t lost = 0;                                         // connections that ended
};

/// Calls as they are, or open with next to no traffic: a caller's frame once a second, and a silent model.
enum class Manner { talking, quiet };

/// The first of some frames that came together to a caller who talks, in the midst of an answer.
struct Arrival {
  Instant at;
  std::chrono::nanoseconds after;  // what came before it
};

/// Both sides of the server under test: callers as Twilio would carry them, each sending 20 ms of audio every
/// 20 ms, and a model that always speaks, in answers of 10 s sent five times as fast as they play. Plain
/// WebSockets, one thread.
class Load {
 public:
  Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  /// Where the model listens.
  std::uint16_t model_port() const { return model_port_; }
  /// Begins a call to a server on this port for each `parameters`, which are those of its TwiML. The model
  /// behaves in the manner of the last dial() to who connects: let calls be established before the next.
  void dial(std::uint16_t port, const std::vector<std::map<std::string, std::string>>& parameters,
            Manner manner = Manner::talking);
  /// Carries the traffic until then.
  void run_until(Instant end);
  const Counts& counts() const { return counts_; }
  /// Since it was asked last, in their order.
  std::vector<Arrival> take_arrivals() { return std::exchange(arrivals_, {}); }
  /// Calls with both legs open and the session configured.
  std::size_t established() const;

 private:
  struct Watched {
    std::unique_ptr<PlainWebSocket> socket;
    bool awaits_room = false;
    bool caller = false;
    bool quiet = false;
    std::size_t index = 0;
  };
  struct Caller : Watched {
    std::string stream_sid, call_sid;
    std::map<std::string, std::string> parameters;
    bool started = false;
    std::uint64_t sequence = 1, chunk = 0;
    Instant played_until{};
    Instant heard_at{};                                 // the last frame of the answer that is being heard
    std::deque<std::pair<Instant, std::string>> marks;  // when their audio has been played, and names
  };
  struct Session : Watched {
    bool greeted = false, configured = false;
    int response = 0;
    int delta = 0;          // of the response that is being sent
    int deltas_wanted = 0;  // of it
    Instant next_response{};
  };

  void watch(int fd, void* who, std::uint32_t what);
  void flush(Watched& who);
  void receive(Watched& who);
  void accept_sessions();
  void beat();
  void start(Caller& caller);
  void speak(Caller& caller, Instant now);
  void hear(Caller& caller, std::string_view message);
  void generate(Session& session, Instant now);
  void begin_response(Session& session, Instant now);
  void end_response(Session& session);
  void read_request(Session& session, std::string_view message);
  std::string ids(const Session& session) const;

  std::uint16_t model_port_ = 0;
  const int epoll_, listener_, timer_;
  const std::string frame_, delta_;  // base64
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::unique_ptr<Session>> sessions_;
  Manner manner_ = Manner::talking;
  Counts counts_;
  std::vector<Arrival> arrivals_;
  std::uint64_t slot_ = 0;  // of a millisecond
  std::string text_;
};

}  // namespace bench
