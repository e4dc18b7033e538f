#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::twilio {

/// Who a stream belongs to and how it is announced.
struct StreamIdentity {
  std::string account_sid;
  std::string call_sid;
  std::string stream_sid;
  std::vector<std::string> tracks{"inbound"};  // what it delivers: "inbound", "outbound", or both
  std::vector<std::pair<std::string, std::string>> parameters;
};

/// Writes one stream's messages to the bridge, key for key as Twilio does, and numbers them: `sequenceNumber`
/// over all messages from `start` on, `chunk` per track. Each call appends one compact JSON text to `out`; no
/// tree is built.
class StreamWriter {
 public:
  explicit StreamWriter(StreamIdentity identity) : id_(std::move(identity)) {}

  static void connected(std::string& out);
  void start(std::string& out);
  enum class Track { inbound, outbound };
  void media(std::string& out, Track track, std::uint64_t timestamp_ms, std::string_view mulaw);
  /// A frame that is lost on its way: its numbers are never seen.
  void skip(Track track);
  void dtmf(std::string& out, char digit);
  void mark(std::string& out, std::string_view name);
  void stop(std::string& out);

  const StreamIdentity& identity() const { return id_; }

 private:
  void sequence(std::string& out);

  StreamIdentity id_;
  std::uint64_t sequence_ = 0;
  std::uint64_t chunks_[2] = {0, 0};
};

}  // namespace simulators::twilio
