#include "simulators/twilio/open_points.hpp"

#include <array>

namespace simulators::twilio {
namespace {

constexpr auto kTwilio = OpenPoint::Where::twilio;
constexpr auto kLine = OpenPoint::Where::line;
constexpr auto kOption = OpenPoint::Where::option;
constexpr bool kReported = true;
constexpr bool kUnknown = false;

constexpr std::array kOpenPoints{
    // Whether a stream is opened.
    OpenPoint{kTwilio, "track_limit", "4", "2", kReported, "the tracks that a call's one-way streams share"},
    OpenPoint{kTwilio, "both_tracks_count", "2", "1", kUnknown, "how many of them `both_tracks` takes"},
    OpenPoint{kTwilio, "detection_tracks", "1", "0", kReported,
              "how many of them `AsyncAmd` takes until its verdict"},
    OpenPoint{kTwilio, "track_limit_error", "31900", "31941", kUnknown,
              "with which code a stream beyond them is refused"},
    OpenPoint{kTwilio, "wrong_track", "refused", "warned", kReported,
              "31941: no socket, as developers report; or a socket as without the attribute"},
    OpenPoint{kTwilio, "track_case", "exact", "any", kUnknown, "whether `Inbound_Track` is a track"},
    OpenPoint{kTwilio, "refused_stream_told", "true", "false", kUnknown,
              "whether a stream that is never dialled has its `stream-error` callback"},
    OpenPoint{kTwilio, "stream_query", "dropped", "refused", kReported,
              "a query in the stream's url: the bare path is dialled, as developers report; or 31920, as "
              "documented"},
    OpenPoint{
        kTwilio, "stream_format", "ignored", "warned", kUnknown,
        "`audioFormat` and `sampleRate` of `<Stream>`, which the library knows and no page; warned: 12200"},
    OpenPoint{kTwilio, "long_parameter", "truncate", "drop", kUnknown,
              "a `<Parameter>` of 500 characters or more: cut, left out, or (`fail`) no stream (31900)"},
    OpenPoint{kTwilio, "plain_ws", "true", "false", kUnknown,
              "`ws://` is dialled, for tests; false: 31922, as the live service answers"},
    OpenPoint{kTwilio, "private_hosts", "true", "false", kUnknown,
              "localhost and private addresses are dialled, for tests; false: 31904"},
    OpenPoint{kTwilio, "connect_timeout", "5s", "2s", kUnknown, "to connect to the bridge's socket (31901)"},
    OpenPoint{kTwilio, "upgrade_timeout", "5s", "2s", kUnknown, "for the answer to the upgrade (31901)"},
    OpenPoint{kTwilio, "handshake_retries", "0", "2", kUnknown, "after a handshake that failed"},
    OpenPoint{kLine, "upgrade_answered", "none", "403", kReported,
              "a status with which something in between answers the upgrade: a tunnel service's free plan"},
    OpenPoint{kTwilio, "sign_url_with_slash", "false", "true", kUnknown,
              "the upgrade's signature covers the url with a slash behind it"},
    // What goes over it.
    OpenPoint{kLine, "packets", "always", "dtx", kReported, "`dtx`: no media while the caller is silent"},
    OpenPoint{kTwilio, "first_timestamp", "[60ms, 250ms]", "[100ms, 200ms]", kReported,
              "of the first media message"},
    OpenPoint{kTwilio, "tracks_order", "inbound_first", "outbound_first", kUnknown,
              "`start.tracks` of a stream with both"},
    OpenPoint{kTwilio, "keys_reported", "at_tone_end", "at_tone_start", kUnknown, "when `dtmf` comes"},
    OpenPoint{kTwilio, "keys_audible", "false", "true", kUnknown, "whether the tone is in the media as well"},
    OpenPoint{kTwilio, "letter_keys", "true", "false", kUnknown, "whether A to D are reported"},
    OpenPoint{kTwilio, "message_limit", "1MiB", "64KiB", kUnknown,
              "the largest message of the bridge (31924)"},
    OpenPoint{kTwilio, "empty_payload", "taken", "refused", kUnknown, "media without audio; refused: 31951"},
    OpenPoint{kTwilio, "extra_fields", "refused", "ignored", kUnknown,
              "fields that are not known: 31951, as documented, or nothing"},
    OpenPoint{kTwilio, "garbage", "warn", "close_1002", kUnknown,
              "a wrong message: 31950 or 31951, or the stream's end with 31924"},
    OpenPoint{
        kTwilio, "bad_utf8", "close_1002", "close_1007", kUnknown,
        "a text that is no UTF-8 (31924): closed as what else breaks RFC 6455, or with the code that the "
        "standard names for it"},
    OpenPoint{kTwilio, "one_way_message", "discard", "close_1002", kReported,
              "a message on a one-way stream (31924)"},
    OpenPoint{kTwilio, "playback_limit", "10min", "30s", kUnknown, "documented; smaller for short scenarios"},
    OpenPoint{kTwilio, "harsh_playback", "false", "true", kReported,
              "payloads that are no whole frames of 20 ms click, as developers report"},
    OpenPoint{kTwilio, "upstream_limit", "5s", "1s", kUnknown,
              "of the caller's audio for a bridge that does not read; beyond, 31930"},
    OpenPoint{kTwilio, "loss_numbers", "contiguous", "skipped", kUnknown,
              "chunk and sequence numbers of frames that were lost"},
    OpenPoint{kTwilio, "ping_every", "0s", "10s", kUnknown, "Twilio's pings; 0s: none"},
    OpenPoint{kTwilio, "rtp_timeout", "30s", "5s", kUnknown, "without a packet of the phone: 31953"},
    // How it ends.
    OpenPoint{kTwilio, "close", "code_1000", "no_code", kUnknown,
              "how Twilio ends a stream: a code, none, or (`abrupt`) the connection's end"},
    OpenPoint{kTwilio, "close_timeout", "2s", "1s", kUnknown, "for the bridge's part of it"},
    OpenPoint{kTwilio, "echo_marks_on_stop", "false", "true", kUnknown, "marks still pending"},
    OpenPoint{kTwilio, "silent_drop_after", "never", "10s", kUnknown,
              "until a path that carries nothing is taken for broken (31903)"},
    OpenPoint{kTwilio, "stream_error_on_close", "false", "true", kUnknown,
              "the callback when the bridge closes first: `stream-stopped`, or `stream-error`"},
    OpenPoint{kTwilio, "stream_error_text", "\"Stream signal error, code: {code}\"", "\"{code}\"", kReported,
              "`StreamError`, from one project's fixtures"},
    OpenPoint{kTwilio, "stream_error_code", "true", "false", kReported, "`StreamErrorCode`, from the same"},
    // Webhooks.
    OpenPoint{kTwilio, "idempotency_token", "true", "false", kReported,
              "the header, captured with a message's webhook, not with a call's"},
    OpenPoint{
        kTwilio, "accept_gzip", "true", "false", kReported,
        "`Accept-Encoding: gzip`, captured with a message's webhook as well: such answers are unpacked"},
    OpenPoint{kTwilio, "call_token", "json", "url_encoded", kReported,
              "the shape of `CallToken`; `absent`: none"},
    OpenPoint{kTwilio, "unsigned_params", "false", "true", kReported,
              "`CallToken` and `StirVerstat` are added after signing, as one project has it"},
    OpenPoint{kTwilio, "unknown_parameter", "false", "true", kUnknown,
              "parameters are added without notice: one that nobody knows"},
    OpenPoint{kTwilio, "sign_fragment", "false", "true", kUnknown,
              "whether the signature covers connection overrides (`#rc=2`)"},
    OpenPoint{kLine, "callbacks_late", "0s", "5s", kReported,
              "callbacks come late, and overtake one another"},
    OpenPoint{kTwilio, "callback_repeats", "0%", "10%", kUnknown, "callbacks that come twice"},
    // The call.
    OpenPoint{kTwilio, "apology", "4s", "2s", kReported,
              "\"an application error has occurred\", read aloud as a `<Say>` is, cut or padded to this"},
    OpenPoint{kTwilio, "unplayable", "apology", "skip", kUnknown,
              "a `<Play>` that cannot be had: an application error, or the next verb"},
    OpenPoint{kTwilio, "pause_delays_answer", "true", "false", kUnknown, "a `<Pause>` as the first verb"},
    OpenPoint{kTwilio, "pause_length", "1s", "2s", kUnknown, "of a `<Pause>` without `length`"},
    OpenPoint{kTwilio, "dial_timeout", "30s", "20s", kUnknown, "of a `<Dial>` without `timeout`"},
    OpenPoint{kTwilio, "dial_time_limit", "4h", "1h", kUnknown, "of a `<Dial>` without `timeLimit`"},
    OpenPoint{kTwilio, "ring_extension", "0s", "5s", kUnknown, "a call may ring longer than its `Timeout`"},
    OpenPoint{kTwilio, "drain_before_redirect", "false", "true", kReported,
              "a call that is moved plays first what its stream has queued"},
    OpenPoint{kTwilio, "detected_after", "2.5s", "3s", kReported,
              "answering machine detection: 2 to 3 s after the answer"},
    OpenPoint{kTwilio, "transcribed_after", "5s", "1s", kUnknown, "from a recording's end to its text"},
    OpenPoint{kLine, "handset_delay", "0ms", "160ms", kUnknown,
              "the telephone network's own: 75 to 250 ms each way, in the preset `mobile` 160 ms"},
    // REST.
    OpenPoint{kOption, "--null-dates", "off", "", kReported, "dates of a call that is still queued"},
    OpenPoint{kOption, "--restricted-key", "none", "", kUnknown,
              "an API key that may only read; else HTTP 403"},
    OpenPoint{kOption, "--forbidden-code", "20003", "", kUnknown, "the code of that"},
    OpenPoint{kOption, "--missing-from", "No 'From' number is specified", "", kUnknown,
              "the message of 21213"},
    OpenPoint{kOption, "--refuse-bad-callbacks", "off", "", kReported,
              "21609 and 21626: the call is created without callbacks, as developers report; or refused"},
    OpenPoint{kOption, "--no-magic-numbers", "off", "", kUnknown,
              "the test credentials' numbers (21212, 21214, 21215, 21217) are like others"}};

constexpr std::string_view kSettingsHead =
    R"(# What no source settles about Twilio

The fake follows Twilio's documentation, its published specification, its library and captures of live
calls. Where none of them says anything, or only developers report it, the fake does what is likeliest, and
a setting makes it do otherwise: a bridge that is right under both is right. Settings stand in a scenario,
in the script of `linecheck twilio`, or in the body of a `POST /calls`:

```yaml
twilio: {wrong_track: warned, silent_drop_after: 10s}
line: {preset: tunnel, upgrade_answered: 403}
```

`reported`: by developers, from live calls. `unknown`: nobody has said anything that could be checked.

| setting | default | evidence | what |
| --- | --- | --- | --- |
)";

constexpr std::string_view kSettingsTail = R"(
Marked as well, and nothing to set:

- **Bridges that demand an `Origin`** answer the upgrade with 403 (31920): no header of Twilio's has one.
- **Numbers that are withheld** (`anonymous`, `unknown`, +266696687): `from` at the control address, or
  `call: {from: ...}`.
- **Names of connection overrides** for edge and SNI (`#e=`, `#sni=`): read over, whatever they are called.
- **What a whole turn takes** in Twilio's own guide: a sum of what a bridge and its model take.
- **Other libraries' way to another address** (Python's `http_client`): tests/conformance shows one.

This page is generated from the fake's own table: `twilio_settings_docs > docs/twilio-settings.md`.
)";

std::string_view word_before(OpenPoint::Where where) {
  if (where == kTwilio) return "twilio: ";
  return where == kLine ? "line: " : "";
}

}  // namespace

std::span<const OpenPoint> open_points() {
  return kOpenPoints;
}

std::string describe_open_points() {
  std::string page(kSettingsHead);
  for (const OpenPoint& point : kOpenPoints) {
    page += "| `" + std::string(word_before(point.where)) + std::string(point.name) + "` | ";
    page += "`" + std::string(point.otherwise) + "` | " + (point.reported ? "reported" : "unknown") + " | ";
    page += std::string(point.what) + " |\n";
  }
  return page + std::string(kSettingsTail);
}

}  // namespace simulators::twilio
