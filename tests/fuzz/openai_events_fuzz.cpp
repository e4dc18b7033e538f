// Whatever the service sends: what is taken is JSON, and no session is ready without two formats that the
// bridge knows.
#include "bridge/openai/session.hpp"
#include "tests/fuzz/message_lines.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace {
using namespace bridge::openai;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_delta(const AudioDelta& delta) {
  check(delta.content_index >= 0);
  check(delta.decodable || delta.audio.empty());
}

bool known(std::string_view format) {
  return format == "audio/pcmu" || format == "audio/pcma" || format == "audio/pcm";
}

void check_step(const Session& session, const Event& event, Session::Phase before, Session::Next next) {
  if (next == Session::Next::send_update) check(before == Session::Phase::dialled);
  if (next == Session::Next::failed)
    check(!session.failure().said.empty() && session.failure().said.size() < 600);
  if (next != Session::Next::ready) return;
  const auto* updated = std::get_if<SessionUpdated>(&event);
  check(before == Session::Phase::update_sent && updated != nullptr);
  check(known(updated->input_format) && known(updated->output_format));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Decoder decoder;
  Session session(SessionSettings{}, "CA1");
  fuzz::MessageLines lines(data, size);
  fuzz::MessageLines::Message line;
  while (lines.next(line)) {
    const auto decoded = decoder.decode(line.payload, line.binary);
    if (const auto* rejected = std::get_if<Rejected>(&decoded)) {
      check(!rejected->detail.empty() && rejected->detail.size() < 400);
      continue;
    }
    check(!line.binary && nlohmann::json::accept(line.payload));
    const Event& event = std::get<Event>(decoded);
    if (const auto* delta = std::get_if<AudioDelta>(&event)) check_delta(*delta);
    const Session::Phase before = session.phase();
    check_step(session, event, before, session.on_event(event));
  }
  return 0;
}
