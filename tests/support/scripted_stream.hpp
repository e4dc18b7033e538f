#pragma once
#include "runtime/net/byte_stream.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

/// What a test sees of a ScriptedStream, also after its end.
struct ScriptedWire {
  std::string input;                 // not yet read by the program
  bool input_ends = false;           // end of file after it; otherwise the peer stays silent
  std::vector<std::string> written;  // one entry per write, that is per system call
  bool shut_down = false;
  std::size_t open_writes = SIZE_MAX;  // after so many the transport has room for `room` more bytes
  std::size_t room = 0;
  std::function<void()> release;  // set while a write waits: the transport takes everything again
  std::function<void()> hang_up;  // set once a read waits: end of file for it
  std::string text() const {
    std::string all;
    for (const auto& piece : written) all += piece;
    return all;
  }
};

/// A peer made of prepared bytes: takes every write at once, unless told otherwise, and answers none.
class ScriptedStream final : public runtime::net::ByteStream {
 public:
  ScriptedStream(boost::asio::any_io_executor executor, std::shared_ptr<ScriptedWire> wire)
      : executor_(std::move(executor)), wire_(std::move(wire)) {}

  boost::asio::any_io_executor executor() override { return executor_; }
  void read_some(boost::asio::mutable_buffer into, runtime::net::IoHandler done) override {
    if (!wire_->input.empty()) {
      const auto bytes = boost::asio::buffer_copy(into, boost::asio::buffer(wire_->input));
      wire_->input.erase(0, bytes);
      return complete(std::move(done), {}, bytes);
    }
    if (wire_->input_ends) return complete(std::move(done), boost::asio::error::eof, 0);
    reader_ = std::move(done);
    wire_->hang_up = [this] { end_read(boost::asio::error::eof); };
    auto slot = boost::asio::get_associated_cancellation_slot(*reader_);
    if (slot.is_connected()) slot.assign([this](boost::asio::cancellation_type) { abort(); });
  }
  void write_some(runtime::net::Buffers from, runtime::net::IoHandler done) override {
    std::string bytes;
    for (const auto& piece : from) bytes.append(static_cast<const char*>(piece.data()), piece.size());
    if (wire_->open_writes == 0) {
      writer_ = std::move(done);
      auto slot = boost::asio::get_associated_cancellation_slot(*writer_);
      if (slot.is_connected()) slot.assign([this](boost::asio::cancellation_type) { end_write(); });
      wire_->release = [this, bytes] {
        wire_->open_writes = SIZE_MAX;
        take(bytes);
        complete(*std::exchange(writer_, std::nullopt), {}, bytes.size());
      };
      return;
    }
    complete(std::move(done), {}, take(bytes));
  }
  std::size_t write_now(boost::asio::const_buffer from) override {
    return take({static_cast<const char*>(from.data()), from.size()});
  }
  void shut_down(runtime::net::DoneHandler done) override {
    wire_->shut_down = true;
    boost::asio::post(executor_,
                      [done = std::move(done)]() mutable { std::move(done)(runtime::error_code()); });
  }
  void abort() override { end_read(boost::asio::error::operation_aborted); }
  std::size_t unacked_bytes() const override { return 0; }

 private:
  void end_read(runtime::error_code why) {
    if (!reader_) return;
    auto reader = std::exchange(reader_, std::nullopt);
    complete(std::move(*reader), why, 0);
  }
  void end_write() {
    if (!writer_) return;
    complete(*std::exchange(writer_, std::nullopt), boost::asio::error::operation_aborted, 0);
  }
  std::size_t take(std::string_view bytes) {
    if (wire_->open_writes == 0) {
      bytes = bytes.substr(0, std::exchange(wire_->room, 0));
    } else if (wire_->open_writes != SIZE_MAX) {
      --wire_->open_writes;
    }
    if (!bytes.empty()) wire_->written.emplace_back(bytes);
    return bytes.size();
  }
  void complete(runtime::net::IoHandler done, runtime::error_code ec, std::size_t bytes) {
    boost::asio::post(executor_,
                      [done = std::move(done), ec, bytes]() mutable { std::move(done)(ec, bytes); });
  }

  boost::asio::any_io_executor executor_;
  std::shared_ptr<ScriptedWire> wire_;
  std::optional<runtime::net::IoHandler> reader_, writer_;
};

}  // namespace tests
