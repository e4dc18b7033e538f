#include "scenarios/diagnosis/row.hpp"

#include <algorithm>
#include <array>

namespace scenarios::diagnosis {
namespace {

struct Meaning {
  Row row;
  std::string_view name;
  std::string_view says;
};
constexpr std::array kMeanings{
    Meaning{Row::normal, "normal", "Sound went both ways, and Twilio confirmed that it was played."},
    Meaning{Row::openai_not_generating, "openai_not_generating",
            "OpenAI produced no sound: an answer was due and no audio that can be heard arrived."},
    Meaning{Row::pipeline_blockage, "pipeline_blockage",
            "Sound arrived from OpenAI and stayed inside the bridge: it never left towards Twilio."},
    Meaning{Row::caller_path_blocked, "caller_path_blocked",
            "The caller's voice arrived from Twilio and stayed inside the bridge: OpenAI did not take it, so "
            "the model never heard the caller."},
    Meaning{Row::undecodable, "undecodable",
            "OpenAI sent audio that the bridge could not decode: nothing could be played."},
    Meaning{Row::twilio_or_network, "twilio_or_network",
            "Sound left the bridge and was not played: it was lost at Twilio or on the way there."},
    Meaning{Row::no_delta_seen, "no_delta_seen",
            "TwiML was served and no delta was seen: OpenAI generated nothing (openai_not_generating), or no "
            "turn of the caller's came to it."},
    Meaning{Row::left_the_bridge, "left_the_bridge",
            "Sound left the bridge; whether it was played is not visible here."},
    Meaning{Row::bridge_fault, "bridge_fault", "The bridge's own code failed in the middle of the call."},
    Meaning{
        Row::process_died, "process_died",
        "The bridge's process was gone in the middle of a call, which was cut: the call has no end, and a "
        "new process began after it."},
    Meaning{Row::openai_unreachable, "openai_unreachable", "No session with OpenAI ever came to be."},
    Meaning{Row::openai_misconfigured, "openai_misconfigured",
            "OpenAI did not confirm the audio formats: what it sends would be noise."},
    Meaning{Row::stream_never_started, "stream_never_started",
            "TwiML was served, and Twilio never opened the media stream."},
    Meaning{Row::turned_away, "turned_away", "Callers were turned away before their call could begin."},
    Meaning{
        Row::no_caller_audio, "no_caller_audio",
        "Streams were open and no audio of the caller's came from Twilio: the bot may be heard, but it hears "
        "nobody."},
    Meaning{Row::nothing_was_due, "nothing_was_due",
            "No answer was due: the caller was not heard to speak, or was gone too soon to tell."},
    Meaning{Row::no_evidence, "no_evidence", "Nothing here says where sound went."},
};

const Meaning& entry(Row row) {
  return *std::ranges::find(kMeanings, row, &Meaning::row);
}

/// The bridge has one verdict for all that stays inside of it; its reason tells whose way was blocked.
Row blockage(std::string_view reason) {
  if (reason == "caller_path_blocked") return Row::caller_path_blocked;
  return reason == "undecodable" ? Row::undecodable : Row::pipeline_blockage;
}

}  // namespace

std::string_view to_string(Row row) {
  return entry(row).name;
}

std::string_view meaning(Row row) {
  return entry(row).says;
}

bool is_unknown(Row row) {
  return row == Row::left_the_bridge || row == Row::no_delta_seen || row == Row::no_evidence;
}

bool is_silence(Row row) {
  return !is_unknown(row) && row != Row::normal && row != Row::nothing_was_due;
}

int gravity(Row row) {
  if (is_silence(row)) return 4;
  if (row == Row::no_delta_seen) return 3;
  if (row == Row::left_the_bridge) return 2;
  return row == Row::normal ? 1 : 0;
}

Row row_of_call(std::string_view verdict, std::string_view reason) {
  if (verdict == "pipeline_blockage") return blockage(reason);
  const auto found = std::ranges::find(kMeanings, verdict, &Meaning::name);
  return found == kMeanings.end() ? Row::nothing_was_due : found->row;
}

Row row_of_response(std::string_view verdict, std::string_view reason) {
  if (verdict == "silent") return Row::openai_not_generating;
  if (verdict == "stuck") return blockage(reason);
  if (verdict == "unconfirmed") return Row::twilio_or_network;
  return verdict == "heard" ? Row::normal : Row::nothing_was_due;
}

}  // namespace scenarios::diagnosis
