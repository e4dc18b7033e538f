#include "simulators/twilio/machine_detection.hpp"

#include <algorithm>

namespace simulators::twilio {
namespace {

std::string machine_end(Answerer::GreetingEnd end) {
  switch (end) {
    case Answerer::GreetingEnd::beep:
      return "machine_end_beep";
    case Answerer::GreetingEnd::silence:
      return "machine_end_silence";
    case Answerer::GreetingEnd::other:
      break;
  }
  return "machine_end_other";
}

Detected found(const MachineDetection& wanted, const Answerer& answerer) {
  switch (answerer.kind) {
    case Answerer::Kind::human:
      return {"human", answerer.detected_after};
    case Answerer::Kind::fax:
      return {"fax", answerer.detected_after};
    case Answerer::Kind::machine:
      if (wanted.mode == MachineDetection::Mode::enable) return {"machine_start", answerer.detected_after};
      return {machine_end(answerer.greeting_end), std::max(answerer.detected_after, answerer.greeting)};
    case Answerer::Kind::unknown:
      break;
  }
  return {"unknown", wanted.timeout};
}

}  // namespace

Detected detect_machine(const MachineDetection& wanted, const Answerer& answerer) {
  Detected detected = found(wanted, answerer);
  if (detected.after > wanted.timeout) return {"unknown", wanted.timeout};
  return detected;
}

}  // namespace simulators::twilio
