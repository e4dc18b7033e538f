#include "bridge/call/history.hpp"

#include "bridge/openai/requests.hpp"
#include "runtime/audio/level.hpp"

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

namespace bridge::call {
namespace {
constexpr std::int64_t kSamplesPerMs = 8;
constexpr std::string_view kMissing =
    "This conversation goes on from an earlier session. Not all that the caller said there was written down: "
    "what you are told of it is incomplete. Do not guess the rest; ask the caller again for what you need.";

std::string bounded(std::string_view text) {
  return std::string(text.substr(0, History::kMostWords));
}
}  // namespace

void History::note(const openai::Event& event) {
  std::visit(
      [this](const auto& e) {
        if constexpr (requires { this->on(e); }) on(e);
      },
      event);
}

History::Item* History::find(const openai::ItemId& id) {
  const auto found = std::ranges::find(items_, id, &Item::id);
  return found == items_.end() ? nullptr : &*found;
}

/// The item of `id`; a new one has its place behind all others.
History::Item& History::item(const openai::ItemId& id, Kind kind) {
  if (auto* known = find(id)) return *known;
  if (items_.size() == kMostItems) items_.pop_front();
  auto& added = items_.emplace_back();
  added.id = id;
  added.kind = kind;
  return added;
}

void History::on(const openai::Committed& event) {
  if (find(event.item) == nullptr) item(event.item, Kind::user).unheard = true;
}

void History::on(const openai::InputTranscript& event) {
  auto* said = find(event.item);
  if (said == nullptr) return;  // forgotten meanwhile
  said->text = bounded(event.text);
  said->unheard = false;
}

/// A turn of silence.
void History::on(const openai::IdleTimeout& event) {
  (void)item(event.item, Kind::user);
}

void History::on(const openai::OutputItemAdded& event) {
  if (event.kind == openai::ItemKind::message) (void)item(event.item, Kind::assistant);
}

void History::on(const openai::TranscriptDelta& event) {
  auto* known = find(event.item);
  if (known == nullptr) return;
  known->text += event.text.substr(0, kMostWords - std::min(kMostWords, known->text.size()));
}

void History::on(const openai::AudioDelta& event) {
  auto* known = find(event.item);
  if (known == nullptr) return;
  known->spoken += runtime::mulaw_length(event.audio.size());
  known->audible = known->audible || runtime::audio::audible_mulaw(event.audio);
}

void History::on(const openai::AudioDone& event) {
  if (auto* known = find(event.item)) known->spoken += runtime::mulaw_length(event.rest.size());
}

void History::on(const openai::Truncated& event) {
  if (auto* known = find(event.item)) known->heard_ms = event.audio_end_ms;
}

void History::on(const openai::FunctionCall& event) {
  auto& called = item(event.item, Kind::function_call);
  called.call_id = event.call_id;
  called.name = event.name;
  called.text = bounded(event.arguments);
}

void History::on(const openai::ItemAdded& event) {
  using Kinds = openai::ItemAdded::Kind;
  if (event.kind == Kinds::other || event.item.value().empty()) return;
  auto& added = item(event.item, event.kind == Kinds::user_text ? Kind::user : Kind::function_output);
  added.text = bounded(event.text);
  added.call_id = event.call_id;
}

/// Of speech that was cut off, as large a share of the words as of the sound, to the end of a word.
std::string_view History::words(const Item& item) {
  const std::string_view all = item.text;
  if (item.kind == Kind::assistant && !item.audible) return {};
  if (item.kind != Kind::assistant || !item.heard_ms) return all;
  const auto spoken_ms = item.spoken.count() / kSamplesPerMs;
  if (spoken_ms <= 0 || *item.heard_ms >= spoken_ms) return all;
  const auto share = static_cast<double>(*item.heard_ms) / static_cast<double>(spoken_ms);
  const auto kept = all.substr(0, static_cast<std::size_t>(share * static_cast<double>(all.size())));
  const auto last_space = kept.find_last_of(' ');
  return last_space == std::string_view::npos ? std::string_view() : kept.substr(0, last_space);
}

void History::write(std::string& out, const Item& item, openai::Dialect dialect) {
  switch (item.kind) {
    case Kind::user:
      return openai::write_said(out, dialect, item.id, "user", words(item));
    case Kind::assistant:
      return openai::write_said(out, dialect, item.id, "assistant", words(item));
    case Kind::function_call:
      return openai::write_function_call(out, item.id, item.call_id, item.name, item.text);
    case Kind::function_output:
      return openai::write_old_function_output(out, item.id, item.call_id, item.text);
  }
}

void History::forget(const openai::ItemId& item) {
  std::erase_if(items_, [&](const Item& known) { return known.id == item; });
}

std::vector<std::string> History::cut(const openai::ItemId& item, std::int64_t heard_ms,
                                      openai::Dialect dialect) {
  auto* known = find(item);
  if (known == nullptr) return {};
  const std::string_view told = words(*known);
  known->heard_ms = heard_ms;
  const std::string_view heard = words(*known);
  std::vector<std::string> corrections;
  if (heard.size() == told.size()) return corrections;
  // Only sound can be truncated, and of this the session has the words.
  // They are put behind it while it is there, or they would stand behind what was said since.
  if (!heard.empty()) openai::write_said(corrections.emplace_back(), dialect, {}, "assistant", heard, item);
  openai::write_item_delete(corrections.emplace_back(), "", item);
  return corrections;
}

std::vector<std::string> History::seeds(openai::Dialect dialect, std::vector<Aloud> aloud) const {
  const auto told_aloud = [&aloud](const Item& item) {
    return std::ranges::find(aloud, item.id, &Aloud::item);
  };
  const auto missing = [&](const Item& item) { return item.unheard && told_aloud(item) == aloud.end(); };
  std::size_t first = items_.size();
  std::size_t bytes = 0;
  while (first > 0 && bytes + words(items_[first - 1]).size() <= kMostBytes)
    bytes += words(items_[--first]).size();
  std::vector<std::string> requests;
  if (std::ranges::any_of(items_, missing))
    openai::write_said(requests.emplace_back(), dialect, openai::ItemId("words_missing"), "system", kMissing);
  std::set<std::string_view> called;
  for (; first < items_.size(); ++first) {
    const auto& item = items_[first];
    if (const auto sound = told_aloud(item); sound != aloud.end()) {
      requests.push_back(std::move(sound->request));
      aloud.erase(sound);
      continue;
    }
    // What nobody wrote down cannot be told, and an output needs its call before it.
    const bool speech = item.kind == Kind::user || item.kind == Kind::assistant;
    if (speech && words(item).empty()) continue;
    if (item.kind == Kind::function_call) called.insert(item.call_id);
    if (item.kind == Kind::function_output && !called.contains(item.call_id)) continue;
    write(requests.emplace_back(), item, dialect);
  }
  for (auto& rest : aloud) requests.push_back(std::move(rest.request));
  return requests;
}

}  // namespace bridge::call
