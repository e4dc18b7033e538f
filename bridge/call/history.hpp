#pragma once
#include "bridge/openai/events.hpp"
#include "runtime/core/units.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::call {

/// What was said in a call so far, as far as text can tell: what the next session is told when one takes over
/// from another. Learnt from the service's events alone, so that it holds what the model has had, and nothing
/// else. The bot's words end where the caller stopped hearing them; those without sound were not said.
/// Sans-IO; bounded, the oldest go first.
class History {
 public:
  static constexpr std::size_t kMostItems = 200;
  static constexpr std::size_t kMostBytes = 24U << 10U;  // of text, in seeds()
  static constexpr std::size_t kMostWords = 8U << 10U;   // bytes of one item

  void note(const openai::Event& event);
  /// `item` was no turn, and is taken out of the conversation.
  void forget(const openai::ItemId& item);
  /// Of `item`, which an earlier session has spoken, the caller heard so much and no more. Returns what
  /// corrects a session that was told all of it.
  std::vector<std::string> cut(const openai::ItemId& item, std::int64_t heard_ms, openai::Dialect dialect);

  /// A turn of the caller that is told as sound, by a request of its own.
  struct Aloud {
    openai::ItemId item;
    std::string request;
  };
  /// The conversation as requests, oldest first: the newest items that fit, each of `aloud` in its place.
  /// Where words of the caller are missing, the model is told so first.
  std::vector<std::string> seeds(openai::Dialect dialect = openai::Dialect::ga,
                                 std::vector<Aloud> aloud = {}) const;

 private:
  enum class Kind { user, assistant, function_call, function_output };
  struct Item {
    openai::ItemId id;
    Kind kind = Kind::user;
    std::string text;      // words, arguments, or an output
    bool unheard = false;  // spoken by the caller, and nobody has written it down
    bool audible = false;  // spoken by the model
    std::string call_id, name;
    runtime::Samples8k spoken{0};               // by the model
    std::optional<std::int64_t> heard_ms = {};  // it was cut off there
  };
  void on(const openai::Committed& event);
  void on(const openai::InputTranscript& event);
  void on(const openai::IdleTimeout& event);
  void on(const openai::OutputItemAdded& event);
  void on(const openai::TranscriptDelta& event);
  void on(const openai::AudioDelta& event);
  void on(const openai::AudioDone& event);
  void on(const openai::Truncated& event);
  void on(const openai::FunctionCall& event);
  void on(const openai::ItemAdded& event);

  Item* find(const openai::ItemId& id);
  Item& item(const openai::ItemId& id, Kind kind);
  static std::string_view words(const Item& item);
  static void write(std::string& out, const Item& item, openai::Dialect dialect);

  std::deque<Item> items_;
};

}  // namespace bridge::call
