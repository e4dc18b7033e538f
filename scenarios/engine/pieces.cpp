#include "scenarios/engine/pieces.hpp"

#include "scenarios/engine/accepted_part.hpp"
#include "scenarios/engine/named_pieces.hpp"
#include "scenarios/engine/schema.hpp"

#include <vector>

namespace scenarios::engine {
namespace {

void read_queries(const Field& root) {
  if (!root.has("expect") || !root.at("expect").is_list()) return;
  for (const auto& entry : root.at("expect").each()) {
    if (entry.is_text()) {
      read_query(entry);
    } else if (entry.has("that") && entry.at("that").is_text()) {
      read_query(entry.at("that"));
    }
  }
}

/// What a scenario must have, and of this one what its bridge's configuration depends on.
Document bridge_alone(const Document& whole) {
  Document part{Json::object(), whole.places};
  complete(part.json);
  for (const char* key : {"http", "openai", "bridge"}) {
    if (whole.json.contains(key)) part.json[key] = whole.json[key];
  }
  return part;
}

std::optional<Scenario> read_bridge_alone(const Reading& whole) {
  const Document part = bridge_alone(whole.document);
  std::vector<Problem> told_already;
  check_schema(part, told_already);
  if (!told_already.empty()) return std::nullopt;
  Reading reading{whole.source, part, whole.folder, whole.clips, whole.problems};
  const Field root(reading, part.json, "");
  Scenario scenario;
  if (root.has("http")) scenario.http = read_http(root.at("http"));
  if (root.has("openai")) read_openai(root.at("openai"), scenario);
  if (root.has("bridge")) read_bridge(root.at("bridge"), scenario);
  return scenario;
}

}  // namespace

std::optional<Scenario> read_pieces(Reading& reading) {
  if (!reading.document.json.is_object()) return std::nullopt;
  const Field root(reading, reading.document.json, "");
  read_queries(root);
  check_named_pieces(root);
  return read_bridge_alone(reading);
}

}  // namespace scenarios::engine
