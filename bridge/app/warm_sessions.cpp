#include "bridge/app/warm_sessions.hpp"
#include "bridge/call/model_link.hpp"
#include "bridge/openai/events.hpp"
#include "bridge/openai/refusal.hpp"
#include "runtime/async/words_of.hpp"

#include <spdlog/logger.h>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace bridge::app {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using runtime::net::Dialled;
using runtime::net::WebSocketRequest;

namespace {
constexpr runtime::Duration kLook = 250ms;
constexpr runtime::Duration kFirstWait = 1s, kMostWait = 60s;  // after dials that failed
constexpr runtime::Duration kMostTold = 10min;  // that the service may ask for: a reload keeps to it
constexpr runtime::Duration kLived = 10s;       // one that ends earlier was refused after the handshake
constexpr runtime::Duration kGateLook = 20ms;

bool same(const WebSocketRequest& a, const WebSocketRequest& b) {
  const auto header = [](const WebSocketRequest& request, std::string_view name) {
    return std::string(request.headers.get(name));
  };
  return a.url.scheme == b.url.scheme && a.url.host == b.url.host && a.url.port == b.url.port &&
         a.url.target == b.url.target && header(a, "Authorization") == header(b, "Authorization") &&
         header(a, "api-key") == header(b, "api-key");
}

/// As OpenAI's URLs name it, or Azure's preview.
std::string model_of(const WebSocketRequest& request) {
  const auto query = runtime::net::decode_form(runtime::net::query_of(request.url.target));
  const auto model = runtime::net::field(query, "model");
  return std::string(model.empty() ? runtime::net::field(query, "deployment") : model);
}

}  // namespace

WarmSessions::WarmSessions(asio::any_io_executor executor, runtime::Clock& clock,
                           runtime::net::Network& network, call::DialGate& dials, metrics::Sheet& sheet,
                           call::Instruments& instruments, spdlog::logger& log)
    : executor_(executor),
      clock_(clock),
      network_(network),
      dials_(dials),
      log_(log),
      count_(instruments),
      shown_(sheet.gauge("voicebridge_openai_warm_sessions")),
      warm_(sheet.counter("voicebridge_openai_dials_total", {"warm"})),
      cold_(sheet.counter("voicebridge_openai_dials_total", {"cold"})),
      tasks_(executor, [&log](const std::exception_ptr& failure) {
        log.error("a fault inside a connection that is kept ready for calls: {}", runtime::words_of(failure));
      }) {}

void WarmSessions::keep(std::vector<WebSocketRequest> wanted, Options options) {
  options_ = options;
  auto before = std::exchange(wanted_, {});
  for (auto& request : wanted) {
    if (wish_for(request) != nullptr) continue;
    const auto old = std::ranges::find_if(before, [&](const Wanted& w) { return same(w.request, request); });
    wanted_.push_back({std::move(request)});
    auto& wish = wanted_.back();
    if (old == before.end()) continue;
    wish.not_before = old->not_before;
    wish.wait = old->wait;
  }
}

WarmSessions::Wanted* WarmSessions::wish_for(const WebSocketRequest& request) {
  const auto found =
      std::ranges::find_if(wanted_, [&](const Wanted& wish) { return same(wish.request, request); });
  return found == wanted_.end() ? nullptr : &*found;
}

/// Also what nobody wants any more.
void WarmSessions::give_up_spent() {
  const auto useless = [&](const Waiting& one) {
    return one.socket.spent() || wish_for(one.request) == nullptr || options_.each == 0 ||
           clock_.now() - one.since > options_.most_age;
  };
  for (auto& one : waiting_) {
    if (useless(one)) one.socket.abort();
  }
  std::erase_if(waiting_, useless);
  show();
}

void WarmSessions::refill() {
  if (dialling_ > 0) return;
  for (const auto& wish : wanted_) {
    const auto& request = wish.request;
    if (wish.refused || clock_.now() < wish.not_before) continue;
    const auto have = static_cast<std::size_t>(
        std::ranges::count_if(waiting_, [&](const Waiting& one) { return same(one.request, request); }));
    for (std::size_t missing = have; missing < options_.each && dials_.take(clock_.now()); ++missing) {
      ++dialling_;
      tasks_.spawn(dial(request));
    }
  }
}

asio::awaitable<void> WarmSessions::dial(WebSocketRequest request) {
  auto copy = request;
  Dialled dialled;
  std::exception_ptr failure;
  try {
    dialled = co_await network_.connect(std::move(copy));
  } catch (...) {
    failure = std::current_exception();
  }
  --dialling_;
  if (failure) co_return broken(request, failure);
  if (!dialled) {
    const auto why = call::why_none(dialled);
    const Failure refusal{why.label, 0, dialled.http_status, why.words, why.said.wait};
    failed(request, refusal);
    co_return;
  }
  if (stopped_) co_return;
  const auto since = clock_.now();
  WarmSocket socket(std::move(dialled.socket), executor_);
  waiting_.push_back({request, since, socket});
  show();
  try {
    co_await socket.keep();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) co_return broken(request, failure);
  const bool young = clock_.now() - since < kLived;
  if (auto* wish = wish_for(request); wish != nullptr && !young) wish->wait = {};
  if (!stopped_ && !socket.handed_over() && !socket.given_up()) closed(request, socket, young);
}

/// By the service. After a while without an error it needs no reason.
void WarmSessions::closed(const WebSocketRequest& request, const WarmSocket& socket, bool young) {
  Failure failure{"closed", socket.close_code(), 0, "it was closed right after its handshake"};
  bool error = false;
  openai::Decoder decoder;
  for (const auto& message : socket.messages()) {
    const auto decoded = decoder.decode(message, false);
    const auto* event = std::get_if<openai::Event>(&decoded);
    const auto* said = event == nullptr ? nullptr : std::get_if<openai::ApiError>(event);
    if (said == nullptr) continue;
    error = true;
    failure.code = said->code.empty() ? said->type : said->code;
    failure.said = failure.code + ": " + said->message;
    failure.wait = openai::told_wait(said->message);
  }
  if (error || young) failed(request, failure);
}

void WarmSessions::failed(const WebSocketRequest& request, const Failure& failure) {
  count_.count_openai_failure(failure.code);
  auto* wish = wish_for(request);
  if (wish == nullptr) return;
  // What a call gives up for, and the next call tries anew, is not for good here: a proxy's 404 passes.
  const auto reason = openai::classify_refusal(failure.code, failure.close_code, failure.http_status);
  if (reason == openai::Unreachable::network ||
      openai::worth_another_try({failure.code, failure.close_code, failure.http_status, failure.said}))
    return later(*wish, failure);
  if (std::exchange(wish->refused, true)) return;
  log_.error("no connection to OpenAI is kept ready for calls any more: model={} {}; a reload tries again",
             model_of(request), failure.said);
}

/// By an exception, which is no word of the service.
void WarmSessions::broken(const WebSocketRequest& request, const std::exception_ptr& failure) {
  if (auto* wish = wish_for(request)) later(*wish, {{}, 0, 0, runtime::words_of(failure)});
}

asio::awaitable<void> WarmSessions::run() {
  while (!stopped_) {
    give_up_spent();
    refill();
    if (options_.ping > 0s && clock_.now() >= next_ping_) {
      next_ping_ = clock_.now() + options_.ping;
      for (auto& one : waiting_) tasks_.spawn(one.socket.ping());
    }
    const bool slept = co_await clock_.sleep_until(clock_.now() + kLook);
    if (!slept) break;
  }
  for (auto& one : waiting_) one.socket.abort();
  waiting_.clear();
  show();
  co_await tasks_.join();  // not cancelled: a call may still read through one of them
}

/// Others of the same batch may have failed already: what each was told is kept to.
void WarmSessions::later(Wanted& wish, const Failure& failure) {
  const auto now = clock_.now();
  const auto told = std::min(failure.wait.value_or(0s), kMostTold);
  if (now < wish.not_before) {
    const auto grows = now + told - wish.not_before;
    wish.not_before += std::max(grows, runtime::Duration(0));
    if (grows < kFirstWait) return;
  } else {
    wish.wait = std::clamp(2 * wish.wait, kFirstWait, kMostWait);
    wish.not_before = now + std::max(wish.wait, told);
  }
  log_.warn("no connection to OpenAI can be kept ready for calls: model={} {}; tried again in {} s",
            model_of(wish.request), failure.said, runtime::seconds(wish.not_before - now));
}

void WarmSessions::stop() {
  stopped_ = true;
}

asio::awaitable<Dialled> WarmSessions::connect(WebSocketRequest request) {
  give_up_spent();
  const auto found = std::ranges::find_if(
      waiting_, [&](const Waiting& one) { return one.socket.ready() && same(one.request, request); });
  if (found == waiting_.end()) {
    cold_.add();
    while (!dials_.take(clock_.now())) {
      const bool slept = co_await clock_.sleep_until(clock_.now() + kGateLook);
      if (!slept) {
        Dialled none;
        none.error = asio::error::operation_aborted;
        co_return none;
      }
    }
    co_return co_await network_.connect(std::move(request));
  }
  warm_.add();
  Dialled dialled;
  dialled.http_status = 101;
  dialled.socket = found->socket.hand_over();
  waiting_.erase(found);
  show();
  co_return dialled;
}

asio::awaitable<runtime::net::Fetched> WarmSessions::fetch(runtime::net::Url url,
                                                           runtime::net::HttpRequest request,
                                                           runtime::Duration deadline) {
  return network_.fetch(std::move(url), std::move(request), deadline);
}

runtime::Result<std::unique_ptr<runtime::net::Listener>> WarmSessions::listen(
    runtime::net::Endpoint endpoint, runtime::net::Service& service) {
  return network_.listen(std::move(endpoint), service);
}

void WarmSessions::show() {
  shown_.set(static_cast<double>(waiting_.size()));
}

}  // namespace bridge::app
