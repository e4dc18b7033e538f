#pragma once
#include "bridge/call/response.hpp"
#include "bridge/openai/events.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace bridge::call {

/// What the model is told besides the caller's speech: keys, prompts, the goodbye. Each is told until a
/// session has it in its conversation; one that is lost before takes nothing along. Sans-IO; bounded, the
/// oldest go first.
class Texts {
 public:
  static constexpr std::size_t kMost = 16;

  struct Text {
    openai::ItemId item;
    std::string words;
    Purpose purpose = Purpose::turn;  // of the response to it
    bool sent = false;
    std::string told_as = {};  // the event that told it last
  };

  /// False: for this one another was dropped that nobody had been told.
  bool push(std::string words, Purpose purpose) {
    const bool full = texts_.size() == kMost;
    const bool untold = full && !texts_.front().sent;
    if (full) texts_.pop_front();
    texts_.push_back({openai::ItemId("text_" + std::to_string(next_++)), std::move(words), purpose});
    return !untold;
  }
  /// To be told to the session that there is; none: it was told all.
  Text* next() {
    const auto untold = std::ranges::find(texts_, false, &Text::sent);
    if (untold == texts_.end()) return nullptr;
    untold->sent = true;
    return &*untold;
  }
  /// The service has put it into the conversation.
  void arrived(const openai::ItemId& item) {
    std::erase_if(texts_, [&](const Text& text) { return text.item == item; });
  }
  /// It does not take what the event `told_as` told it, and would not the next time.
  void refused(const std::string& told_as) {
    std::erase_if(texts_, [&](const Text& text) { return text.sent && text.told_as == told_as; });
  }
  void session_lost() {
    for (auto& text : texts_) text.sent = false;
  }
  /// What the last of those is for that wait for a session.
  std::optional<Purpose> waiting() const {
    const auto last = std::ranges::find(texts_.rbegin(), texts_.rend(), false, &Text::sent);
    return last == texts_.rend() ? std::nullopt : std::optional(last->purpose);
  }

 private:
  std::deque<Text> texts_;
  std::uint64_t next_ = 1;
};

}  // namespace bridge::call
