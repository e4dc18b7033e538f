#pragma once
#include "bridge/openai/events.hpp"

#include <compare>
#include <cstdint>

namespace bridge::call {

/// A call's responses, numbered from 1 in the order in which they became due. 0: none.
using ResponseNo = std::uint32_t;

/// No response bears this: what the caller hears while no session can speak to him. It is nobody's speech.
inline constexpr ResponseNo kHold = 0xFFFFFFFF;

enum class Source { model, clip };

/// One stretch of speech that the model can be told to truncate: a content part of an item.
/// A clip of ours is a part without an item.
struct Part {
  ResponseNo response = 0;
  openai::ItemId item;
  int content_index = 0;
  Source source = Source::model;
  auto operator<=>(const Part&) const = default;
};

}  // namespace bridge::call
