#include "simulators/twilio/rest_streams.hpp"

#include <algorithm>

namespace simulators::twilio {
namespace {
constexpr int kMostParameters = 99;
}

std::variant<CreateStream, Refusal> read_create_stream(const runtime::net::Form& fields) {
  RestForm form(fields);
  CreateStream stream;
  stream.url = form.text("Url");
  if (stream.url.empty()) form.refuse(20001, "Missing required parameter Url in the post body");
  stream.name = form.text("Name");
  if (form.has("Track"))
    stream.track = form.word("Track", {"inbound_track", "outbound_track", "both_tracks"}, 31941);
  stream.status_callback = form.text("StatusCallback");
  stream.status_callback_method = form.method("StatusCallbackMethod");
  if (!stream.status_callback.empty() && !is_web_url(stream.status_callback))
    form.refuse(21609, "StatusCallback is not a valid URL: " + stream.status_callback);
  for (int i = 1; i <= kMostParameters; ++i) {
    const std::string prefix = "Parameter" + std::to_string(i);
    std::string name = form.text(prefix + ".Name");
    if (!name.empty()) stream.parameters.emplace_back(std::move(name), form.text(prefix + ".Value"));
  }
  if (form.refusal()) return *form.refusal();
  return stream;
}

const StreamFacts* find_stream(const CallFacts& call, std::string_view handle) {
  const auto found = std::find_if(call.streams.rbegin(), call.streams.rend(), [handle](const auto& stream) {
    return stream->sid == handle || (!handle.empty() && stream->name == handle);
  });
  return found == call.streams.rend() ? nullptr : found->get();
}

}  // namespace simulators::twilio
