#include "scenarios/recording/proxy.hpp"

#include "runtime/async/first_of.hpp"
#include "runtime/async/with_deadline.hpp"
#include "scenarios/recording/wire_line.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::recording {
namespace asio = boost::asio;
namespace net = runtime::net;
using namespace std::chrono_literals;
using runtime::WireLog;

namespace {

constexpr std::uint16_t kNoCode = 1005, kGoingAway = 1001, kUnacceptable = 1003;
constexpr runtime::Duration kHttpWithin = 20s;  // Twilio itself waits 15 s
constexpr runtime::Duration kCloseWithin = 2s;
constexpr runtime::Duration kLook = 20ms;
constexpr std::size_t kMostKept = 16;  // dialled for upgrades that are still under way
const char* const kTheCall = "call-1";

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

/// Of this hop, and made anew for the next.
bool of_this_hop(std::string_view name) {
  static constexpr std::string_view kNames[] = {"Host",
                                                "Connection",
                                                "Upgrade",
                                                "Content-Length",
                                                "Transfer-Encoding",
                                                "Keep-Alive",
                                                "Sec-WebSocket-Key",
                                                "Sec-WebSocket-Version",
                                                "Sec-WebSocket-Extensions",
                                                "Sec-WebSocket-Accept",
                                                "Sec-WebSocket-Protocol"};
  return std::ranges::any_of(kNames, [&](std::string_view hop) { return same_name(name, hop); });
}

net::Headers passed_on(const net::Headers& headers) {
  net::Headers out;
  for (const auto& [name, value] : headers.fields) {
    if (!of_this_hop(name)) out.add(name, value);
  }
  return out;
}

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto name = text.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return names;
}

/// Of two sockets that are one connection.
struct Link {
  std::string lane, call;
  std::string client_name, server_name;        // who is there
  std::shared_ptr<net::MessageSocket> client;  // of who dialled us
  std::shared_ptr<net::MessageSocket> server;  // whom we dialled
  bool closed = false;                         // one side has said so
};

}  // namespace

class Proxy::Impl {
 public:
  Impl(asio::any_io_executor executor, runtime::Clock& the_clock, net::Network& the_network, WireLog& the_log,
       ProxyPlan the_plan)
      : clock(the_clock),
        network(the_network),
        log(the_log),
        plan(std::move(the_plan)),
        began(executor),
        ended(executor),
        twilio(*this, plan.bridge, true),
        openai(*this, plan.upstream, false) {}

  /// One of the two legs.
  class Leg final : public net::Service {
   public:
    Leg(Impl& proxy, const net::Url& target, bool media) : proxy_(proxy), target_(target), media_(media) {}

    asio::awaitable<net::HttpResponse> respond(const net::HttpRequest& request) override;
    asio::awaitable<void> serve(net::HttpRequest request,
                                std::unique_ptr<net::MessageSocket> socket) override;
    void forget() { dialled_.clear(); }

   private:
    asio::awaitable<net::HttpResponse> pass_http(net::HttpRequest request);
    asio::awaitable<net::HttpResponse> dial(const net::HttpRequest& request);
    net::Url url_of(const std::string& target, const char* plain, const char* secure) const;
    bool busy() const;

    Impl& proxy_;
    const net::Url& target_;
    const bool media_;  // Twilio's leg
    std::size_t dialling_ = 0;
    std::size_t number_ = 0;
    std::map<std::string, std::unique_ptr<net::MessageSocket>> dialled_;  // by Sec-WebSocket-Key
  };

  asio::awaitable<void> pump(Link& link, bool from_client);
  asio::awaitable<void> close(net::MessageSocket& socket, net::CloseReason reason);
  void note(const Link& link, const nlohmann::json& what) {
    const auto text = what.dump();
    log.record({clock.now(), link.lane, link.call, WireLog::Direction::note, text});
  }
  asio::awaitable<void> wait_for_links(runtime::TimePoint deadline);

  runtime::Clock& clock;
  net::Network& network;
  WireLog& log;
  const ProxyPlan plan;
  runtime::Event began, ended;
  std::list<Link> links;
  Leg twilio, openai;
};

net::Url Proxy::Impl::Leg::url_of(const std::string& target, const char* plain, const char* secure) const {
  net::Url url = target_;
  url.scheme = target_.secure() ? secure : plain;
  url.target = target;
  return url;
}

bool Proxy::Impl::Leg::busy() const {
  if (media_) return dialling_ > 0 || proxy_.began.is_set();
  return dialling_ + proxy_.links.size() > proxy_.plan.sessions;
}

asio::awaitable<net::HttpResponse> Proxy::Impl::Leg::respond(const net::HttpRequest& request) {
  if (!request.upgrade) {
    auto passing = pass_http(request);
    co_return co_await std::move(passing);
  }
  if (busy())
    co_return net::make_response(503, "text/plain",
                                 "linecheck record takes one call at a time, and has one\n");
  ++dialling_;
  auto answer = co_await dial(request);
  --dialling_;
  co_return answer;
}

asio::awaitable<net::HttpResponse> Proxy::Impl::Leg::pass_http(net::HttpRequest request) {
  const auto url = url_of(request.target, "http", "https");
  const auto form = net::decode_form(request.body);
  const auto said = [&](WireLog::Direction direction, const nlohmann::json& what) {
    if (!media_) return;
    const auto text = what.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    proxy_.log.record({proxy_.clock.now(), "twilio.http", kTheCall, direction, text});
  };
  nlohmann::json shown{{"request", request.method}, {"form", nlohmann::json::object()}};
  for (const auto* name : {"From", "To", "Direction", "CallStatus"})
    shown["form"][name] = net::field(form, name);
  said(WireLog::Direction::to_bridge, shown);
  request.headers = passed_on(request.headers);
  request.upgrade = false;
  auto fetching = proxy_.network.fetch(url, std::move(request), kHttpWithin);
  auto fetched = co_await std::move(fetching);
  if (!fetched)
    co_return net::make_response(502, "text/plain", "linecheck record: " + fetched.error.message() + "\n");
  nlohmann::json answer{{"status", fetched.response.status}};
  if (fetched.response.body.find("<Response") != std::string::npos) answer["body"] = fetched.response.body;
  said(WireLog::Direction::from_bridge, answer);
  net::HttpResponse response;
  response.status = fetched.response.status;
  response.headers = passed_on(fetched.response.headers);
  response.body = std::move(fetched.response.body);
  co_return response;
}

/// The other side first: only who is let in there is let in here.
asio::awaitable<net::HttpResponse> Proxy::Impl::Leg::dial(const net::HttpRequest& request) {
  net::WebSocketRequest onward;
  onward.url = url_of(request.target, "ws", "wss");
  onward.headers = passed_on(request.headers);
  onward.subprotocols = listed(request.headers.get("Sec-WebSocket-Protocol"));
  onward.limits.message_bytes = kLongestMessage;
  const std::string key(request.headers.get("Sec-WebSocket-Key"));
  auto dialling = proxy_.network.connect(std::move(onward));
  auto dialled = co_await std::move(dialling);
  if (!dialled) {
    Link nobody;
    nobody.lane = media_ ? "twilio.media" : "openai";
    nobody.call = media_ ? kTheCall : "session-refused";
    const int status = dialled.http_status != 0 ? dialled.http_status : 502;
    proxy_.note(nobody, {{"refused", status}});
    const auto words = dialled.detail.empty() ? dialled.error.message() : dialled.detail;
    co_return net::make_response(status, "text/plain", words + "\n");
  }
  if (dialled_.size() >= kMostKept) dialled_.clear();  // whoever asked for them has gone
  dialled_[key] = std::move(dialled.socket);
  net::HttpResponse response;
  response.status = 101;
  if (!dialled.subprotocol.empty()) response.headers.add("Sec-WebSocket-Protocol", dialled.subprotocol);
  co_return response;
}

asio::awaitable<void> Proxy::Impl::Leg::serve(net::HttpRequest request,
                                              std::unique_ptr<net::MessageSocket> socket) {
  const auto found = dialled_.find(std::string(request.headers.get("Sec-WebSocket-Key")));
  if (found == dialled_.end()) {
    socket->abort();
    co_return;
  }
  auto server = std::move(found->second);
  dialled_.erase(found);
  const auto link = proxy_.links.emplace(proxy_.links.end());
  link->lane = media_ ? "twilio.media" : "openai";
  link->call = media_ ? kTheCall : "session-" + std::to_string(++number_);
  link->client_name = media_ ? "twilio" : "bridge";
  link->server_name = media_ ? "bridge" : "openai";
  link->client = std::move(socket);
  link->server = std::move(server);
  if (media_) proxy_.began.set();
  co_await runtime::both(proxy_.pump(*link, true), proxy_.pump(*link, false));
  proxy_.links.erase(link);
  if (media_) proxy_.ended.set();
}

asio::awaitable<void> Proxy::Impl::pump(Link& link, bool from_client) {
  const auto state = co_await asio::this_coro::cancellation_state;
  auto& from = from_client ? *link.client : *link.server;
  auto& to = from_client ? *link.server : *link.client;
  const auto& who = from_client ? link.client_name : link.server_name;
  const auto direction = who == "bridge" ? WireLog::Direction::from_bridge : WireLog::Direction::to_bridge;
  net::CloseReason reason{kUnacceptable, "a binary message is none of this protocol's"};
  for (;;) {
    const auto message = co_await from.read();
    if (state.cancelled() != asio::cancellation_type::none) co_return;
    if (!message || message->binary) break;
    log.record({clock.now(), link.lane, link.call, direction, message->payload});
    const auto written = co_await to.write(message->payload);
    if (state.cancelled() != asio::cancellation_type::none) co_return;
    if (!written) break;
  }
  const auto said = from.peer_close();
  const bool first = !std::exchange(link.closed, true);
  if (first) {
    note(link, {{"closed_by", who}, {"code", said ? said->code : 0}});
  }
  if (said) reason = *said;
  co_await close(to, std::move(reason));
  // Its own read ends by that; where it broke off without a word, so does the other side.
  if (first && !said) {
    from.abort();
    to.abort();
  }
}

asio::awaitable<void> Proxy::Impl::close(net::MessageSocket& socket, net::CloseReason reason) {
  if (reason.code == kNoCode) reason.code = 1000;
  auto closing = runtime::with_deadline(clock, clock.now() + kCloseWithin, socket.close(std::move(reason)));
  (void)co_await std::move(closing);
}

asio::awaitable<void> Proxy::Impl::wait_for_links(runtime::TimePoint deadline) {
  while (!links.empty() && clock.now() < deadline) {
    if (const bool slept = co_await clock.sleep_until(clock.now() + kLook); !slept) co_return;
  }
}

Proxy::Proxy(asio::any_io_executor executor, runtime::Clock& clock, net::Network& network, WireLog& log,
             ProxyPlan plan)
    : impl_(std::make_unique<Impl>(std::move(executor), clock, network, log, std::move(plan))) {}
Proxy::~Proxy() = default;

net::Service& Proxy::for_twilio() {
  return impl_->twilio;
}
net::Service& Proxy::for_bridge() {
  return impl_->openai;
}
runtime::Event& Proxy::call_began() {
  return impl_->began;
}
runtime::Event& Proxy::call_ended() {
  return impl_->ended;
}

asio::awaitable<void> Proxy::end() {
  if (impl_->ended.is_set()) co_await impl_->wait_for_links(impl_->clock.now() + impl_->plan.farewell);
  // A link goes as soon as both of its sides have ended, which may be while another is being closed.
  std::vector<std::shared_ptr<net::MessageSocket>> sockets;
  for (auto& link : impl_->links) {
    link.closed = true;
    sockets.push_back(link.client);
    sockets.push_back(link.server);
  }
  for (const auto& socket : sockets) {
    net::CloseReason reason{kGoingAway, "the recording ends"};
    co_await impl_->close(*socket, std::move(reason));
  }
  co_await impl_->wait_for_links(impl_->clock.now() + impl_->plan.farewell);
  impl_->twilio.forget();
  impl_->openai.forget();
}

}  // namespace scenarios::recording
