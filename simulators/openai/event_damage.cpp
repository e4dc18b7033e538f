#include "simulators/openai/event_damage.hpp"

namespace simulators::openai {
namespace {

/// item.content[0].transcript as a pointer: /item/content/0/transcript.
Json::json_pointer pointer_to(std::string_view field) {
  std::string path = "/";
  for (const char c : field) {
    if (c == ']') continue;
    path.push_back(c == '.' || c == '[' ? '/' : c);
  }
  return Json::json_pointer(path);
}

}  // namespace

bool befalls(const EventDamage& damage, std::string_view type) {
  return damage.event.empty() || damage.event == type;
}

bool inflict(const EventDamage& damage, Json& event) {
  const auto field = pointer_to(damage.field);
  if (!event.contains(field)) return false;
  if (damage.how == EventDamage::How::null) {
    event[field] = nullptr;
    return true;
  }
  Json& holder = event[field.parent_pointer()];
  if (!holder.is_object()) return false;
  holder.erase(field.back());
  return true;
}

}  // namespace simulators::openai
