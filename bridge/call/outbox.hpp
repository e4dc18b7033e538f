#pragma once
#include "runtime/core/assert.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace bridge::call {

/// Requests on their way to OpenAI, besides audio. Few and small: a request per event of theirs at most; one
/// that outgrows its bound is a fault of ours and ends the call.
class Outbox {
 public:
  static constexpr std::size_t kMost = 256;

  void push(std::string message) {
    runtime::require(messages_.size() < kMost,
                     "the outbox for OpenAI has outgrown its bound of 256 requests");
    messages_.push_back(std::move(message));
  }
  std::optional<std::string> pop() {
    if (messages_.empty()) return std::nullopt;
    std::string message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  void clear() { messages_.clear(); }
  bool empty() const { return messages_.empty(); }

 private:
  std::deque<std::string> messages_;
};

}  // namespace bridge::call
