#pragma once
#include "runtime/core/time.hpp"

#include <string>

namespace simulators::twilio {

/// Who takes an outbound call, as answering machine detection finds it.
struct Answerer {
  enum class Kind { human, machine, fax, unknown } kind = Kind::human;
  enum class GreetingEnd { beep, silence, other } greeting_end = GreetingEnd::beep;
  /// From the answer until it is known who it is.
  runtime::Duration detected_after = std::chrono::milliseconds(2500);
  /// From the answer until a machine's greeting is over.
  runtime::Duration greeting = std::chrono::seconds(8);
};

/// What `MachineDetection` and its fellows ask for.
struct MachineDetection {
  enum class Mode { enable, message_end } mode = Mode::enable;
  runtime::Duration timeout = std::chrono::seconds(30);
  bool async = false;
  std::string callback;  // `AsyncAmdStatusCallback`
  std::string callback_method = "POST";
};

/// The verdict, and when it is given, from the answer.
struct Detected {
  std::string answered_by;
  runtime::Duration after{0};
};
Detected detect_machine(const MachineDetection& wanted, const Answerer& answerer);

}  // namespace simulators::twilio
