#include "simulators/twilio/live_call.hpp"

#include <utility>

// The media streams of a call.
namespace simulators::twilio {
namespace {

/// Name and value of a `<Parameter>` together stay under this.
constexpr std::size_t kParameterLimit = 500;

}  // namespace

bool LiveCall::admit_parameters(StreamNoun& noun) {
  using Policy = Knobs::LongParameter;
  for (auto it = noun.parameters.begin(); it != noun.parameters.end();) {
    const auto total = it->first.size() + it->second.size();
    if (total < kParameterLimit) {
      ++it;
      continue;
    }
    if (plan_.knobs.long_parameter == Policy::fail) return false;
    if (plan_.knobs.long_parameter == Policy::drop || it->first.size() >= kParameterLimit) {
      it = noun.parameters.erase(it);
    } else {
      it->second.resize(kParameterLimit - 1 - it->first.size());
      ++it;
    }
  }
  return true;
}

/// One-way streams share a number of tracks.
void LiveCall::limit_tracks(StreamVerb verb, const StreamNoun& noun, StreamRuling& ruling) const {
  const Knobs& knobs = plan_.knobs;
  if (verb != StreamVerb::start || knobs.track_limit == 0 || ruling.refused != 0) return;
  const auto tracks = [&knobs](const StreamNoun& stream) {
    return stream.track == "both_tracks" ? knobs.both_tracks_count : 1U;
  };
  unsigned taken = detection_due_ ? knobs.detection_tracks : 0;
  for (const auto& known : legs_) {
    if (known->leg->facts().verb == "Start" && !known->leg->over()) taken += tracks(known->noun);
  }
  if (taken + tracks(noun) <= knobs.track_limit) return;
  ruling.refused = knobs.track_limit_code;
  ruling.text = "the call has " + std::to_string(taken) + " tracks already, and this one takes " +
                std::to_string(tracks(noun)) + ": at most " + std::to_string(knobs.track_limit) +
                " may run at once";
}

/// What `start.tracks` says, and what comes.
std::vector<std::string> LiveCall::tracks_of(StreamVerb verb, const StreamRuling& ruling) const {
  const Knobs& knobs = plan_.knobs;
  const bool connect = verb == StreamVerb::connect;
  const bool both = ruling.track == "both_tracks" &&
                    (!connect || (knobs.outbound_media && plan_.rules == TrackRules::incident_report));
  if (both && knobs.outbound_track_first) return {"outbound", "inbound"};
  if (both) return {"inbound", "outbound"};
  return {!connect && ruling.track == "outbound_track" ? "outbound" : "inbound"};
}

StreamLeg* LiveCall::add_stream(StreamNoun noun, StreamVerb verb) {
  StreamFacts& facts = *facts_.streams.emplace_back(std::make_unique<StreamFacts>());
  facts.sid = "MZ" + parts_.environment.random.hex(32);
  facts.verb = verb == StreamVerb::connect ? "Connect" : "Start";
  facts.track = noun.track.value_or("");
  facts.name = noun.name;
  if (const auto base = runtime::net::parse_url(facts_.http.empty() ? "" : facts_.http.back().url);
      base && !noun.url.empty()) {
    if (!runtime::net::parse_url(noun.url)) {
      if (auto resolved = runtime::net::resolve_url(*base, noun.url)) {
        resolved->scheme = resolved->secure() ? "wss" : "ws";
        noun.url = resolved->text();
      }
    }
  }
  facts.url = noun.url;
  StreamRuling ruling = rule_stream(plan_.rules, verb, noun, plan_.knobs);
  if (ruling.refused == 0 && !admit_parameters(noun)) {
    ruling.refused = 31900;
    ruling.text = "a <Parameter> of 500 characters or more";
  }
  if (ruling.refused == 0) noun.track = ruling.track;
  limit_tracks(verb, noun, ruling);
  facts.parameters = noun.parameters;
  facts.swallowed = ruling.swallowed;
  if (ruling.refused != 0) {
    error(ruling.refused, false, ruling.text);
    facts.ended_at = now();
    if (plan_.knobs.refused_stream_told) reports_.stream(facts, noun, "stream-error");
    return nullptr;
  }
  if (ruling.warned != 0) error(ruling.warned, true, ruling.text);
  if (noun.asks_for_format && plan_.knobs.stream_format_warned)
    error(12200, true, "audioFormat and sampleRate of <Stream> are ignored: it is audio/x-mulaw at 8000 Hz");
  StreamIdentity identity{facts_.account_sid, facts_.sid, facts.sid, tracks_of(verb, ruling),
                          noun.parameters};
  auto known = std::make_unique<Leg>();
  known->noun = noun;
  const StreamLeg::Parts parts{parts_.environment, plan_, parts_.account, parts_.instruments, *this};
  known->leg = std::make_unique<StreamLeg>(parts, std::move(identity), verb, std::move(ruling), facts);
  if (known->leg->delivers_outbound() && !outbound_) outbound_.emplace();
  return legs_.emplace_back(std::move(known))->leg.get();
}

LiveCall::Next LiveCall::open(OpenCommand command) {
  const bool connect = command.verb == StreamVerb::connect;
  StreamLeg* leg = add_stream(*command.noun, command.verb);
  if (leg == nullptr) co_return connect ? flow_.stream_over() : flow_.next();
  if (!connect) {
    streams_.spawn(leg->run());
    co_return flow_.next();
  }
  co_await leg->run();
  co_return over_ || replacement_ ? Command(EndCommand{}) : flow_.stream_over();
}

// ---- what the streams report --------------------------------------------------------------------------

void LiveCall::leg_started(StreamLeg& leg) {
  for (const auto& known : legs_) {
    if (known->leg.get() == &leg) {
      known->started = true;
      reports_.stream(leg.facts(), known->noun, "stream-started");
    }
  }
  begin_script();
  faults_.happened(Moment::When::stream_started, now());
  parts_.observer.stream_started(facts_, leg.facts());
}

void LiveCall::leg_ended(StreamLeg& leg) {
  const StreamFacts& stream = leg.facts();
  const bool failed = stream.end == StreamEnd::not_opened || stream.end == StreamEnd::connection_lost ||
                      stream.end == StreamEnd::protocol_error ||
                      (stream.end == StreamEnd::bridge_closed && plan_.knobs.stream_error_on_close);
  for (const auto& known : legs_) {
    if (known->leg.get() == &leg)
      reports_.stream(stream, known->noun, failed ? "stream-error" : "stream-stopped");
  }
  parts_.observer.stream_ended(facts_, stream);
}

void LiveCall::bot_media(StreamLeg&, TimePoint at) {
  faults_.happened(Moment::When::first_bot_frame, at);
  std::size_t bytes = 0;
  for (const auto& stream : facts_.streams) bytes += stream->received.mulaw.size();
  faults_.bot_audio(runtime::mulaw_length(bytes), at);
  strike(at);
}

}  // namespace simulators::twilio
