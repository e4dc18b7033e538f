#include "bridge/call/call.hpp"

#include "bridge/call/machine.hpp"
#include "bridge/call/tool_runner.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/async/with_deadline.hpp"

#include <spdlog/logger.h>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace bridge::call {
namespace asio = boost::asio;
using runtime::Result;
using runtime::TimePoint;
using runtime::net::CloseReason;
using runtime::net::MessageSocket;

namespace {
constexpr std::size_t kBatch = 25;  // messages per system call: the lead at the start of an answer
constexpr int kUnackedBeats = 5;    // between two looks at the transport's queue, each a system call
}  // namespace

/// The glue: sockets, the ticker and deadlines around the Machine, which decides everything.
class Call::Impl {
 public:
  Impl(Surroundings surroundings, Reception reception, Admission admission)
      : around_(surroundings),
        reception_(reception),
        admission_(std::move(admission)),
        machine_(around_.instruments, around_.log),
        ended_(around_.executor),
        twilio_work_(around_.executor),
        model_work_(around_.executor),
        dial_work_(around_.executor),
        session_work_(around_.executor),
        twilio_gone_(around_.executor),
        tasks_(around_.executor, [this](std::exception_ptr error) { fault(error); }) {}

  asio::awaitable<Outcome> run(std::unique_ptr<MessageSocket> twilio) {
    twilio_ = std::move(twilio);
    tasks_.spawn(read_twilio());
    tasks_.spawn(expect_start());
    const bool cancelled = !co_await ended_.wait();
    // Whoever cancels this still gets both sockets closed, every task joined and a verdict.
    if (cancelled) machine_.end({"drain"});
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    beat_ = {};
    co_await close_both();
    over_ = true;
    tasks_.cancel();
    co_await tasks_.join();
    co_return finish();
  }

  void hang_up(std::string ended_by) {
    machine_.end({std::move(ended_by)});
    ended_.set();
  }

  const Tally& tally() const { return machine_.tally(); }

 private:
  TimePoint now() const { return around_.clock.now(); }
  runtime::Duration goodbye() const {
    return machine_.begun() ? machine_.settings().goodbye : reception_.goodbye;
  }

  /// After anything that may have changed what there is to do.
  void wake() {
    try {
      send_to_twilio();
      send_to_model();
    } catch (...) {
      fault(std::current_exception());
    }
    while (auto task = machine_.take_tool_task()) tasks_.spawn(run_tool(std::move(*task)));
    if (machine_.wants_dial()) dial_work_.notify();
    if (machine_.session_over()) session_work_.notify();
    if (machine_.ending()) ended_.set();
  }

  void fault(std::exception_ptr error) {
    faulted_ = true;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      around_.log.error("{}fault inside the call: {}; both sockets are closed with 1011", machine_.prefix(),
                        e.what());
    }
    machine_.end({"fault", 1011, 1011});
    ended_.set();
  }

  // Twilio's leg.
  asio::awaitable<void> expect_start() {
    const bool reached = co_await around_.clock.sleep_until(now() + reception_.start_within);
    if (!reached || machine_.begun()) co_return;
    around_.instruments.count_rejected_stream("no_start");
    around_.log.warn("a media stream sent no `start` within {} s: closed",
                     runtime::seconds(reception_.start_within));
    machine_.end({"bridge", 1008});
    ended_.set();
  }

  asio::awaitable<void> read_twilio() {
    while (!over_) {
      auto message = co_await twilio_->read();
      if (!message) {
        if (message.error() == runtime::net::NetError::too_big) machine_.too_big("twilio");
        break;
      }
      const auto start = machine_.twilio_message(message->payload, message->binary, now());
      if (start && !admit(*start)) {
        ended_.set();  // the socket is alive, and closed with a reason
        co_return;
      }
      wake();
    }
    machine_.twilio_ended();
    twilio_gone_.set();
    ended_.set();
  }

  bool admit(const twilio::Start& start) {
    auto admitted = admission_(start);
    if (const auto* refusal = std::get_if<std::string>(&admitted)) {
      around_.log.warn("call={} stream={} refused: {}", start.call.value(), start.stream.value(), *refusal);
      machine_.end({"bridge", 1008});
      return false;
    }
    outcome_.call = start.call;
    machine_.begin(start, std::get<Settings>(std::move(admitted)), now());
    beat_ = around_.ticker.subscribe([this](TimePoint at) { tick(at); });
    tasks_.spawn(finish_writes_to_twilio());
    tasks_.spawn(talk_to_model());
    return true;
  }

  void tick(TimePoint at) {
    try {
      machine_.tick(at);
      if (beats_++ % kUnackedBeats == 0) machine_.twilio_unacked(twilio_->unacked_bytes());
      wake();
    } catch (...) {
      fault(std::current_exception());
    }
  }

  // What the transport takes at once needs no coroutine: at 50 messages a second each way, it would show in
  // what a call costs. Only a write that has to wait is handed to one.
  void send_to_twilio() {
    while (!to_twilio_.waits && !over_ && machine_.owes_twilio(now())) {
      to_twilio_.count = machine_.to_twilio(to_twilio_.batch, kBatch, now());
      to_twilio_.texts.clear();
      for (std::size_t i = 0; i < to_twilio_.count; ++i)
        to_twilio_.texts.emplace_back(to_twilio_.batch[i].text);
      if (twilio_->start_write(to_twilio_.texts)) {
        book_sent_to_twilio();
        if (to_twilio_.count < kBatch) return;
      } else {
        to_twilio_.waits = true;
        twilio_work_.notify();
      }
    }
  }

  void book_sent_to_twilio() {
    for (std::size_t i = 0; i < to_twilio_.count; ++i) machine_.twilio_took(to_twilio_.batch[i], now());
  }

  asio::awaitable<void> finish_writes_to_twilio() {
    while (!over_) {
      if (!to_twilio_.waits) {
        const bool woken = co_await twilio_work_.wait();
        if (!woken) co_return;
        continue;
      }
      auto written = co_await twilio_->finish_write();
      if (!written) co_return;  // the read sees the end as well, and ends the call
      book_sent_to_twilio();
      to_twilio_.waits = false;
      wake();
    }
  }

  // OpenAI's leg: one session after another.
  asio::awaitable<void> talk_to_model() {
    while (!over_) {
      if (!machine_.take_dial()) {
        const bool woken = co_await dial_work_.wait();
        if (!woken) co_return;
        continue;
      }
      const bool again = co_await one_session();
      if (!again) co_return;
    }
  }

  /// False: cancelled.
  asio::awaitable<bool> one_session() {
    runtime::net::WebSocketRequest request;
    const auto& model = machine_.settings().model;
    request.url = model.url;
    request.headers.add("Authorization", "Bearer " + model.api_key);
    request.limits = model.limits;
    machine_.model_dialling(now());
    auto dialled = co_await around_.network.connect(std::move(request));
    if (dialled.error == asio::error::operation_aborted) co_return false;
    if (!dialled) {
      const std::string what = dialled.detail.empty() ? dialled.error.message() : dialled.detail;
      machine_.model_dial_failed(dialled.http_status, what, now());
      wake();
      co_return true;
    }
    around_.instruments.sessions_opened.add();
    model_ = std::move(dialled.socket);
    co_await carry_session();
    model_.reset();
    co_return !machine_.ending();
  }

  asio::awaitable<void> carry_session() {
    runtime::TaskGroup helpers(around_.executor, [this](std::exception_ptr error) { fault(error); });
    session_ended_ = false;
    to_model_.waits = false;
    helpers.spawn(finish_writes_to_model());
    helpers.spawn(close_spent_session());
    std::exception_ptr error;
    try {
      co_await read_model();
    } catch (...) {
      error = std::current_exception();
    }
    session_ended_ = true;
    helpers.cancel();
    // The helpers must end before this does, also when this was cancelled meanwhile.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await helpers.join();
    if (error) std::rethrow_exception(error);
  }

  asio::awaitable<void> read_model() {
    while (!over_) {
      auto message = co_await model_->read();
      if (!message) {
        if (message.error() == runtime::net::NetError::too_big) machine_.too_big("openai");
        break;
      }
      machine_.model_message(message->payload, message->binary, now());
      wake();
    }
    if (machine_.session_over()) co_return;
    const CloseReason said = model_->peer_close().value_or(CloseReason{0, "no close frame"});
    machine_.model_closed(said.code, said.text, now());
    wake();
  }

  void send_to_model() {
    while (!to_model_.waits && !session_ended_ && machine_.to_model(to_model_.text, now())) {
      to_model_.view = to_model_.text;
      if (model_->start_write({&to_model_.view, 1})) {
        machine_.model_took(now());
      } else {
        to_model_.waits = true;
        model_work_.notify();
      }
    }
  }

  asio::awaitable<void> finish_writes_to_model() {
    while (!session_ended_) {
      if (!to_model_.waits) {
        const bool woken = co_await model_work_.wait();
        if (!woken) co_return;
        continue;
      }
      auto written = co_await model_->finish_write();
      if (!written) co_return;  // the read sees the end as well
      machine_.model_took(now());
      to_model_.waits = false;
      wake();
    }
  }

  /// A session that is of no use any more is closed under the running call, which also ends its read.
  asio::awaitable<void> close_spent_session() {
    while (!machine_.session_over()) {
      const bool woken = co_await session_work_.wait();
      if (!woken || session_ended_) co_return;
    }
    co_await close(*model_, 1000, "session given up");
  }

  asio::awaitable<void> run_tool(ToolTask task) {
    auto running = carry_out(around_, machine_, std::move(task));
    co_await std::move(running);
    if (!over_) wake();
  }

  // The end.
  asio::awaitable<void> close(MessageSocket& socket, std::uint16_t code, std::string why) {
    CloseReason reason{code, std::move(why)};
    auto closing = socket.close(std::move(reason));
    auto closed = co_await runtime::with_deadline(around_.clock, now() + goodbye(), std::move(closing));
    if (!closed) socket.abort();
  }

  asio::awaitable<void> close_twilio() {
    using namespace asio::experimental::awaitable_operators;
    if (twilio_gone_.is_set()) co_return;
    auto leaving = leave_stream(around_, machine_, faulted_, now() + goodbye());
    const bool left = co_await std::move(leaving);
    if (left || machine_.stopped()) {
      // Twilio closes by itself after `stop`; closing first would be error 31921 in its log.
      (void)co_await (twilio_gone_.wait() || around_.clock.sleep_until(now() + goodbye()));
      if (twilio_gone_.is_set()) co_return;
    }
    co_await close(*twilio_, machine_.ending()->twilio_code, "call over");
  }

  asio::awaitable<void> close_model() {
    if (model_ && !machine_.session_over())
      co_await close(*model_, machine_.ending()->openai_code, "call over");
  }

  asio::awaitable<void> close_both() {
    using namespace asio::experimental::awaitable_operators;
    co_await (close_twilio() && close_model());
  }

  Outcome finish() {
    outcome_.taken_by_twilio = machine_.stopped();
    outcome_.ended_by = faulted_ ? "fault" : machine_.ending()->by;
    if (!machine_.begun()) return std::move(outcome_);
    const auto judged = machine_.finish(faulted_, now());
    outcome_.verdict = judged.verdict;
    outcome_.reason = judged.reason;
    return std::move(outcome_);
  }

  Surroundings around_;
  const Reception reception_;
  Admission admission_;
  Machine machine_;
  std::unique_ptr<MessageSocket> twilio_;
  std::unique_ptr<MessageSocket> model_;
  runtime::Event ended_;
  runtime::Signal twilio_work_, model_work_, dial_work_, session_work_;
  runtime::Event twilio_gone_;
  runtime::Ticker::Subscription beat_;
  Outcome outcome_;
  bool faulted_ = false;
  // A wait that ended well may be followed by a cancellation before its coroutine goes on, and an await begun
  // after a cancellation throws: the loops look here first.
  bool over_ = false;
  bool session_ended_ = true;  // between two sessions
  struct ToTwilio {
    std::vector<Outgoing> batch;
    std::vector<std::string_view> texts;
    std::size_t count = 0;  // of the batch
    bool waits = false;     // for the transport; nothing else is written meanwhile
  } to_twilio_;
  struct ToModel {
    std::string text;
    std::string_view view;
    bool waits = false;  // as above
  } to_model_;
  int beats_ = 0;
  runtime::TaskGroup tasks_;
};

Call::Call(Surroundings surroundings, Reception reception, Admission admission)
    : impl_(std::make_unique<Impl>(surroundings, reception, std::move(admission))) {}
Call::~Call() = default;

asio::awaitable<Outcome> Call::run(std::unique_ptr<MessageSocket> twilio) {
  return impl_->run(std::move(twilio));
}
void Call::hang_up(std::string ended_by) {
  impl_->hang_up(std::move(ended_by));
}

const Tally& Call::tally() const {
  return impl_->tally();
}

}  // namespace bridge::call
