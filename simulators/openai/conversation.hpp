#pragma once
#include "simulators/openai/json.hpp"
#include "simulators/openai/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace simulators::openai {

/// The items of a conversation, in order.
class Conversation {
 public:
  struct Item {
    std::string id;
    Json body;                     // as events show it
    std::int64_t audio_bytes = 0;  // mu-law samples generated for it: 8 a millisecond
    std::optional<std::int64_t> truncated_ms;
    bool model_audio = false;  // a message of the model's with an audio part
    std::int64_t audio_ms() const { return truncated_ms ? *truncated_ms : audio_bytes / 8; }
  };

  /// Appends an item of the server's own. Returns the id of its predecessor; empty: it is the first.
  std::string append(Json body);
  /// Adds an item that a client sent, under the id that it chose or else `id`. The error when it cannot be.
  struct Added {
    std::string id;
    std::string previous;  // empty: it is the first
  };
  std::variant<Added, ErrorBody> create(const Json& event, std::string id);

  Item* find(std::string_view id);
  bool remove(std::string_view id);
  std::string predecessor(std::string_view id) const;
  /// Name of the tool that was called by `call_id`; empty: no such call.
  std::string tool_called(std::string_view call_id) const;
  /// Checks and carries out a truncation.
  std::optional<ErrorBody> truncate(std::string_view id, std::int64_t audio_end_ms);
  const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
};

}  // namespace simulators::openai
