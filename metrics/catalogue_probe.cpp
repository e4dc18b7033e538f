#include "metrics/catalogue_parts.hpp"

namespace metrics {
namespace {

constexpr auto gauge = Kind::gauge;

constexpr Family kFamilies[]{
    {"probe_success",
     gauge,
     {},
     "1 when the test call carried sound both ways: the caller heard the bot, also after its own last words.",
     "0: probe_webhook_status_code, probe_stream_started and the seconds of audio tell how far the call "
     "came; "
     "then `linecheck call` with the same target says it in words."},
    {"probe_duration_seconds",
     gauge,
     {},
     "How long the whole test call took.",
     "Near the probe's limit: raise --limit and Prometheus' scrape_timeout, or shorten what is said."},
    {"probe_timed_out",
     gauge,
     {},
     "1 when the call was ended because the probe's time was over.",
     "The bot speaks on, or the limit is too short for a call."},
    {"probe_webhook_status_code",
     gauge,
     {},
     "HTTP status of the voice webhook's answer; 0: there was none.",
     "0: the bridge is not reachable; 403: --auth-token or --public-url does not fit; 503: it drains."},
    {"probe_webhook_duration_seconds",
     gauge,
     {},
     "From asking the voice webhook to its answer.",
     "Callers hear ringing or silence meanwhile."},
    {"probe_stream_started",
     gauge,
     {},
     "1 when the bridge took the call's media stream.",
     "0 with a webhook that answers: look at its TwiML with `linecheck verify-twiml`."},
    {"probe_audio_sent_seconds",
     gauge,
     {},
     "Audio that the caller's side sent into the bridge.",
     "0: no stream was open."},
    {"probe_audio_received_seconds",
     gauge,
     {},
     "Audio that the bridge sent for the caller, heard or not.",
     "0 with a stream: nothing comes back from OpenAI, or it stays in the bridge."},
    {"probe_first_audio_seconds",
     gauge,
     {},
     "From the answer to the bot's first sound; 0: there was none.",
     "Against the greeting's usual latency."},
    {"probe_answer_latency_seconds",
     gauge,
     {},
     "From the end of the caller's last words to the bot's next sound; 0: there was none.",
     "What callers feel as slowness; compare voicebridge_response_latency_seconds."},
    {"probe_heard_speech_seconds",
     gauge,
     {},
     "How much the caller heard of the bot's speech.",
     "0: silence; see probe_audio_received_seconds."},
    {"probe_longest_gap_seconds",
     gauge,
     {},
     "The longest time inside of the bot's speech in which nothing was played.",
     "Above 0: audio comes late; look at the bridge's load and the network."},
    {"probe_underruns", gauge, {}, "How many such gaps there were.", "As probe_longest_gap_seconds."},
    {"probe_twilio_errors",
     gauge,
     {},
     "Errors that Twilio would have recorded for this call (docs/twilio-errors.md).",
     "Above 0: `linecheck call` with the same target names them."},
};

}  // namespace

std::span<const Family> probe_families() {
  return kFamilies;
}

}  // namespace metrics
