#pragma once
#include "simulators/openai/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace simulators::openai {

/// What befalls an event on its way out: a field is missing, or null where the
/// service has a value.
struct EventDamage {
  std::string event;  // its type; empty: every event
  std::string field;  // as the API names fields: item.content[0].transcript
  enum class How { missing, null } how = How::missing;
  std::optional<std::size_t> fault;  // the place among the script's faults of the one that does it
};

/// Whether it befalls events of this type.
bool befalls(const EventDamage& damage, std::string_view type);
/// Does it to `event`. False: that has no such field.
bool inflict(const EventDamage& damage, Json& event);

}  // namespace simulators::openai
