#include "metrics/catalogue.hpp"

#include "metrics/catalogue_parts.hpp"

#include <algorithm>
#include <vector>

namespace metrics {
namespace {

std::vector<Family> bind() {
  std::vector<Family> all;
  for (const auto& page : {audio_families(), call_families(), conversation_families(), operation_families(),
                           twilio_families(), openai_families(), intruder_families(), probe_families()}) {
    all.insert(all.end(), page.begin(), page.end());
  }
  std::sort(all.begin(), all.end(), [](const Family& a, const Family& b) { return a.name < b.name; });
  return all;
}

const Family* find_exactly(std::string_view name) {
  const auto all = catalogue();
  const auto found =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const Family& family, std::string_view key) { return family.name < key; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

std::string_view to_string(Kind kind) {
  if (kind == Kind::counter) return "counter";
  return kind == Kind::gauge ? "gauge" : "histogram";
}

std::span<const Family> catalogue() {
  static const std::vector<Family> all = bind();
  return all;
}

const Family* find_family(std::string_view name) {
  if (const Family* exact = find_exactly(name)) return exact;
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const Family* family = find_exactly(name.substr(0, name.size() - suffix.size()));
    if (family != nullptr && family->kind == Kind::histogram) return family;
  }
  return nullptr;
}

}  // namespace metrics
