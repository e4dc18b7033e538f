#include "scenarios/recording/media_reader.hpp"

#include "runtime/audio/level.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace scenarios::recording {
namespace {

using namespace std::chrono_literals;
using Direction = runtime::WireLog::Direction;
constexpr std::size_t kMostFrames = 2'000'000;  // of the caller: eleven hours
constexpr std::size_t kMostKeys = 10'000;
constexpr Duration kTone = 100ms;        // a key is reported at its tone's end
constexpr Duration kTogether = 2s;       // keys that come faster are pressed in one go
constexpr Duration kUneven = 60ms;       // between two keys and the next two
constexpr double kPauseOfPackets = 500;  // ms

double number_of(const std::string& text) {
  double value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The value of the first attribute `name` in `xml` behind `from`.
std::string attribute(std::string_view xml, std::string_view element, std::string_view name) {
  const auto begin = xml.find(element);
  if (begin == std::string_view::npos) return {};
  const auto tag = xml.substr(begin, xml.find('>', begin) - begin);
  const std::string wanted = " " + std::string(name) + "=\"";
  const auto at = tag.find(wanted);
  if (at == std::string_view::npos) return {};
  const auto value = tag.substr(at + wanted.size());
  return std::string(value.substr(0, value.find('"')));
}

std::vector<Presses> pressed(const std::vector<std::pair<TimePoint, char>>& keys) {
  std::vector<Presses> groups;
  std::optional<Duration> step;  // of the group, from key to key
  TimePoint last;
  for (const auto& [at, key] : keys) {
    const bool joins =
        !groups.empty() && at - last <= kTogether && (!step || abs(at - last - *step) <= kUneven);
    if (joins) {
      auto& group = groups.back();
      if (!step) step = at - last;
      group.keys.push_back(key);
      group.end = at;
      const auto steps = static_cast<std::int64_t>(group.keys.size()) - 1;
      group.gap = std::max(Duration(0), (group.end - group.begin - kTone) / steps - kTone);
    } else {
      groups.push_back({at - kTone, at, std::string(1, key)});
      step.reset();
    }
    last = at;
  }
  return groups;
}

TimePoint begin_of(const Act& act) {
  return std::visit([](const auto& which) { return which.begin; }, act);
}

}  // namespace

MediaReader::MediaReader(std::string call, Recording& to)
    : call_(std::move(call)),
      to_(to),
      playback_(std::chrono::hours(1), [this](TimePoint at, std::string_view bytes, TimePoint arrived) {
        to_.heard.append(at, bytes);
        ears_->bot(at, bytes, arrived);
      }) {}

void MediaReader::read(const WireLine& line) {
  if (line.lane == "twilio.rest") {
    const bool ends = line.message.is_string() && line.direction == Direction::from_bridge &&
                      line.message.get<std::string>().find(call_ + ".json") != std::string::npos &&
                      line.message.get<std::string>().find("Status=completed") != std::string::npos;
    by_rest_ = by_rest_ || ends;
  }
  if (line.call != call_) return;
  last_ = std::max(last_, line.at);
  if (line.lane == "twilio.http") http(line);
  if (line.lane == "twilio.call") to_.of_fakes = true;
  if (line.lane != "twilio.media") return;
  if (line.direction == Direction::to_bridge) to_bridge(line);
  if (line.direction == Direction::from_bridge) from_bridge(line);
  if (line.direction == Direction::note) note(line);
}

void MediaReader::http(const WireLine& line) {
  const auto& form = value_at(line.message, {"form"});
  if (to_.from.empty()) {
    to_.from = text_at(form, {"From"});
    to_.to = text_at(form, {"To"});
    to_.outbound = text_at(form, {"Direction"}).starts_with("outbound");
  }
  const auto body = text_at(line.message, {"body"});
  if (!verb_.empty() || body.find("<Stream") == std::string::npos) return;
  verb_ = body.find("<Connect") != std::string::npos ? "Connect" : "Start";
  track_ = attribute(body, "<Stream", "track");
}

/// Of a proxy, which sees the sockets' ends.
void MediaReader::note(const WireLine& line) {
  const auto closed_by = text_at(line.message, {"closed_by"});
  if (closed_by == "bridge") stop(line.at, Recording::End::bridge);
  if (closed_by == "twilio") stop(line.at, Recording::End::caller);
}

void MediaReader::start(TimePoint at) {
  started_ = true;
  to_.began = at;
  ears_.emplace(at);
}

void MediaReader::to_bridge(const WireLine& line) {
  const auto event = text_at(line.message, {"event"});
  if (event == "start" && !started_) start(line.at);
  if (event == "media") media(line);
  if (event == "dtmf") key(line);
  if (event == "mark") ++to_.echoed_marks;
  if (event == "stop") stop(line.at, by_rest_ ? Recording::End::rest : Recording::End::caller);
}

void MediaReader::media(const WireLine& line) {
  const auto payload = runtime::base64_decode(text_at(line.message, {"media", "payload"}));
  if (text_at(line.message, {"media", "track"}) == "outbound" || !payload || payload->empty()) return;
  const double timestamp = number_of(text_at(line.message, {"media", "timestamp"}));
  if (last_timestamp_ && timestamp - *last_timestamp_ > kPauseOfPackets) to_.line_pauses = true;
  last_timestamp_ = timestamp;
  if (frames_.size() < kMostFrames) frames_.push_back({line.at, one_zero(*payload)});
}

void MediaReader::key(const WireLine& line) {
  const auto digit = text_at(line.message, {"dtmf", "digit"});
  if (digit.size() == 1 && keys_.size() < kMostKeys) keys_.push_back({line.at, digit.front()});
}

void MediaReader::from_bridge(const WireLine& line) {
  if (!started_ || stopped_) return;
  const auto event = text_at(line.message, {"event"});
  playback_.advance(line.at);
  if (event == "media") {
    const auto payload = runtime::base64_decode(text_at(line.message, {"media", "payload"}));
    if (payload) playback_.push(line.at, one_zero(*payload));
  } else if (event == "clear") {
    playback_.clear();
    to_.clears.push_back(line.at);
  } else if (event == "mark") {
    ++to_.sent_marks;
  }
}

void MediaReader::stop(TimePoint at, Recording::End end) {
  if (!started_ || stopped_) return;
  stopped_ = true;
  to_.ended = at;
  to_.end = end;
  playback_.advance(at);
}

void MediaReader::finish() {
  // Twilio says `stop` only where it ends the stream itself.
  if (!stopped_) stop(last_, to_.of_fakes ? Recording::End::bridge : Recording::End::unknown);
  if (ears_) {
    ears_->advance(to_.ended);
    to_.bot = ears_->measured().utterances;
  }
  to_.caller_frames = frames_.size();
  for (auto& says : cut_speech(frames_)) to_.caller.emplace_back(std::move(says));
  std::vector<std::pair<TimePoint, char>> keys;
  std::ranges::transform(keys_, std::back_inserter(keys),
                         [](const Key& k) { return std::pair(k.at, k.key); });
  for (auto& presses : pressed(keys)) to_.caller.emplace_back(std::move(presses));
  std::ranges::stable_sort(to_.caller, {}, begin_of);
  // Twilio documents that <Connect> takes inbound_track alone: only the incident report has it otherwise.
  to_.incident_rules = verb_ == "Connect" && track_ == "both_tracks";
}

}  // namespace scenarios::recording
