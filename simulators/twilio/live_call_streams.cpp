#include "runtime/core/utf8.hpp"
#include "simulators/twilio/live_call.hpp"

#include <algorithm>
#include <utility>

// The media streams of a call.
namespace simulators::twilio {
namespace {

/// Name and value of a `<Parameter>` together stay under so many characters.
constexpr std::size_t kParameterLimit = 500;

}  // namespace

/// False: the stream is refused.
bool LiveCall::admit_parameters(StreamNoun& noun) {
  using Policy = Knobs::LongParameter;
  const Policy policy = plan_.knobs.long_parameter;
  for (auto it = noun.parameters.begin(); it != noun.parameters.end();) {
    const auto name_length = runtime::utf8_length(it->first);
    const auto total = name_length + runtime::utf8_length(it->second);
    if (total < kParameterLimit) {
      ++it;
      continue;
    }
    if (policy == Policy::fail) return false;
    const bool dropped = policy == Policy::drop || name_length >= kParameterLimit;
    notice("the <Parameter> " + std::string(runtime::utf8_prefix(it->first, 100)) + " has " +
           std::to_string(total) +
           " characters, name and value together; Twilio promises less than 500: it is " +
           (dropped ? "left out" : "cut"));
    if (dropped) {
      it = noun.parameters.erase(it);
    } else {
      it->second = runtime::utf8_characters(it->second, kParameterLimit - 1 - name_length);
      ++it;
    }
  }
  return true;
}

/// customParameters is an object: a name stands in it once.
void LiveCall::keep_last_of_each_name(StreamNoun& noun) {
  auto& all = noun.parameters;
  for (auto it = all.begin(); it != all.end();) {
    const bool again =
        std::any_of(it + 1, all.end(), [&](const auto& later) { return later.first == it->first; });
    if (again) {
      notice("two <Parameter>s are named " + std::string(runtime::utf8_prefix(it->first, 100)) +
             ": the bridge gets the last one");
      it = all.erase(it);
    } else {
      ++it;
    }
  }
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
  noun.url = stream_url(document_url(), noun.url);
  facts.url = noun.url;
  keep_last_of_each_name(noun);
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
    facts.error = ruling.refused;
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

void LiveCall::stop_streams(StreamEnd why) {
  for (const auto& leg : legs_) {
    if (!leg->leg->over()) leg->leg->end(why);
  }
}

/// `<Stop>`. A stream without a name is called by its sid.
void LiveCall::stop_named(const std::string& name) {
  bool any = false;
  for (const auto& leg : legs_) {
    const std::string& own = leg->noun.name.empty() ? leg->leg->facts().sid : leg->noun.name;
    if (leg->leg->over() || (!name.empty() && own != name)) continue;
    any = true;
    leg->leg->end(StreamEnd::stopped);
  }
  if (!any) notice("<Stop>: the call has no running stream" + (name.empty() ? "" : " named " + name));
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
  for (std::size_t place = 0; place < plan_.faults.size(); ++place) {
    const auto* injected = std::get_if<Inject>(&plan_.faults[place]);
    if (injected != nullptr && injected->before_start) facts_.faults_struck.insert(place);  // by the leg
  }
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
