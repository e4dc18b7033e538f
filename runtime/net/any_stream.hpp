#pragma once
#include "runtime/net/byte_stream.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace runtime::net {

/// What lies between Beast and a ByteStream: bytes read too early are handed out first.
class StreamCore {
 public:
  explicit StreamCore(std::unique_ptr<ByteStream> below) : below_(std::move(below)) {}
  ByteStream& below() { return *below_; }
  const ByteStream& below() const { return *below_; }

  void read_some(boost::asio::mutable_buffer into, IoHandler done);
  void write_some(const Buffers& from, IoHandler done) { below_->write_some(from, std::move(done)); }
  /// Bytes that belong to what comes next, read by what came before.
  void put_back(std::string_view bytes) { early_ += bytes; }
  /// No single read goes beyond the end of the head that is to come: Beast's handshake would keep what
  /// follows.
  void stop_after_head() { stops_after_head_ = true; }

 private:
  struct HeadRead;
  std::size_t head_bytes(std::string_view read);

  std::unique_ptr<ByteStream> below_;
  std::string early_;
  bool stops_after_head_ = false;
  std::size_t matched_ = 0;  // of the end of the head
};

/// The AsyncStream which Beast sees: always the same type, whatever is below.
class AnyStream {
 public:
  using executor_type = boost::asio::any_io_executor;
  explicit AnyStream(std::unique_ptr<ByteStream> below)
      : core_(std::make_unique<StreamCore>(std::move(below))) {}
  executor_type get_executor() { return core_->below().executor(); }
  StreamCore& core() { return *core_; }
  const StreamCore& core() const { return *core_; }

  template <class MutableBuffers, class Token>
  auto async_read_some(const MutableBuffers& buffers, Token&& token) {
    boost::asio::mutable_buffer first;
    for (auto it = boost::asio::buffer_sequence_begin(buffers);
         it != boost::asio::buffer_sequence_end(buffers); ++it) {
      first = boost::asio::mutable_buffer(*it);
      if (first.size() != 0) break;
    }
    auto start = [core = core_.get()](auto handler, boost::asio::mutable_buffer into) {
      core->read_some(into, IoHandler(std::move(handler)));
    };
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(start, token, first);
  }
  template <class ConstBuffers, class Token>
  auto async_write_some(const ConstBuffers& buffers, Token&& token) {
    Buffers list;
    for (auto it = boost::asio::buffer_sequence_begin(buffers);
         it != boost::asio::buffer_sequence_end(buffers) && list.size() < list.capacity(); ++it) {
      if (const boost::asio::const_buffer piece(*it); piece.size() != 0) list.push_back(piece);
    }
    auto start = [core = core_.get()](auto handler, const Buffers& from) {
      core->write_some(from, IoHandler(std::move(handler)));
    };
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(start, token, list);
  }

 private:
  std::unique_ptr<StreamCore> core_;
};

/// The polite end of what is below.
boost::asio::awaitable<Result<void>> shut_down(AnyStream& stream);

// Beast finds these two by argument-dependent lookup when a WebSocket ends.
inline void beast_close_socket(AnyStream& stream) {
  stream.core().below().abort();
}
template <class Handler>
void async_teardown(boost::beast::role_type, AnyStream& stream, Handler&& handler) {
  stream.core().below().shut_down(DoneHandler(std::forward<Handler>(handler)));
}

}  // namespace runtime::net
