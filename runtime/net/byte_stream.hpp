#pragma once
#include "runtime/core/result.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/container/static_vector.hpp>

#include <cstddef>

namespace runtime::net {

using IoHandler = boost::asio::any_completion_handler<void(error_code, std::size_t)>;
using DoneHandler = boost::asio::any_completion_handler<void(error_code)>;
using Buffers = boost::container::static_vector<boost::asio::const_buffer, 16>;

/// What HTTP and WebSocket need of the layer below: TCP, TLS, or a simulated stream. One virtual call per
/// system call. Handlers are completed on executor(), never from inside the initiating call.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual boost::asio::any_io_executor executor() = 0;
  virtual void read_some(boost::asio::mutable_buffer into, IoHandler done) = 0;
  virtual void write_some(Buffers from, IoHandler done) = 0;
  /// Bytes that could be taken without waiting, now; never while a write_some() is pending. 0: none, or it
  /// takes write_some() to find out, or to say why.
  virtual std::size_t write_now(boost::asio::const_buffer from) = 0;
  /// The polite end (TLS: close_notify), then nothing more.
  virtual void shut_down(DoneHandler done) = 0;
  /// Cut at once; pending operations end with an error.
  virtual void abort() = 0;
  virtual std::size_t unacked_bytes() const = 0;
};

}  // namespace runtime::net
