#include "runtime/net/any_stream.hpp"

#include "runtime/async/use_tuple.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>

namespace runtime::net {
namespace asio = boost::asio;

/// Completes a read of a head with what belongs to it. It is cancelled as the handler inside is.
struct StreamCore::HeadRead {
  StreamCore* core;
  asio::mutable_buffer into;
  IoHandler done;
  using cancellation_slot_type = asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept {
    return asio::get_associated_cancellation_slot(done);
  }
  void operator()(error_code ec, std::size_t bytes) {
    const std::string_view read(static_cast<const char*>(into.data()), bytes);
    const std::size_t head = core->head_bytes(read);
    core->early_ = read.substr(head);
    std::move(done)(ec, head);
  }
};

void StreamCore::read_some(asio::mutable_buffer into, IoHandler done) {
  if (early_.empty() || into.size() == 0) {
    if (!stops_after_head_) return below_->read_some(into, std::move(done));
    return below_->read_some(into, HeadRead{this, into, std::move(done)});
  }
  const std::size_t bytes = asio::buffer_copy(into, asio::buffer(early_));
  early_.erase(0, bytes);
  // An any_completion_handler of 1.81 cannot be posted by itself: it travels in a function object.
  asio::post(below_->executor(),
             [done = std::move(done), bytes]() mutable { std::move(done)(error_code(), bytes); });
}

/// How much of `read` belongs to the head, whose end may have come in pieces.
std::size_t StreamCore::head_bytes(std::string_view read) {
  static constexpr std::string_view kEnd = "\r\n\r\n";
  for (std::size_t at = 0; at < read.size(); ++at) {
    if (read[at] == kEnd[matched_]) {
      ++matched_;
    } else {
      matched_ = read[at] == '\r' ? 1 : 0;
    }
    if (matched_ < kEnd.size()) continue;
    stops_after_head_ = false;
    return at + 1;
  }
  return read.size();
}

asio::awaitable<Result<void>> shut_down(AnyStream& stream) {
  auto start = [&stream](auto handler) { stream.core().below().shut_down(DoneHandler(std::move(handler))); };
  auto [ec] = co_await asio::async_initiate<decltype(use_tuple), void(error_code)>(start, use_tuple);
  if (ec) co_return ec;
  co_return Result<void>();
}

}  // namespace runtime::net
