#pragma once
#include "metrics/sheet.hpp"

#include <string_view>

namespace simulators::openai {

/// The fake's own numbers (fake_openai_*): those of the audio path are looked up once.
class Counts {
 public:
  /// `book` nullptr: counts nowhere.
  explicit Counts(metrics::Book* book);

  metrics::Counter sessions;
  metrics::Counter appends;
  metrics::Counter audio_bytes_received;
  metrics::Counter audio_deltas_sent;
  metrics::Counter audio_bytes_sent;
  metrics::Counter cancels;
  metrics::Counter truncates;
  metrics::Counter speech_started;

  void response_done(std::string_view status);
  void error_sent(std::string_view code);

 private:
  metrics::Sheet* sheet_ = nullptr;
};

}  // namespace simulators::openai
