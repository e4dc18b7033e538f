#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace fuzz {

/// A fuzz input as the messages of one connection: a line each, so that corpora are readable.
class MessageLines {
 public:
  struct Message {
    std::string_view payload;
    bool binary = false;  // the line begins with the byte 0x01
  };

  MessageLines(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool next(Message& message) {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    message.binary = line.starts_with('\x01');
    if (message.binary) line.remove_prefix(1);
    message.payload = line;
    return true;
  }

 private:
  std::string_view rest_;
};

}  // namespace fuzz
