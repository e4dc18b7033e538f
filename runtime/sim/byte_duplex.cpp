#include "runtime/sim/byte_duplex.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;

ByteDuplex::ByteDuplex(Loop& loop, ConnectionNames names, ConnectionLinks links)
    : loop_(loop),
      names_(std::move(names)),
      // When one end is gone, what the other sends is answered with a reset.
      to_server_(loop, links.to_server, links.seed,
                 [this] { to_client_.kill_writer(asio::error::connection_reset); }),
      to_client_(loop, links.to_client, ~links.seed,
                 [this] { to_server_.kill_writer(asio::error::connection_reset); }) {}

bool ByteDuplex::take_throw(Side side) {
  return std::exchange(side == Side::client ? client_throws_ : server_throws_, false);
}

void ByteDuplex::resume() {
  to_server_.resume();
  to_client_.resume();
}

void ByteDuplex::reset() {
  for (BytePipe* pipe : {&to_server_, &to_client_}) {
    pipe->kill_reader(asio::error::connection_reset);
    pipe->kill_writer(asio::error::connection_reset);
  }
}

void ByteDuplex::black_hole() {
  to_server_.black_hole();
  to_client_.black_hole();
}

void ByteDuplex::throw_from_next_write(bool client_side) {
  (client_side ? client_throws_ : server_throws_) = true;
}

SimByteStream::SimByteStream(std::shared_ptr<ByteDuplex> duplex, Side side, asio::any_io_executor executor)
    : duplex_(std::move(duplex)), side_(side), executor_(std::move(executor)) {
  duplex_->in(side_).reader_runs_on(executor_);
  duplex_->out(side_).writer_runs_on(executor_);
}

SimByteStream::~SimByteStream() {
  duplex_->in(side_).kill_reader(asio::error::operation_aborted);
  duplex_->out(side_).go(asio::error::eof);
}

asio::any_io_executor SimByteStream::executor() {
  return executor_;
}

void SimByteStream::read_some(asio::mutable_buffer into, net::IoHandler done) {
  duplex_->in(side_).read_some(into, std::move(done));
}

void SimByteStream::write_some(net::Buffers from, net::IoHandler done) {
  duplex_->out(side_).write_some(from, std::move(done));
}

std::size_t SimByteStream::write_now(asio::const_buffer from) {
  return duplex_->out(side_).write_now(from);
}

void SimByteStream::shut_down(net::DoneHandler done) {
  duplex_->out(side_).finish(asio::error::eof);
  asio::post(executor_, [done = std::move(done)]() mutable { std::move(done)(error_code()); });
}

void SimByteStream::abort() {
  duplex_->in(side_).kill_reader(asio::error::operation_aborted);
  duplex_->out(side_).kill_writer(asio::error::operation_aborted);
  duplex_->out(side_).go(asio::error::connection_reset);
}

std::size_t SimByteStream::unacked_bytes() const {
  return duplex_->out(side_).unread();
}

}  // namespace runtime::sim
