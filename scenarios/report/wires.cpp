#include "scenarios/report/wires.hpp"

#include "scenarios/report/escape.hpp"
#include "scenarios/report/redact.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace scenarios::report {
namespace {

using Json = nlohmann::json;
using Line = engine::Journal::Line;
constexpr std::int64_t kSilenceMs = 100;   // without a message ends a stretch of sound
constexpr std::size_t kMostSound = 2'000;  // stretches
constexpr std::size_t kMostCalls = 200;    // whose messages are told apart
constexpr std::size_t kLongestMessage = 80;

/// The value of `"key":"..."`; with a number, the number.
std::string_view value_of(std::string_view message, std::string_view pattern) {
  auto at = message.find(pattern);
  if (at == std::string_view::npos) return {};
  at = message.find_first_not_of(" \t", at + pattern.size());
  if (at == std::string_view::npos) return {};
  const bool quoted = message[at] == '"';
  if (quoted) ++at;
  const auto end = message.find_first_of(quoted ? "\"" : ",}", at);
  return end == std::string_view::npos ? std::string_view() : message.substr(at, end - at);
}

/// Numbers things in the order of their first appearance.
class Names {
 public:
  std::size_t number(std::string_view name) {
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    names_.emplace_back(name);
    return numbers_.emplace(name, names_.size() - 1).first->second;
  }
  Json json() const {
    Json list = Json::array();
    for (const auto& name : names_) list.push_back(valid_utf8(name));
    return list;
  }
  std::size_t size() const { return names_.size(); }

 private:
  std::map<std::string, std::size_t, std::less<>> numbers_;
  std::vector<std::string> names_;
};

/// Audio is what the waveforms show: in a message's text only its length is left.
std::string without_sound(std::string_view text) {
  constexpr std::size_t kLongestWord = 400;
  std::string out;
  while (!text.empty()) {
    const auto begin = text.find('"');
    if (begin == std::string_view::npos) break;
    const auto end = text.find('"', begin + 1);
    if (end == std::string_view::npos) break;
    const auto word = text.substr(begin + 1, end - begin - 1);
    const bool sound = word.size() > kLongestWord && word.find_first_of(" \\<") == std::string_view::npos;
    out += text.substr(0, begin + 1);
    out += sound ? "(" + std::to_string(word.size()) + " characters of base64)" : std::string(word);
    out.push_back('"');
    text.remove_prefix(end + 1);
  }
  return out + std::string(text);
}

/// Collects the lines of a journal.
class WireDigest {
 public:
  WireDigest(runtime::TimePoint start, const Bounds& bounds) : start_(start), bounds_(bounds) {}

  void add(const Line& line) {
    const auto name = message_name(line.text);
    const std::size_t lane = lanes_.number(line.lane);
    const std::size_t call = calls_.size() < kMostCalls ? calls_.number(line.call) : 0;
    const auto direction = static_cast<int>(line.direction);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(line.at - start_).count();
    if (carries_sound(name)) {
      sound({lane, direction, call}, ms);
    } else if (events_.size() < bounds_.events) {
      events_.push_back({ms, lane, direction, names_.number(name.substr(0, kLongestMessage)), call});
      add_text(line.text);
    } else {
      ++left_out_;
    }
  }

  Json json() {
    for (const auto& [key, stretch] : open_) close(key, stretch);
    open_.clear();
    return {{"lanes", lanes_.json()},       {"names", names_.json()},     {"calls", calls_.json()},
            {"events", std::move(events_)}, {"sound", std::move(sound_)}, {"left_out", left_out_}};
  }

 private:
  using Key = std::tuple<std::size_t, int, std::size_t>;  // lane, direction, call
  struct Stretch {
    std::int64_t from, to;
    std::size_t count;
  };

  void add_text(const std::string& text) {
    if (bounds_.text_bytes == 0 || text_bytes_ >= bounds_.all_text_bytes) return;
    std::string shown = bounded(redacted(without_sound(text)), bounds_.text_bytes);
    text_bytes_ += shown.size();
    events_.back().push_back(std::move(shown));
  }
  void sound(const Key& key, std::int64_t ms) {
    const auto [at, is_new] = open_.try_emplace(key, Stretch{ms, ms, 0});
    auto& stretch = at->second;
    if (!is_new && ms - stretch.to > kSilenceMs) {
      close(key, stretch);
      stretch = {ms, ms, 0};
    }
    stretch.to = ms;
    ++stretch.count;
  }
  void close(const Key& key, const Stretch& stretch) {
    if (sound_.size() >= kMostSound) return;
    const auto& [lane, direction, call] = key;
    sound_.push_back({stretch.from, stretch.to, lane, direction, call, stretch.count});
  }

  runtime::TimePoint start_;
  const Bounds& bounds_;
  Names lanes_, names_, calls_;
  Json events_ = Json::array(), sound_ = Json::array();
  std::map<Key, Stretch> open_;
  std::size_t left_out_ = 0;
  std::size_t text_bytes_ = 0;
};

}  // namespace

std::string_view message_name(std::string_view text) {
  static constexpr std::array kKeys{std::string_view("\"event\":"), std::string_view("\"type\":"),
                                    std::string_view("\"request\":"), std::string_view("\"status\":"),
                                    std::string_view("\"method\":")};
  // A type's place is the front of its message; what is found behind a long value may be anything's.
  const auto head = text.substr(0, 400);
  std::string_view name;
  std::size_t first = std::string_view::npos;
  for (const auto key : kKeys) {
    const auto at = head.find(key);
    if (at >= first) continue;
    first = at;
    name = value_of(text, key);
  }
  if (!name.empty()) return name;
  const auto type = value_of(text, "\"type\":");
  return type.empty() ? value_of(text, "\"event\":") : type;
}

bool carries_sound(std::string_view name) {
  return name == "media" || name == "input_audio_buffer.append" || name == "response.output_audio.delta" ||
         name == "response.audio.delta";
}

Json wires_json(const engine::Journal& journal, runtime::TimePoint start, const Bounds& bounds) {
  WireDigest digest(start, bounds);
  for (const auto& line : journal.lines()) digest.add(line);
  Json json = digest.json();
  if (journal.dropped() > 0) json["dropped"] = journal.dropped();
  return json;
}

}  // namespace scenarios::report
