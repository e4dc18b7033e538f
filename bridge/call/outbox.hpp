#pragma once
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace bridge::call {

/// Requests on their way to OpenAI, besides audio. Few and small: a request per event of theirs at most. When
/// as many wait as may, the session takes nothing any more: what is pushed then is dropped, and whoever owns
/// the session gives it up.
class Outbox {
 public:
  explicit Outbox(std::size_t most = 256) : most_(most) {}
  void limit(std::size_t most) { most_ = most; }

  void push(std::string message) {
    overflown_ = overflown_ || messages_.size() >= most_;
    if (!overflown_) messages_.push_back(std::move(message));
  }
  std::optional<std::string> pop() {
    if (messages_.empty()) return std::nullopt;
    std::string message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  void clear() {
    messages_.clear();
    overflown_ = false;
  }
  bool empty() const { return messages_.empty(); }
  /// Something was dropped since clear().
  bool overflown() const { return overflown_; }

 private:
  std::size_t most_;
  std::deque<std::string> messages_;
  bool overflown_ = false;
};

}  // namespace bridge::call
