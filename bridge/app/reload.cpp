#include "bridge/app/reload.hpp"

#include <utility>

namespace bridge::app {
Reloaded reloaded(const Config& running, Config next) {
  std::vector<std::string> kept;
  const auto keep = [&](const char* key, const auto& old, auto& fresh, bool same) {
    if (same) return;
    kept.emplace_back(key);
    fresh = old;
  };
  const auto keep_value = [&](const char* key, const auto& old, auto& fresh) {
    keep(key, old, fresh, old == fresh);
  };
  keep_value("workers", running.workers, next.workers);
  keep_value("listen.host", running.listen.host, next.listen.host);
  keep_value("listen.port", running.listen.port, next.listen.port);
  // The content of the files is the business of who watches them; which files they are is settled.
  const bool same_files = running.listen.certificate_file == next.listen.certificate_file &&
                          running.listen.key_file == next.listen.key_file;
  keep("listen.tls", running.listen, next.listen,
       running.listen.tls.has_value() == next.listen.tls.has_value() && same_files);
  keep_value("admin.host", running.admin.host, next.admin.host);
  keep_value("admin.port", running.admin.port, next.admin.port);
  keep_value("twilio.send_buffer", running.twilio.send_buffer, next.twilio.send_buffer);
  keep_value("openai.trust_file", running.openai_trust_pem, next.openai_trust_pem);
  keep_value("openai.warm.sessions", running.warm.sessions, next.warm.sessions);
  keep_value("recording.folder", running.recording_folder, next.recording_folder);
  next.call.record = running.call.record;
  for (auto& [name, agent] : next.agents) agent.record = running.call.record;
  keep_value("replica.alone", running.replica.alone, next.replica.alone);
  // Streams that are on their way carry tokens of the old one.
  keep_value("stream_token.secret", running.stream_token.secret, next.stream_token.secret);
  keep_value("limits.connections", running.limits.connections, next.limits.connections);
  keep_value("limits.message_size", running.limits.message_size, next.limits.message_size);
  keep_value("limits.header_size", running.limits.header_size, next.limits.header_size);
  keep_value("limits.handshake", running.limits.handshake, next.limits.handshake);
  keep_value("limits.request", running.limits.request, next.limits.request);
  keep_value("limits.idle", running.limits.idle, next.limits.idle);
  keep_value("limits.body_size", running.limits.body_size, next.limits.body_size);
  keep_value("limits.remembered_calls", running.limits.remembered_calls, next.limits.remembered_calls);
  keep_value("log.level", running.log.level, next.log.level);
  keep_value("log.levels", running.log.levels, next.log.levels);
  keep_value("log.format", running.log.json, next.log.json);
  keep_value("log.queue", running.log.queue, next.log.queue);
  return {std::move(next), std::move(kept)};
}

}  // namespace bridge::app
