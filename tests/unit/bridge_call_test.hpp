#pragma once
#include "bridge/call/instruments.hpp"
#include "bridge/call/markers.hpp"
#include "bridge/call/settings.hpp"
#include "metrics/sheet.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace bridge::call {

using runtime::Duration;
using runtime::Samples8k;
using runtime::TimePoint;

inline constexpr TimePoint kStart{1000s};
inline constexpr Duration kTick = 20ms;

/// So much mu-law that is clearly speech and not silence.
inline std::string loud(Duration length) {
  return std::string(runtime::mulaw_bytes(std::chrono::floor<Samples8k>(length)), '\x10');
}
inline Samples8k samples(Duration length) {
  return std::chrono::floor<Samples8k>(length);
}
inline Part part_of(ResponseNo response, const std::string& item = "item", Source source = Source::model) {
  return {response, openai::ItemId(item), 0, source};
}

/// What every part of a call stands on, with numbers of its own.
struct CallParts {
  metrics::Book book;
  metrics::Sheet& sheet = book.add_sheet({"voicebridge_"});
  Instruments count{sheet};
  spdlog::logger log{"call", std::make_shared<spdlog::sinks::null_sink_st>()};
  Markers markers{log, MarkerStyle::every};
  Settings settings;

  double value(std::string_view family, std::initializer_list<std::string_view> labels = {}) const {
    return book.value("voicebridge_" + std::string(family), labels);
  }
  double dropped(std::string_view path) const {
    double sum = 0;
    book.read([&](const metrics::Reading& reading) {
      if (reading.family.name != "voicebridge_audio_dropped_samples_total") return;
      if (reading.label_values.front() == path) sum += reading.value;
    });
    return sum;
  }
  /// design.md, "Conservation": in samples, both ways, at any moment. What is queued is counted as such.
  void expect_conserved(const std::string& when = "") const {
    EXPECT_EQ(value("model_audio_samples_total") + value("clip_audio_samples_total"),
              value("sent_audio_samples_total") + dropped("to_caller") +
                  value("queued_audio_samples", {"to_caller"}))
        << "to the caller " << when;
    EXPECT_EQ(value("caller_audio_samples_total") + value("silence_inserted_samples_total"),
              value("appended_audio_samples_total") + dropped("to_model") +
                  value("queued_audio_samples", {"to_model"}))
        << "to the model " << when;
  }
};

}  // namespace bridge::call
