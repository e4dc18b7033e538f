// Times that cannot be: what would happen when the scenario is over, and more of a sound than there is.
#include "runtime/core/units.hpp"
#include "scenarios/engine/measures.hpp"
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using simulators::twilio::KnownSound;

/// Whatever is done here ends with the scenario.
class TimeCheck {
 public:
  explicit TimeCheck(const Scenario& scenario) : scenario_(scenario) {}

  void calls(const Field& root) const {
    if (root.has("caller")) caller(root.at("caller"));
    if (root.has("others")) {
      const Field others = root.at("others");
      for (const auto& [name, unused] : others.json().items()) {
        if (others.at(name).has("steps")) caller(others.at(name).at("steps"));
      }
    }
    if (!root.has("calls")) return;
    const Field calls = root.at("calls");
    if (calls.is_map()) {
      if (scenario_.calls.back().at >= scenario_.limit && calls.has("over"))
        too_late(calls.at("over"), "the last of these calls begins");
      return;
    }
    for (const auto& entry : calls.each()) {
      in_time(entry, "at", "this call begins");
      if (entry.has("caller")) caller(entry.at("caller"));
    }
  }

  void faults(const Field& list) const {
    for (const auto& entry : list.each()) {
      in_time(entry, "in", "this strikes");
      in_time(entry, "after_bot_audio", "this strikes");
    }
  }

  /// Of the bridge's process, or a visitor.
  void events(const Field& list, std::string_view what) const {
    for (const auto& entry : list.each()) {
      in_time(entry, "at", what);
      in_time(entry, "in", what);
      if (!entry.has("do")) continue;  // a visitor may be there longer than the scenario lasts
      in_time(entry, "for", "this ends");
      in_time(entry, "until", "this ends");
    }
  }

  void windows(const Field& list) const {
    for (const auto& entry : list.each()) {
      if (!entry.has("between") || !entry.at("between").is_list()) continue;
      const Field from = entry.at("between").each().front();
      if (from.duration() >= scenario_.limit) too_late(from, "this begins");
    }
  }

 private:
  void caller(const Field& list) const {
    for (const auto& entry : list.each()) {
      for (const std::string_view step : {"wait", "silence", "no_packets"}) in_time(entry, step, "this ends");
      in_time(entry, "wait_until", "this ends");
      if (entry.has("listen") && entry.text("listen") != "until_call_ends")
        in_time(entry, "listen", "this ends");
      if (entry.has("wait_for") && entry.at("wait_for").is_map() && entry.has("for")) sound(entry);
    }
  }

  void in_time(const Field& entry, std::string_view key, std::string_view what) const {
    if (entry.has(key) && entry.duration(key) >= scenario_.limit) too_late(entry.at(key), what);
  }

  void too_late(const Field& field, std::string_view what) const {
    field.problem(
        fmt::format("{} when the scenario is over: its limit is {}", what, duration_text(scenario_.limit)),
        "'limit' is 2min where a scenario names none");
  }

  /// What the caller waits to hear of a sound is no more than there is of it.
  void sound(const Field& step) const {
    const Field what = step.at("wait_for");
    const std::string name = what.text("reply", what.text("clip"));
    const auto& sounds = scenario_.calls.front().plan.sounds;
    const auto known = std::ranges::find(sounds, name, &KnownSound::name);
    if (known == sounds.end() || known->hertz != 0 || known->clip.mulaw.empty()) return;
    const auto length = known->clip.length();
    if (step.duration("for") <= length) return;
    step.at("for").problem(fmt::format("'{}' lasts {:.2f} s: {} of it are never heard", name,
                                       runtime::seconds(length), step.text("for")));
  }

  const Scenario& scenario_;
};

}  // namespace

void check_times(const Field& root, const Scenario& scenario) {
  const TimeCheck check(scenario);
  check.calls(root);
  if (root.has("faults")) check.faults(root.at("faults"));
  if (root.has("bridge") && root.at("bridge").has("events"))
    check.events(root.at("bridge").at("events"), "this happens");
  if (root.has("visitors")) check.events(root.at("visitors"), "this one comes");
  if (root.has("expect")) check.windows(root.at("expect"));
}

}  // namespace scenarios::engine
