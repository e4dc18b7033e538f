#pragma once
#include "bridge/openai/events.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace bridge::call {

/// What the caller has said that nobody has answered yet, as far as a session has been given it: a session
/// that is lost takes it along. What was no turn yet is said again to the next one, whose turn detection
/// begins anew; the turns that are waiting for an answer are told to it as sound, unless their words were
/// written down. Of a pause, the end is kept. Sans-IO; bounded, the oldest goes first.
class OpenTurn {
 public:
  static constexpr std::size_t kMost = 160'000;  // 20 s
  static constexpr std::size_t kPiece = 1600;    // 200 ms

  /// Audio of the caller, as it is given to a session.
  void said(std::string_view mulaw);
  /// What the session makes of it.
  void note(const openai::Event& event);
  /// The caller has begun to hear an answer to what he said.
  void answered() { unanswered_.clear(); }
  /// `item` was no turn, and is taken out of the conversation.
  void forget(const openai::ItemId& item);
  /// Another session goes on from here: nobody is waiting for an answer.
  void over();
  /// The session is lost. Returns how many bytes there are to be said again.
  std::size_t lost();
  /// The next piece to be said again, before anything new; empty: none. Valid until the next call.
  std::string_view again();
  /// There is more to be said again.
  bool repeats() const { return !repeat_.empty(); }

  struct Turn {
    openai::ItemId item;
    std::string mulaw;
  };
  /// Oldest first; together no longer than kMost.
  const std::deque<Turn>& unanswered() const { return unanswered_; }

 private:
  void committed(const openai::ItemId& item);
  void begin_anew();

  std::string audio_;           // with the quiet before it
  std::size_t quiet_ = 0;       // bytes at its end
  bool loud_ = false;           // some of it
  std::string repeat_, piece_;  // what is left to be said again
  std::deque<Turn> unanswered_;
};

}  // namespace bridge::call
