#include "metrics/catalogue_parts.hpp"

namespace metrics {
namespace {

constexpr auto counter = Kind::counter;

constexpr std::string_view kCutValues[]{"drain", "limit", "api", "fault"};
constexpr Label kCut[]{{"ended_by", kCutValues}};

constexpr Family kFamilies[]{
    {"voicebridge_dtmf_keys_total",
     counter,
     {},
     "Keys that callers pressed.",
     "Many beside few voicebridge_dtmf_texts_total: callers press and give up, or dtmf is ignored."},
    {"voicebridge_dtmf_texts_total",
     counter,
     {},
     "Texts that the model was given for keys: those that followed one another are one text.",
     "Close to voicebridge_dtmf_keys_total where numbers are expected: dtmf.gap is too short."},
    {"voicebridge_texts_dropped_total",
     counter,
     {},
     "Texts that waited for a session and were dropped, since too many did.",
     "Above zero: sessions are down for long; see voicebridge_openai_failures_total."},
    {"voicebridge_noises_ignored_total",
     counter,
     {},
     "Sounds over the bot's speech shorter than turn_detection.min_speech: no interruption, no answer.",
     "Near the number of interruptions: min_speech is too long, and callers who say one word are not heard."},
    {"voicebridge_idle_prompts_total",
     counter,
     {},
     "Times that the model was asked to prompt a silent caller (idle.prompt_after), or did so by itself "
     "(turn_detection.idle_timeout).",
     "Rising against calls: callers do not know what to say, or are not heard; see verdict no_turn."},
    {"voicebridge_idle_hang_ups_total",
     counter,
     {},
     "Calls ended because the caller had been silent for idle.hang_up_after.",
     "A share of all calls: look at voicebridge_call_verdicts_total for a leg that lost its sound."},
    {"voicebridge_farewells_total",
     counter,
     {},
     "Calls that came near call.max_duration, and whose model was asked to say goodbye.",
     "Regularly: raise call.max_duration, or find what keeps callers on the line."},
    {"voicebridge_speech_cut_total", counter, kCut,
     "Calls that the bridge ended while the bot spoke, by what ended them: drain, the end of drain.grace; "
     "limit, call.max_duration; api, DELETE /calls; fault, an exception.",
     "drain: a longer drain.grace, or a longer call.farewell. The log says how much was cut, at least."},
};

}  // namespace

std::span<const Family> conversation_families() {
  return kFamilies;
}

}  // namespace metrics
