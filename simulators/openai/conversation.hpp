#pragma once
#include "simulators/openai/json.hpp"
#include "simulators/openai/open_points.hpp"
#include "simulators/openai/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace simulators::openai {

/// What the model charges for.
struct Tokens {
  std::int64_t text = 0;
  std::int64_t audio = 0;
  std::int64_t total() const { return text + audio; }
  Tokens& operator+=(const Tokens& other);
};
/// Some four characters each.
std::int64_t text_tokens(std::string_view text);

/// The items of a conversation, in order.
class Conversation {
 public:
  struct Item {
    std::string id;
    Json body;                     // as events show it
    std::int64_t audio_bytes = 0;  // mu-law samples generated for it: 8 a millisecond
    std::optional<std::int64_t> truncated_ms;
    bool model_audio = false;  // a message of the model's with an audio part
    // The caller's: [from, to) of the bytes that were appended, or in base64 what a client put here.
    std::size_t caller_from = 0;
    std::size_t caller_to = 0;
    std::int64_t caller_ms = 0;
    std::string given_audio;
    Tokens tokens() const;
    std::int64_t audio_ms() const { return truncated_ms ? *truncated_ms : audio_bytes / 8; }
  };

  /// `points` must outlive the conversation.
  explicit Conversation(const OpenPoints& points) : points_(points) {}

  /// Appends an item of the server's own. Returns the id of its predecessor; empty: it is the first.
  std::string append(Json body);
  /// Adds an item that a client sent, whose fields are in order, under the id that it chose or else `id`; a
  /// tool call without an id of its own gets `call_id`. The error when it cannot be.
  struct Added {
    std::string id;
    std::string previous;  // empty: it is the first
  };
  std::variant<Added, ErrorBody> create(const Json& event, std::string id, const std::string& call_id);

  Item* find(std::string_view id);
  bool remove(std::string_view id);
  std::string predecessor(std::string_view id) const;
  /// Name of the tool that was called by `call_id`; empty: no such call.
  std::string tool_called(std::string_view call_id) const { return of_call(call_id, "name"); }
  /// What it was called with, as text.
  std::string arguments_of(std::string_view call_id) const { return of_call(call_id, "arguments"); }
  /// The name of the tool that `id` asks to be allowed; empty: nothing does by that id.
  std::string tool_to_approve(std::string_view id) const;
  /// The request by which a call of this tool was allowed last; empty: by none.
  std::string approved(std::string_view server, std::string_view tool) const;
  /// Checks and carries out a truncation.
  std::optional<ErrorBody> truncate(std::string_view id, std::int64_t audio_end_ms);
  const std::vector<Item>& items() const { return items_; }
  /// Of all items together.
  Tokens tokens() const;

 private:
  /// A field of the tool call.
  std::string of_call(std::string_view call_id, const char* field) const;

  const OpenPoints& points_;
  std::vector<Item> items_;
};

}  // namespace simulators::openai
