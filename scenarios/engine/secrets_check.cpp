#include "scenarios/engine/secrets_check.hpp"

#include "runtime/core/encoding.hpp"
#include "runtime/net/url.hpp"

#include <algorithm>

namespace scenarios::engine {
namespace {

/// What of a secret's base64 is the same whatever stands behind it.
std::string base64_stem(std::string_view text) {
  std::string encoded = runtime::base64_encode(text);
  while (encoded.ends_with('=')) encoded.pop_back();
  if (!encoded.empty()) encoded.pop_back();
  return encoded;
}

/// As in a form or a query.
std::string percent_encoded(const std::string& text) {
  return runtime::net::encode_form({{"", text}}).substr(1);
}

bool is_sound(std::string_view message) {
  const auto head = message.substr(0, 60);
  return head.find("\"media\"") != std::string_view::npos ||
         head.find("\"input_audio_buffer.append\"") != std::string_view::npos;
}

}  // namespace

SecretShapes::SecretShapes(std::span<const std::string> secrets) {
  for (const auto& secret : secrets) {
    if (secret.empty()) continue;
    shapes_.push_back(secret);
    shapes_.push_back(runtime::hex_encode(secret));
    shapes_.push_back(base64_stem(secret));
    shapes_.push_back(percent_encoded(secret));
  }
}

bool SecretShapes::in(std::string_view text) const {
  return std::ranges::any_of(
      shapes_, [&](const std::string& shape) { return text.find(shape) != std::string_view::npos; });
}

std::vector<std::string> secrets_let_out(const SecretShapes& shapes, const std::deque<LogLine>& log,
                                         bool in_metrics, const Journal& journal) {
  std::vector<std::string> places;
  const auto in_log = std::ranges::find_if(log, [&](const LogLine& line) { return shapes.in(line.text); });
  if (in_log != log.end()) {
    places.push_back("the bridge's log holds a secret, in its line " +
                     std::to_string(in_log - log.begin() + 1));
  }
  if (in_metrics) places.emplace_back("the bridge's metrics hold a secret");
  const auto sent = std::ranges::find_if(journal.lines(), [&](const Journal::Line& line) {
    return line.direction == runtime::WireLog::Direction::from_bridge && !is_sound(line.text) &&
           shapes.in(line.text);
  });
  if (sent != journal.lines().end()) {
    places.push_back("what the bridge sent holds a secret: line " +
                     std::to_string(sent - journal.lines().begin() + 1) + " of the journal, to " +
                     sent->lane);
  }
  return places;
}

}  // namespace scenarios::engine
