#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <charconv>

// Twilio's own manners: `twilio: {...}`. docs/twilio-settings.md says which of them stand for what no source
// settles.
namespace scenarios::engine {
namespace {

using simulators::twilio::Knobs;

constexpr Word<Knobs::Close> kCloses[] = {{"code_1000", Knobs::Close::code_1000},
                                          {"no_code", Knobs::Close::no_code},
                                          {"abrupt", Knobs::Close::abrupt}};
constexpr Word<Knobs::LongParameter> kLongParameters[] = {{"truncate", Knobs::LongParameter::truncate},
                                                          {"drop", Knobs::LongParameter::drop},
                                                          {"fail", Knobs::LongParameter::fail}};
constexpr Word<Knobs::Signature> kSignatures[] = {
    {"right", Knobs::Signature::right}, {"wrong", Knobs::Signature::wrong}, {"none", Knobs::Signature::none}};
constexpr Word<Knobs::CallToken> kCallTokens[] = {{"json", Knobs::CallToken::json},
                                                  {"url_encoded", Knobs::CallToken::url_encoded},
                                                  {"absent", Knobs::CallToken::absent}};

/// Keeps the default where the key is absent.
void read_flag(const Field& field, std::string_view key, bool& value) {
  if (field.has(key)) value = field.flag(key);
}
void read_count(const Field& field, std::string_view key, unsigned& value) {
  value = static_cast<unsigned>(field.number(key, value));
}

void read_playback(const Field& field, Knobs& knobs) {
  knobs.playback_limit = field.duration("playback_limit", knobs.playback_limit);
  knobs.upstream_limit = field.duration("upstream_limit", knobs.upstream_limit);
  read_flag(field, "harsh_playback", knobs.harsh_playback);
  knobs.timestamp_jitter = field.duration("timestamp_jitter", knobs.timestamp_jitter);
  if (field.has("first_timestamp")) {
    const auto ends = field.at("first_timestamp").each();
    knobs.first_timestamp_min = ends[0].duration();
    knobs.first_timestamp_max = ends[1].duration();
    if (knobs.first_timestamp_max < knobs.first_timestamp_min)
      field.at("first_timestamp").problem("the second time is before the first");
  }
  if (field.text("loss_numbers") == "skipped") knobs.loss_numbers = Knobs::LossNumbers::skipped;
  knobs.rtp_timeout = field.duration("rtp_timeout", knobs.rtp_timeout);
  knobs.keys_at_tone_start = field.text("keys_reported") == "at_tone_start";
  read_flag(field, "keys_audible", knobs.keys_audible);
  read_flag(field, "letter_keys", knobs.letter_keys);
}

/// Which streams are opened, and how.
void read_opening(const Field& field, Knobs& knobs) {
  read_flag(field, "outbound_media", knobs.outbound_media);
  read_count(field, "track_limit", knobs.track_limit);
  read_count(field, "both_tracks_count", knobs.both_tracks_count);
  read_count(field, "detection_tracks", knobs.detection_tracks);
  knobs.track_limit_code = static_cast<int>(field.number("track_limit_error", knobs.track_limit_code));
  if (field.text("wrong_track") == "warned") knobs.wrong_track = Knobs::WrongTrack::warned;
  knobs.tracks_in_any_case = field.text("track_case") == "any";
  knobs.outbound_track_first = field.text("tracks_order") == "outbound_first";
  read_flag(field, "refused_stream_told", knobs.refused_stream_told);
  knobs.stream_query_refused = field.text("stream_query") == "refused";
  knobs.stream_format_warned = field.text("stream_format") == "warned";
  read_flag(field, "plain_ws", knobs.plain_ws);
  read_flag(field, "private_hosts", knobs.private_hosts);
  read_count(field, "handshake_retries", knobs.handshake_retries);
  knobs.long_parameter = choose(field.text("long_parameter", "truncate"), kLongParameters);
  read_flag(field, "sign_url_with_slash", knobs.sign_url_with_slash);
  knobs.connect_timeout = field.duration("connect_timeout", knobs.connect_timeout);
  knobs.upgrade_timeout = field.duration("upgrade_timeout", knobs.upgrade_timeout);
}

/// What is made of the bridge's messages, and how a stream ends.
void read_stream(const Field& field, Knobs& knobs) {
  if (field.text("garbage") == "close_1002") knobs.garbage = Knobs::Garbage::close_1002;
  knobs.bad_utf8_as_rfc = field.text("bad_utf8") == "close_1007";
  if (field.text("one_way_message") == "close_1002") knobs.one_way_message = Knobs::OneWayMessage::close_1002;
  if (field.has("message_limit")) knobs.message_limit_bytes = field.at("message_limit").size();
  knobs.empty_payload_refused = field.text("empty_payload") == "refused";
  knobs.extra_fields_ignored = field.text("extra_fields") == "ignored";
  if (field.has("silent_drop_after") && field.text("silent_drop_after") != "never")
    knobs.silent_drop_after = field.duration("silent_drop_after");
  read_flag(field, "echo_marks_on_stop", knobs.echo_marks_on_stop);
  knobs.close = choose(field.text("close", "code_1000"), kCloses);
  knobs.close_timeout = field.duration("close_timeout", knobs.close_timeout);
  read_flag(field, "stream_error_on_close", knobs.stream_error_on_close);
  knobs.stream_error_text = field.text("stream_error_text", knobs.stream_error_text);
  read_flag(field, "stream_error_code", knobs.stream_error_code);
  knobs.ping_every = field.duration("ping_every", knobs.ping_every);
  if (field.has("receive_buffer")) {
    knobs.receive_buffer_bytes =
        static_cast<int>(std::min<std::size_t>(field.at("receive_buffer").size(), 1U << 30U));
  }
}

void read_webhooks(const Field& field, Knobs& knobs) {
  knobs.webhook_timeout = field.duration("webhook_timeout", knobs.webhook_timeout);
  knobs.signature = choose(field.text("signature", "right"), kSignatures);
  read_flag(field, "unsigned_params", knobs.unsigned_params);
  read_flag(field, "unknown_parameter", knobs.unknown_parameter);
  read_flag(field, "sign_fragment", knobs.sign_fragment);
  read_flag(field, "idempotency_token", knobs.idempotency_token);
  read_flag(field, "accept_gzip", knobs.accept_gzip);
  knobs.call_token = choose(field.text("call_token", "json"), kCallTokens);
  if (!field.has("callback_repeats")) return;
  const std::string share = field.text("callback_repeats");
  std::from_chars(share.data(), share.data() + share.size(), knobs.callback_repeat_percent);
  if (knobs.callback_repeat_percent > 100) field.at("callback_repeats").problem("a share is at most 100%");
}

void read_call_control(const Field& field, Knobs& knobs) {
  read_flag(field, "drain_before_redirect", knobs.drain_before_redirect);
  knobs.outbound_ring_timeout = field.duration("ring_timeout", knobs.outbound_ring_timeout);
  knobs.ring_extension = field.duration("ring_extension", knobs.ring_extension);
  knobs.apology = field.duration("apology", knobs.apology);
  if (field.text("unplayable") == "skip") knobs.unplayable = Knobs::Unplayable::skip;
  read_flag(field, "pause_delays_answer", knobs.pause_delays_answer);
  knobs.twiml.pause = field.duration("pause_length", knobs.twiml.pause);
  knobs.twiml.dial_timeout = field.duration("dial_timeout", knobs.twiml.dial_timeout);
  knobs.twiml.dial_time_limit = field.duration("dial_time_limit", knobs.twiml.dial_time_limit);
  knobs.transcribed_after = field.duration("transcribed_after", knobs.transcribed_after);
}

}  // namespace

void read_knobs(const Field& field, Knobs& knobs) {
  read_playback(field, knobs);
  read_opening(field, knobs);
  read_stream(field, knobs);
  read_webhooks(field, knobs);
  read_call_control(field, knobs);
}

}  // namespace scenarios::engine
