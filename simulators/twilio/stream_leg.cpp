#include "simulators/twilio/stream_leg.hpp"

#include "simulators/twilio/file_header.hpp"
#include "simulators/twilio/signature.hpp"

#include <algorithm>
#include <utility>

// What the stream says and hears; stream_leg_io.cpp holds the coroutines.
namespace simulators::twilio {
using runtime::WireLog;
namespace {

/// Policy of the queue to the bridge: caller audio beyond the plan's limit is discarded (31930), other
/// messages beyond this many, too: a bridge that asks for so many echoes and reads none does not get them.
constexpr std::size_t kMaxWaitingMessages = 20'000;

bool delivers(const StreamIdentity& identity, std::string_view track) {
  return std::find(identity.tracks.begin(), identity.tracks.end(), track) != identity.tracks.end();
}

/// A line that does nothing draws nothing.
std::uint64_t seed_for(const LineTraits& traits, runtime::Random& random) {
  return traits.instant() ? 0 : random.next();
}

Playback::Sink sink_to(StreamLeg::Host& host) {
  return [&host](TimePoint at, std::string_view bytes, TimePoint arrived) { host.heard(at, bytes, arrived); };
}

}  // namespace

StreamLeg::StreamLeg(Parts parts, StreamIdentity identity, StreamVerb verb, StreamRuling ruling,
                     StreamFacts& facts)
    : parts_(parts),
      verb_(verb),
      ruling_(std::move(ruling)),
      delivers_inbound_(delivers(identity, "inbound")),
      delivers_outbound_(delivers(identity, "outbound")),
      facts_(facts),
      writer_(std::move(identity)),
      reader_(writer_.identity().stream_sid,
              {!parts.plan.knobs.empty_payload_refused, parts.plan.knobs.extra_fields_ignored}),
      playback_(std::chrono::duration_cast<runtime::Samples8k>(parts.plan.knobs.playback_limit),
                sink_to(parts.host),
                parts.plan.knobs.harsh_playback ? Playback::Frames::whole : Playback::Frames::joined),
      to_bridge_(parts.plan.line, seed_for(parts.plan.line, parts.environment.random)),
      from_bridge_(parts.plan.line, seed_for(parts.plan.line, parts.environment.random)),
      ending_(parts.environment.executor),
      outgoing_(parts.environment.executor),
      resumed_(parts.environment.executor),
      incoming_(parts.environment.executor) {}

void StreamLeg::open() {
  const auto& knobs = parts_.plan.knobs;
  const auto low = std::chrono::duration_cast<std::chrono::milliseconds>(knobs.first_timestamp_min).count();
  const auto high = std::chrono::duration_cast<std::chrono::milliseconds>(knobs.first_timestamp_max).count();
  const auto spread = static_cast<std::uint64_t>(std::max<std::int64_t>(high - low, 0)) + 1;
  facts_.first_timestamp_ms = static_cast<std::uint64_t>(low) + parts_.environment.random.below(spread);

  StreamWriter::connected(outbox_.text());
  sealed(false);
  for (const MediaFault& fault : parts_.plan.faults) {
    const auto* injected = std::get_if<Inject>(&fault);
    if (injected != nullptr && injected->before_start) inject(injected->text);
  }
  writer_.start(outbox_.text());
  sealed(false);
  facts_.started_at = parts_.environment.clock.now();
  parts_.host.leg_started(*this);
}

TimePoint StreamLeg::sealed(bool caller_frame) {
  const TimePoint carried = to_bridge_.send(parts_.environment.clock.now());
  outbox_.sealed(caller_frame, carried);
  parts_.environment.wire_log.record({parts_.environment.clock.now(), "twilio.media",
                                      writer_.identity().call_sid, WireLog::Direction::to_bridge,
                                      outbox_.last()});
  outgoing_.notify();
  return carried;
}

void StreamLeg::slot(TimePoint begins, const Caller::Slot& slot, std::string_view outbound) {
  if (!facts_.started_at || why_) return;
  auto& random = parts_.environment.random;
  const auto& knobs = parts_.plan.knobs;
  std::int64_t since = 0;
  if (first_slot_) {
    since = std::chrono::duration_cast<std::chrono::milliseconds>(begins - *first_slot_).count();
    const auto jitter = std::chrono::duration_cast<std::chrono::milliseconds>(knobs.timestamp_jitter).count();
    if (jitter > 0)
      since += static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(jitter) + 1)) - jitter / 2;
  } else {
    first_slot_ = begins;
  }
  note_dead_line(begins, slot.dead);
  const auto timestamp = facts_.first_timestamp_ms + static_cast<std::uint64_t>(since);
  const LineTraits& line = parts_.plan.line;
  const bool early = begins < *facts_.started_at + line.first_media_later;
  if (!slot.mulaw.empty() && !early) {
    if (line.missing > 0 && random.unit() < line.missing) {
      ++facts_.lost_caller_frames;
      parts_.instruments.caller_frames_lost.add();
      lose_frames();
    } else {
      frames(timestamp, slot, outbound);
    }
  }
  const bool letter = slot.key >= 'A' && slot.key <= 'D';
  if (slot.key != 0 && verb_ == StreamVerb::connect && (!letter || knobs.letter_keys)) {
    writer_.dtmf(outbox_.text(), slot.key);
    sealed(false);
    facts_.keys.push_back({parts_.environment.clock.now(), slot.key});
  }
}

/// One frame of each track; the outbound one first, as in Twilio's own example.
void StreamLeg::frames(std::uint64_t timestamp, const Caller::Slot& slot, std::string_view outbound) {
  const auto limit = static_cast<std::size_t>(parts_.plan.knobs.upstream_limit / Caller::kSlot);
  if (outbox_.waiting_frames() >= limit || outbox_.waiting_messages() >= kMaxWaitingMessages) {
    ++facts_.discarded_caller_frames;
    lose_frames();
    error_once(31930, true,
               "the bridge has not taken the last " + std::to_string(limit) +
                   " frames of the caller; new ones are discarded");
    return;
  }
  if (delivers_outbound_) {
    writer_.media(outbox_.text(), StreamWriter::Track::outbound, timestamp, outbound);
    sealed(!delivers_inbound_);
    parts_.instruments.outbound_media_sent.add();
  }
  if (!delivers_inbound_) return;
  writer_.media(outbox_.text(), StreamWriter::Track::inbound, timestamp, slot.mulaw);
  sealed(true);
  facts_.sent.append(parts_.environment.clock.now(), slot.mulaw, slot.kind);
  parts_.instruments.media_sent.add();
}

void StreamLeg::lose_frames() {
  if (parts_.plan.knobs.loss_numbers == Knobs::LossNumbers::contiguous) return;
  if (delivers_outbound_) writer_.skip(StreamWriter::Track::outbound);
  if (delivers_inbound_) writer_.skip(StreamWriter::Track::inbound);
}

void StreamLeg::note_dead_line(TimePoint begins, bool dead) {
  if (!dead) return dead_since_.reset();
  if (!dead_since_) dead_since_ = begins;
  if (begins - *dead_since_ < parts_.plan.knobs.rtp_timeout) return;
  error_once(31953, true,
             "no packet has come from the caller's phone for " +
                 std::to_string(parts_.plan.knobs.rtp_timeout / 1s) + " s");
}

void StreamLeg::inject(std::string_view text) {
  std::string& out = outbox_.text();
  static constexpr std::string_view kPlace = "{streamSid}";
  for (auto at = text.find(kPlace); at != std::string_view::npos; at = text.find(kPlace)) {
    out.append(text.substr(0, at)).append(writer_.identity().stream_sid);
    text.remove_prefix(at + kPlace.size());
  }
  out.append(text);
  sealed(false);
}

void StreamLeg::beat(TimePoint now) {
  if (!facts_.started_at || over_) return;
  play(now);
  notice_silence_of_the_path(now);
  // Its own end alone: a stall of the path that lasts longer goes on.
  if (paused_ && paused_until_ && now >= *paused_until_) paused_ = false;
  if (!held_back()) resumed_.notify();
}

void StreamLeg::play(TimePoint now) {
  for (const Playback::Played& played : playback_.advance(now)) {
    const auto found = mark_index_.find(played.mark);
    MarkFact& mark = facts_.marks[found->second];
    mark_index_.erase(found);
    mark.played_at = played.at;
    echo(mark, MarkFact::How::played, now);
  }
}

void StreamLeg::echo(MarkFact& mark, MarkFact::How how, TimePoint now) {
  if (why_ && how != MarkFact::How::on_stop) return;  // the stream is ending: nothing after `stop`
  if (outbox_.waiting_messages() >= kMaxWaitingMessages) return;
  writer_.mark(outbox_.text(), mark.name);
  mark.carried_at = sealed(false);
  mark.how = how;
  mark.echoed_at = now;
  parts_.instruments.marks_echoed.add();
}

void StreamLeg::receive(std::string_view payload, bool binary) {
  const TimePoint now = parts_.environment.clock.now();
  ++facts_.messages_received;
  parts_.environment.wire_log.record({now, "twilio.media", writer_.identity().call_sid,
                                      WireLog::Direction::from_bridge,
                                      binary ? std::string_view("(binary frame)") : payload});
  if (ruling_.breach) {
    error_once(31924, false, "a message on a unidirectional stream: <Start> takes no audio back");
    if (parts_.plan.knobs.one_way_message == Knobs::OneWayMessage::close_1002) return end_badly();
  }
  BridgeMessage message = reader_.read(payload, binary);
  play(now);
  if (const auto* media = std::get_if<BridgeMedia>(&message)) {
    facts_.media_bytes += payload.size();
    return received_media(now, media->mulaw);
  }
  if (auto* mark = std::get_if<BridgeMark>(&message)) return received_mark(now, std::move(mark->name));
  if (std::holds_alternative<BridgeClear>(message)) return received_clear(now);
  received_badly(std::get<BadMessage>(message));
}

void StreamLeg::received_media(TimePoint now, std::string_view mulaw) {
  parts_.instruments.media_received.add();
  parts_.instruments.audio_bytes_received.add(static_cast<double>(mulaw.size()));
  facts_.received.append(now, mulaw);
  if (mulaw.size() % Caller::kSlotBytes != 0) parts_.instruments.odd_payloads.add();
  if (const auto header = file_header(mulaw); !header.empty()) {
    parts_.instruments.payload_headers(header);
    if (facts_.payload_headers++ == 0) {
      parts_.host.notice("a payload begins with a " + std::string(header) +
                         " file's header: the caller hears it as noise; send raw mu-law, 8 kHz");
    }
  }
  if (ruling_.swallowed) {
    parts_.instruments.swallowed_audio_bytes.add(static_cast<double>(mulaw.size()));
  } else if (!playback_.push(now, mulaw)) {
    error_once(31931, true, "more audio is queued than Twilio keeps; new audio is discarded");
    const std::size_t offset = facts_.received.mulaw.size() - mulaw.size();
    auto& discards = facts_.discards;
    if (discards.empty() || discards.back().offset + discards.back().bytes != offset)
      discards.push_back({now, offset, 0});
    discards.back().bytes += mulaw.size();
  }
  parts_.host.bot_media(*this, now);
}

void StreamLeg::received_mark(TimePoint now, std::string name) {
  parts_.instruments.marks_received.add();
  MarkFact& mark = facts_.marks.emplace_back();
  mark.name = std::move(name);
  mark.received_at = now;
  mark.after_bytes = facts_.received.mulaw.size();
  if (ruling_.swallowed) {
    if (parts_.plan.swallowed_marks == SwallowedMarks::early) echo(mark, MarkFact::How::swallowed_early, now);
    return;
  }
  const bool at_once = playback_.idle();
  const auto number = playback_.mark();
  if (at_once) {
    echo(mark, MarkFact::How::empty_queue, now);
  } else {
    mark_index_.emplace(number, facts_.marks.size() - 1);
  }
}

void StreamLeg::received_clear(TimePoint now) {
  parts_.instruments.clears_received.add();
  ClearFact fact{now, 0, 0};
  if (!ruling_.swallowed) {
    const auto cleared = playback_.clear();
    fact.dropped_bytes = cleared.dropped_bytes;
    fact.marks_echoed = cleared.marks.size();
    for (const auto number : cleared.marks)
      echo(facts_.marks[mark_index_.at(number)], MarkFact::How::cleared, now);
    mark_index_.clear();
  }
  facts_.clears.push_back(fact);
}

void StreamLeg::received_badly(const BadMessage& bad) {
  ++facts_.rejected_messages;
  if (parts_.plan.knobs.garbage == Knobs::Garbage::warn) return error_once(bad.code, true, bad.text);
  error_once(31924, false, bad.text);
  end_badly();
}

void StreamLeg::end_badly() {
  close_code_ = 1002;
  end(StreamEnd::protocol_error);
}

void StreamLeg::error(int code, bool warning, std::string text) {
  if (!warning) facts_.error = code;
  parts_.host.stream_error(code, warning, std::move(text));
}

void StreamLeg::error_once(int code, bool warning, std::string text) {
  if (reported_.insert(code).second) error(code, warning, std::move(text));
}

void StreamLeg::end(StreamEnd why) {
  if (why_) return;
  if (facts_.started_at) {
    play(parts_.environment.clock.now());
    why_ = why;
    if (parts_.plan.knobs.echo_marks_on_stop) {
      const auto cleared = playback_.clear();
      for (const auto number : cleared.marks) {
        echo(facts_.marks[mark_index_.at(number)], MarkFact::How::on_stop, parts_.environment.clock.now());
      }
    }
    if (why != StreamEnd::protocol_error) {
      writer_.stop(outbox_.text());
      sealed(false);
    }
  }
  why_ = why;
  wake_all();
}

void StreamLeg::wake_all() {
  ending_.set();
  outgoing_.notify();
  resumed_.notify();
  incoming_.notify();
}

void StreamLeg::notice_silence_of_the_path(TimePoint now) {
  const auto& limit = parts_.plan.knobs.silent_drop_after;
  if (!limit) return;
  if (!to_bridge_.stalled(now) || !from_bridge_.stalled(now)) return silent_since_.reset();
  if (!silent_since_) silent_since_ = now;
  if (now - *silent_since_ >= *limit) lose_connection("nothing has come through either way for too long");
}

void StreamLeg::drop_connection() {
  lose_connection("the connection was cut, as the script has it");
}

void StreamLeg::lose_connection(std::string text) {
  if (!socket_ || why_) return;
  play(parts_.environment.clock.now());
  why_ = StreamEnd::connection_lost;
  error(31903, false, std::move(text));
  socket_->abort();
  wake_all();
}

void StreamLeg::stop_reading(std::optional<TimePoint> until) {
  paused_ = true;
  paused_until_ = until;
  facts_.stalls.push_back({parts_.environment.clock.now(), until, false});
}

void StreamLeg::resume_reading() {
  paused_ = false;
  to_bridge_.resume();
  from_bridge_.resume();
  const TimePoint now = parts_.environment.clock.now();
  for (auto& stall : facts_.stalls) stall.until = std::min(stall.until.value_or(now), now);
  resumed_.notify();
  outgoing_.notify();
  incoming_.notify();
}

void StreamLeg::stall(Towards towards, std::optional<TimePoint> until) {
  const TimePoint now = parts_.environment.clock.now();
  if (towards != Towards::twilio) {
    to_bridge_.stall(until);
    facts_.stalls.push_back({now, until, true});
  }
  if (towards != Towards::bridge) {
    from_bridge_.stall(until);
    facts_.stalls.push_back({now, until, false});
  }
}

}  // namespace simulators::twilio
