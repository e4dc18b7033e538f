#pragma once
#include "bridge/call/machine.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Owns a call's machine as bridge::call::Call does, without sockets: keeps to its contract whatever the
/// peers say, and looks after conservation. Fed with bytes by a fuzzer and with chosen events by tests.
class CallDriver {
 public:
  CallDriver() {
    settings.model.greet = true;
    settings.fallback = runtime::audio::Clip{std::string(1234, '\x10')};
    settings.max_response = std::chrono::seconds(3);
  }

  void twilio(std::string_view payload, bool binary = false) {
    if (machine.ending()) return;
    const auto start = machine.twilio_message(payload, binary, now);
    if (start && !machine.begun()) machine.begin(*start, settings, now);
  }
  void dial() {
    if (!machine.wants_dial(now)) return;
    link = machine.take_dial(now);
    machine.model_connected(link, now);
    connected = true;
  }
  void model(std::string_view payload, bool binary = false) {
    if (connected && !machine.session_over(link) && !machine.ending())
      machine.model_message(link, payload, binary, now);
    connected = connected && !machine.session_over(link);
  }
  void model_closes() {
    if (connected && !machine.session_over(link)) machine.model_closed(link, 1006, "gone", now);
    connected = false;
  }
  /// The transport to Twilio takes what it was given, and is given what is due.
  void pump_twilio() {
    for (std::size_t i = 0; i < in_flight; ++i) machine.twilio_took(batch[i], now);
    in_flight = machine.to_twilio(batch, 25, now);
  }
  void pump_model() {
    if (!connected || machine.session_over(link)) return;
    if (appending) machine.model_took(link, now);
    appending = machine.to_model(link, request, now);
  }
  void pass(runtime::Duration time) {
    now += time;
    machine.tick(now);
    machine.twilio_unacked(in_flight * 200);
  }

  double value(std::string_view family, std::initializer_list<std::string_view> labels = {}) const {
    return book.value(family, labels);
  }
  /// design.md, "Conservation": what came in and did not go out or get lost by name.
  bool conserved() const {
    double dropped_to_caller = 0;
    double dropped_to_model = 0;
    for (const auto& counter : instruments.dropped_to_caller) dropped_to_caller += counter.value();
    for (const auto& counter : instruments.dropped_to_model) dropped_to_model += counter.value();
    const auto& i = instruments;
    const double to_caller = i.model_samples.value() + i.clip_samples.value() - i.sent_samples.value() -
                             dropped_to_caller - i.queued_to_caller.value();
    const double to_model = i.caller_samples.value() + i.silence_samples.value() -
                            i.appended_samples.value() - dropped_to_model - i.queued_to_model.value();
    return std::abs(to_caller) < 0.5 && std::abs(to_model) < 0.5 && i.queued_to_caller.value() >= 0 &&
           i.queued_to_model.value() >= 0;
  }
  bool nothing_left() const {
    return instruments.queued_to_caller.value() == 0 && instruments.queued_to_model.value() == 0 &&
           instruments.unacked_bytes.value() == 0 && instruments.calls_silent.value() == 0;
  }

  metrics::Book book;
  bridge::call::Instruments instruments{book.add_sheet({"voicebridge_"})};
  spdlog::logger log{"call", std::make_shared<spdlog::sinks::null_sink_st>()};
  bridge::call::Settings settings;
  runtime::TimePoint now{std::chrono::seconds(1000)};
  runtime::SeededRandom random{1};
  bridge::call::Machine machine{instruments, log, random};
  bridge::call::LinkNo link = 0;  // the last one dialled
  std::vector<bridge::call::Outgoing> batch;
  std::size_t in_flight = 0;
  std::string request;
  bool connected = false;
  bool appending = false;
};

}  // namespace support
