#include "runtime/sim/message_duplex.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;
namespace {
constexpr std::uint16_t kInternalError = 1011;  // RFC 6455, 7.4.1
constexpr std::string_view kExcuse = "internal error";
}  // namespace

MessageDuplex::MessageDuplex(Loop& loop, ConnectionNames names, ConnectionLinks links)
    : loop_(loop),
      names_(std::move(names)),
      to_server_(loop, links.to_server, links.seed, [this] { wake_writers(Side::server); }),
      to_client_(loop, links.to_client, ~links.seed, [this] { wake_writers(Side::client); }) {}

void MessageDuplex::die(Side side, error_code error) {
  end(side).dead = error;
  in(side).readable.wake();
  in(side).discardable.wake();
  wake_writers(side);
}

void MessageDuplex::wake_writers(Side side) {
  out(side).room.wake();
  out(side).room_for_close.wake();
}

void MessageDuplex::release(Side side) {
  end(side).released = true;
  // Not at once: an exception that destroys the socket on its way out is reported to fail() in this turn.
  asio::post(loop_.context(),
             [self = shared_from_this(), side] { self->out(side).hang_up(FlightKind::end); });
}

void MessageDuplex::fail(Side side) {
  MessageEnd& failed = end(side);
  if (upgraded && !failed.close_sent && !failed.dead) {
    failed.close_sent = true;
    out(side).send(FlightKind::close_frame, kExcuse, 2 + kExcuse.size(), kInternalError);
  }
  if (!failed.released) die(side, net::NetError::closed);
  out(side).hang_up(FlightKind::end);
}

void MessageDuplex::resume() {
  to_server_.resume();
  to_client_.resume();
}

void MessageDuplex::reset() {
  if (!client_.dead) die(Side::client, asio::error::connection_reset);
  if (!server_.dead) die(Side::server, asio::error::connection_reset);
}

void MessageDuplex::black_hole() {
  to_server_.black_hole();
  to_client_.black_hole();
}

void MessageDuplex::throw_from_next_write(bool client_side) {
  end(client_side ? Side::client : Side::server).throw_from_next_write = true;
}

}  // namespace runtime::sim
