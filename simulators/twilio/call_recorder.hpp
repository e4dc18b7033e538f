#pragma once
#include "simulators/twilio/call_book.hpp"
#include "simulators/twilio/facts.hpp"

#include <string>
#include <string_view>

namespace simulators::twilio {

/// Two voices in one channel; the shorter is followed by silence.
std::string mixed(std::string_view one, std::string_view other);

/// What a recording keeps of two voices.
struct KeptVoices {
  bool dual = false;           // the first in one channel, the second in the other
  std::string track = "both";  // or inbound (the first voice), outbound (the second): the other is silence
  bool trim = false;           // silence at both ends
};
/// `into` gets the audio of two voices of one length, and runs no more.
void keep_voices(const KeptVoices& wanted, std::string first, std::string second, RecordingFacts& into);

/// Both sides of a call on one clock of 8 kHz, from the answer on: `Record=true` of a create. As long as the
/// call, which has a time limit. Sans-IO.
class CallRecorder {
 public:
  CallRecorder(const RecordCall& wanted, TimePoint begins) : wanted_(wanted), begins_(begins) {}

  /// The called party's line; what is in order of time. Times without any are silence.
  void called(TimePoint at, std::string_view mulaw) { lay(called_, at, mulaw); }
  /// What Twilio plays to it.
  void played(TimePoint at, std::string_view mulaw) { lay(played_, at, mulaw); }

  /// The call ended at `at`: `into` is given its audio, and runs no more.
  void finish(TimePoint at, RecordingFacts& into);

 private:
  void lay(std::string& channel, TimePoint at, std::string_view mulaw) const;

  const RecordCall& wanted_;
  const TimePoint begins_;
  std::string called_;
  std::string played_;
};

}  // namespace simulators::twilio
