#include "runtime/net/resolver.hpp"

#include "runtime/async/event.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/message_socket.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace runtime::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using Endpoints = std::vector<tcp::endpoint>;
namespace {

/// What a lookup's thread and the resolver share. The thread may outlast everything else of the program.
struct Wire {
  std::mutex mutex;
  std::function<void(HostAddresses)> deliver;  // none: nobody is there any more
};

struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : answered(executor) {}
  Event answered;
  HostAddresses answer;
  std::shared_ptr<Wire> wire = std::make_shared<Wire>();
};

struct Kept {
  Endpoints endpoints;
  TimePoint found_at;
};

asio::awaitable<Result<void>> wait_for(Event& event) {
  const bool happened = co_await event.wait();
  if (!happened) co_return asio::error::operation_aborted;
  co_return Result<void>();
}

Resolved at_port(Endpoints endpoints, std::uint16_t port) {
  for (auto& endpoint : endpoints) endpoint.port(port);
  return {std::move(endpoints), {}, {}};
}

Resolved unresolved(std::string detail) {
  return {{}, NetError::unresolved, std::move(detail)};
}

}  // namespace

HostAddresses look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  HostAddresses found;
  if (failed != 0) {
    found.error = failed == EAI_SYSTEM ? std::generic_category().message(errno) : ::gai_strerror(failed);
    found.may_be_there = failed != EAI_NONAME && failed != EAI_NODATA;
    return found;
  }
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    tcp::endpoint endpoint;
    if (info->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), info->ai_addr, info->ai_addrlen);
    endpoint.resize(info->ai_addrlen);
    found.endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  if (found.endpoints.empty()) found.error = "no address";
  return found;
}

/// The resolver's own state, of its thread alone.
class Resolver::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(asio::any_io_executor executor, Clock& clock, Options options)
      : clock_(clock), options_(std::move(options)), executor_(std::move(executor)) {}

  /// The lookup of `host` that is under way, from here on at the latest. None: there are too many others.
  std::shared_ptr<Lookup> ask(const std::string& host) {
    if (const auto found = under_way_.find(host); found != under_way_.end()) return found->second;
    if (under_way_.size() >= options_.lookups) return nullptr;
    auto lookup = std::make_shared<Lookup>(executor_);
    lookup->wire->deliver = [executor = executor_, weak = weak_from_this(), host](HostAddresses found) {
      asio::post(executor, [weak, host, found = std::move(found)]() mutable {
        if (const auto loop = weak.lock()) loop->arrived(host, std::move(found));
      });
    };
    const bool begun = begin(host, lookup->wire);
    if (!begun) return nullptr;
    under_way_.emplace(host, lookup);
    return lookup;
  }

  const Endpoints* kept(const std::string& host) const {
    const auto found = kept_.find(host);
    const bool fresh = found != kept_.end() && clock_.now() - found->second.found_at <= options_.kept_for;
    return fresh ? &found->second.endpoints : nullptr;
  }

  /// No thread reaches the executor after this.
  void close() {
    for (const auto& [host, lookup] : under_way_) {
      const std::lock_guard lock(lookup->wire->mutex);
      lookup->wire->deliver = nullptr;
    }
  }

  Clock& clock() const { return clock_; }
  const Options& options() const { return options_; }

 private:
  /// Detached: nothing can end getaddrinfo, and the program's end is not to wait for it. The thread owns all
  /// that it touches.
  bool begin(const std::string& host, const std::shared_ptr<Wire>& wire) const {
    try {
      std::thread([host, wire, look_up = options_.look_up] {
        auto found = look_up(host);
        const std::lock_guard lock(wire->mutex);
        if (wire->deliver) wire->deliver(std::move(found));
      }).detach();
    } catch (const std::system_error&) {
      return false;  // the system has no thread left
    }
    return true;
  }

  void arrived(const std::string& host, HostAddresses found) {
    auto node = under_way_.extract(host);
    if (!found.endpoints.empty()) {
      keep(host, found.endpoints);
    } else if (!found.may_be_there) {
      kept_.erase(host);
    }
    node.mapped()->answer = std::move(found);
    node.mapped()->answered.set();
  }

  void keep(const std::string& host, const Endpoints& endpoints) {
    kept_[host] = {endpoints, clock_.now()};
    if (kept_.size() <= options_.kept_hosts) return;
    kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.found_at; }));
  }

  Clock& clock_;
  const Options options_;
  asio::any_io_executor executor_;
  std::map<std::string, std::shared_ptr<Lookup>> under_way_;  // by host
  std::map<std::string, Kept> kept_;                          // likewise
};

Resolver::Resolver(asio::any_io_executor executor, Clock& clock, Options options)
    : loop_(std::make_shared<Loop>(std::move(executor), clock, std::move(options))) {}

Resolver::~Resolver() {
  loop_->close();
}

asio::awaitable<Resolved> Resolver::resolve(std::string host, std::uint16_t port, TimePoint deadline) {
  error_code no_address;
  if (const auto address = asio::ip::make_address(host, no_address); !no_address)
    co_return at_port({tcp::endpoint(address, 0)}, port);
  const auto begun = loop_->clock().now();
  const auto lookup = loop_->ask(host);
  bool answered = false;
  if (lookup) {
    const auto patience = loop_->kept(host) != nullptr ? loop_->options().patience : deadline - begun;
    auto waiting = wait_for(lookup->answered);
    const auto waited =
        co_await with_deadline(loop_->clock(), std::min(begun + patience, deadline), std::move(waiting));
    if (!waited && waited.error() == asio::error::operation_aborted)
      co_return Resolved{{}, waited.error(), "cancelled"};
    answered = waited.has_value();
    if (answered && !lookup->answer.endpoints.empty()) co_return at_port(lookup->answer.endpoints, port);
  }
  if (const auto* endpoints = loop_->kept(host)) co_return at_port(*endpoints, port);
  if (answered) co_return unresolved(host + ": " + lookup->answer.error);
  if (lookup) co_return unresolved(host + ": the name servers did not answer in time");
  co_return unresolved(host + ": not looked up, because " + std::to_string(loop_->options().lookups) +
                       " other lookups are not answered, or no thread is to be had");
}

}  // namespace runtime::net
