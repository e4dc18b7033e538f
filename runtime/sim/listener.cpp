#include "runtime/sim/listener.hpp"

#include "runtime/async/with_deadline.hpp"
#include "runtime/net/no_answer.hpp"
#include "runtime/sim/faulty_socket.hpp"
#include "runtime/sim/http_head.hpp"
#include "runtime/sim/memory_socket.hpp"

#include <boost/asio/dispatch.hpp>

#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;
namespace {
net::HttpResponse answer_to(net::Refusal why) {
  constexpr std::string_view kText = "text/plain";
  return why == net::Refusal::header_size ? net::make_response(431, kText, "headers above the limit")
                                          : net::make_response(413, kText, "body above the limit");
}
void hang_up(MessageDuplex& duplex) {
  duplex.out(Side::server).hang_up(FlightKind::reset);
}

void hang_up(ByteDuplex& duplex) {
  duplex.out(Side::server).go(asio::error::connection_reset);
}
}  // namespace

SimListener::SimListener(std::shared_ptr<World> world, net::Endpoint endpoint, net::Service& service,
                         asio::any_io_executor executor)
    : world_(std::move(world)),
      endpoint_(std::move(endpoint)),
      service_(service),
      executor_(std::move(executor)),
      tasks_(executor_, [this](std::exception_ptr error) { world_->report(error); }) {}

SimListener::~SimListener() {
  stop_accepting();
}

error_code SimListener::bind() {
  const error_code error = world_->bind(endpoint_.host, endpoint_.port, *this);
  bound_ = !error;
  return error;
}

void SimListener::stop_accepting() {
  if (std::exchange(bound_, false)) world_->unbind(endpoint_.host, endpoint_.port);
}

asio::awaitable<void> SimListener::shut_down() {
  stop_accepting();
  tasks_.cancel();
  co_await tasks_.join();
}

void SimListener::accept(std::shared_ptr<MessageDuplex> duplex, bool secure) {
  in_turn(std::move(duplex), secure);
}

void SimListener::accept(std::shared_ptr<ByteDuplex> duplex, bool secure) {
  in_turn(std::move(duplex), secure);
}

template <class Duplex>
void SimListener::in_turn(std::shared_ptr<Duplex> duplex, bool secure) {
  asio::dispatch(executor_, [this, secure, alive = std::weak_ptr(alive_), duplex = std::move(duplex)] {
    if (alive.expired() || !bound_) return hang_up(*duplex);
    take(duplex, secure);
  });
}

void SimListener::take(std::shared_ptr<MessageDuplex> duplex, bool secure) {
  if (full()) {
    refused(net::Refusal::connections);
    return hang_up(*duplex);
  }
  tasks_.spawn(serve_guarded(std::move(duplex), secure));
}

void SimListener::take(std::shared_ptr<ByteDuplex> duplex, bool secure) {
  if (full()) {
    refused(net::Refusal::connections);
    return hang_up(*duplex);
  }
  tasks_.spawn(serve_bytes(std::move(duplex), secure));
}

asio::awaitable<void> SimListener::serve_bytes(std::shared_ptr<ByteDuplex> duplex, bool secure) {
  FaultyService service(service_, duplex);
  auto stream = std::make_unique<SimByteStream>(duplex, Side::server, executor_);
  auto serving = net::serve_stream(world_->loop().clock(), std::move(stream), duplex->client(), secure,
                                   endpoint_.limits, service, world_->watch(endpoint_.host));
  co_await std::move(serving);  // by exception: the task group reports it
}

asio::awaitable<void> SimListener::serve_guarded(std::shared_ptr<MessageDuplex> duplex, bool secure) {
  try {
    co_await serve(duplex, secure);
  } catch (...) {
    duplex->fail(Side::server);
    world_->report(std::current_exception());
  }
}

asio::awaitable<void> SimListener::serve(std::shared_ptr<MessageDuplex> duplex, bool secure) {
  Clock& clock = world_->loop().clock();
  const net::ConnectionLimits limits = endpoint_.limits;
  auto socket = std::make_unique<MemorySocket>(duplex, Side::server, limits.message_bytes);
  const auto asked = co_await with_deadline(clock, clock.now() + limits.idle, socket->receive_head());
  if (!asked && asked.error() == asio::error::timed_out) refused(net::Refusal::idle);
  if (!asked) co_return;
  net::HttpRequest request = std::move(*duplex->request);
  request.peer = duplex->client();
  request.secure = secure;
  std::optional<net::HttpResponse> answer;
  if (const auto why = over_limit(request)) {
    refused(*why);
    answer = answer_to(*why);
  } else {
    answer = co_await respond(*duplex, request);
  }
  if (net::is_no_answer(*answer)) co_return duplex->reset();
  const bool accepted = request.upgrade && answer->status == 101;
  duplex->response = response_head(*std::move(answer));
  const auto sent = co_await with_deadline(clock, clock.now() + limits.idle, socket->send_head());
  if (!sent && sent.error() == asio::error::timed_out) refused(net::Refusal::unread_answer);
  if (!sent || !accepted) co_return;
  duplex->upgraded = true;
  co_await service_.serve(std::move(request), std::move(socket));
}

/// A service that throws has its client told so with a 500.
asio::awaitable<net::HttpResponse> SimListener::respond(MessageDuplex& duplex,
                                                        const net::HttpRequest& request) {
  try {
    co_return co_await service_.respond(request);
  } catch (...) {
    duplex.response = response_head(net::make_response(500, "text/plain", "internal error\n"));
    duplex.out(Side::server).send(FlightKind::head, "", 0);
    throw;
  }
}

std::optional<net::Refusal> SimListener::over_limit(const net::HttpRequest& request) const {
  if (header_bytes(request.headers) > endpoint_.limits.header_bytes) return net::Refusal::header_size;
  if (request.body.size() > endpoint_.limits.body_bytes) return net::Refusal::body_size;
  return std::nullopt;
}

void SimListener::refused(net::Refusal why) const {
  const auto watch = world_->watch(endpoint_.host);
  if (watch.on_refusal) watch.on_refusal(why);
}

}  // namespace runtime::sim
