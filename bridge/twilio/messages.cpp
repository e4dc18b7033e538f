#include "bridge/twilio/messages.hpp"

namespace bridge::twilio {

std::string_view to_string(Breach breach) {
  switch (breach) {
    case Breach::malformed_json:
      return "malformed_json";
    case Breach::wrong_type:
      return "wrong_type";
    case Breach::unknown_event:
      return "unknown_event";
    case Breach::binary_frame:
      return "binary_frame";
    case Breach::second_start:
      return "second_start";
    case Breach::before_start:
      return "before_start";
    case Breach::wrong_stream:
      return "wrong_stream";
    case Breach::bad_base64:
      return "bad_base64";
    case Breach::after_stop:
      return "after_stop";
  }
  return "unknown";
}

}  // namespace bridge::twilio
