#pragma once
#include "bridge/call/dialogue.hpp"
#include "runtime/core/random.hpp"
#include "tests/unit/bridge_call_test.hpp"

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bridge::call {

using openai::ResponseId;
using openai::ResponseStatus;
using Json = nlohmann::json;

/// A dialogue with a caller's phone at a constant distance behind it.
struct CallDialogue : testing::Test, CallParts {
  void begin() {
    dialogue.emplace(settings, count, *speaker, markers, outbox, log, random);
    dialogue->identify("CA1");
    speaker->begin(twilio::StreamSid("MZ1"), now);
    dialogue->session_ready(now);
    run(200ms);
  }
  CallDialogue() {
    settings.fallback = runtime::audio::Clip{loud(500ms)};
    speaker.emplace(settings, count, markers);
    begin();
  }
  void run(Duration length) {
    for (const TimePoint end = now + length; now < end; now += kTick) step();
  }
  void step() {
    const std::size_t filled = blocked ? 0 : speaker->fill(batch, 25, now);
    for (std::size_t i = 0; i < filled; ++i) deliver(batch[i]);
    while (!echoes.empty() && echoes.front().first <= now) {
      speaker->echoed(echoes.front().second, now);
      echoes.pop_front();
    }
    dialogue->tick(0ms, now);
    expect_conserved();
  }
  void deliver(const Outgoing& message) {
    speaker->taken(message, now);
    if (message.kind == Outgoing::Kind::frame) ++frames[message.part.response];
    if (message.kind == Outgoing::Kind::clear) {
      ++clears;
      for (auto& echo : echoes) echo.first = now + kDistance;
    }
    if (message.kind == Outgoing::Kind::mark && echoing) {
      echoes.emplace_back(std::max(now, speaker->playing_until()) + kDistance, message.mark.name);
    }
  }
  void say(const openai::Event& event) { dialogue->handle(event, 0ms, now); }
  void commit() { say(openai::Committed{}); }
  void create(const std::string& id, const std::string& tag = "") {
    openai::ResponseCreated event;
    event.response = ResponseId(id);
    event.create_tag = tag;
    say(event);
  }
  void delta(const std::string& id, const std::string& audio) {
    openai::AudioDelta event;
    event.response = ResponseId(id);
    event.item = openai::ItemId("item_" + id);
    event.audio = audio;
    say(event);
  }
  void done(const std::string& id, ResponseStatus status = ResponseStatus::completed) {
    openai::ResponseDone event;
    event.response = ResponseId(id);
    event.status = status;
    say(event);
  }
  void call_tool(const std::string& id, const std::string& name) {
    openai::OutputItemAdded item{ResponseId(id), openai::ItemId("tool"), openai::ItemKind::tool_call, name};
    say(item);
    openai::FunctionCall event;
    event.response = ResponseId(id);
    event.call_id = "call_1";
    event.name = name;
    say(event);
  }
  /// What went to OpenAI since the last look.
  std::vector<std::string> asked() {
    std::vector<std::string> types;
    while (auto text = outbox.pop()) {
      requests.push_back(Json::parse(*text));
      types.push_back(requests.back()["type"]);
    }
    return types;
  }
  const Json& request(const std::string& type) {
    for (auto it = requests.rbegin(); it != requests.rend(); ++it) {
      if ((*it)["type"] == type) return *it;
    }
    throw std::runtime_error("no request of type " + type);
  }
  double fired(const char* stage) const { return value("response_watchdog_fired_total", {stage}); }
  double verdicts(const char* verdict, const char* reason) const {
    return value("response_verdicts_total", {verdict, reason});
  }

  static constexpr Duration kDistance = 40ms;
  TimePoint now = kStart;
  runtime::SeededRandom random{1};
  Outbox outbox;
  std::optional<Speaker> speaker;
  std::optional<Dialogue> dialogue;
  std::vector<Outgoing> batch;
  std::deque<std::pair<TimePoint, std::string>> echoes;
  std::map<ResponseNo, int> frames;
  std::vector<Json> requests;
  int clears = 0;
  bool blocked = false;
  bool echoing = true;
};

}  // namespace bridge::call
