#include "bridge/call/call.hpp"

#include "bridge/call/dial_gate.hpp"
#include "bridge/call/machine.hpp"
#include "bridge/call/model_link.hpp"
#include "bridge/call/recording.hpp"
#include "bridge/call/tool_runner.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/first_of.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/async/words_of.hpp"

#include <spdlog/logger.h>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace bridge::call {
namespace asio = boost::asio;
using runtime::Result;
using runtime::TimePoint;
using runtime::net::CloseReason;
using runtime::net::MessageSocket;

namespace {
constexpr std::size_t kBatch = 25;   // messages per system call: the lead at the start of an answer
constexpr int kRecordingBeats = 50;  // a second
constexpr int kUnackedBeats = 5;     // between two looks at the transport's queue, each a system call
constexpr auto kHeldUp = std::chrono::milliseconds(100);   // a beat that late: the process did not run
constexpr auto kCatchUp = std::chrono::milliseconds(100);  // beats lie on a grid: the next may be due at once
}  // namespace

/// The glue: sockets, the ticker and deadlines around the Machine, which decides everything.
class Call::Impl {
 public:
  Impl(Surroundings surroundings, Reception reception, Admission admission)
      : around_(surroundings),
        reception_(reception),
        admission_(std::move(admission)),
        machine_(around_.instruments, around_.log, around_.random),
        ended_(around_.executor),
        twilio_work_(around_.executor),
        link_ended_(around_.executor),
        twilio_gone_(around_.executor),
        tasks_(around_.executor, [this](std::exception_ptr error) { fault(error); }) {}

  asio::awaitable<Outcome> run(std::unique_ptr<MessageSocket> twilio) {
    twilio_ = std::move(twilio);
    tasks_.spawn(read_twilio());
    tasks_.spawn(expect_start());
    const bool cancelled = !co_await ended_.wait();
    ended_at_ = now();
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

  bool hang_up(const std::string& ended_by) {
    machine_.cut({ended_by}, now());
    ended_.set();
    return machine_.cut_by(ended_by);
  }

  void end_by(TimePoint latest) { machine_.end_by(latest, now()); }

  void fault(std::exception_ptr error) {
    faulted_ = true;
    around_.log.error("{}fault inside the call: {}; both sockets are closed with 1011", machine_.prefix(),
                      runtime::words_of(error));
    machine_.cut({"fault", 1011, 1011}, now());
    ended_.set();
  }

  bool failed() const { return faulted_; }
  const Tally& tally() const { return machine_.tally(); }

 private:
  TimePoint now() const { return around_.clock.now(); }
  runtime::Duration goodbye() const {
    return machine_.begun() ? machine_.settings().goodbye : reception_.goodbye;
  }

  /// After anything that may have changed what there is to do.
  void wake() {
    const TimePoint at = now();
    try {
      send_to_twilio(at);
      dial_model(at);
      for (auto* link : links_) link->serve(at);
    } catch (...) {
      fault(std::current_exception());
    }
    while (auto task = machine_.take_tool_task()) tasks_.spawn(run_tool(std::move(*task)));
    if (machine_.ending()) ended_.set();
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
        if (message.error() == runtime::net::NetError::protocol) machine_.broke_frames("twilio");
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
    auto& settings = std::get<Settings>(admitted);
    settings.record = settings.record && around_.recordings != nullptr;
    machine_.begin(start, std::move(settings), now(), around_.clock.wall_now());
    beat_ = around_.ticker.subscribe([this](TimePoint at) { tick(at); });
    tasks_.spawn(finish_writes_to_twilio());
    return true;
  }

  void tick(TimePoint at) {
    try {
      if (!after_hold(at)) {
        machine_.tick(at);
        keep_recording();
        if (beats_++ % kUnackedBeats == 0) machine_.twilio_unacked(twilio_->unacked_bytes());
      }
      wake();
    } catch (...) {
      fault(std::current_exception());
    }
  }

  /// The first beats of a process that was held up. Its sockets are full: what came meanwhile is read before
  /// anything is found missing. Where every beat is late, every second one is as good as any.
  bool after_hold(TimePoint at) {
    const bool begins = around_.ticker.lag() >= kHeldUp && (!held_at_ || at >= *held_at_ + 2 * kCatchUp);
    if (begins) held_at_ = at;
    return held_at_ && at < *held_at_ + kCatchUp;
  }

  void keep_recording() {
    auto* recording = machine_.recording();
    if (recording == nullptr || beats_ % kRecordingBeats != 0) return;
    around_.recordings->write(machine_.call_sid(), recording->take(now()));
  }

  void finish_recording() {
    auto* recording = machine_.recording();
    if (recording == nullptr) return;
    auto rest = recording->rest(ended_at_);  // what comes while the sockets are closed, nobody hears
    const auto samples = rest.at + std::ssize(rest.interleaved) / 2;
    around_.recordings->write(machine_.call_sid(), std::move(rest));
    around_.recordings->finish(machine_.call_sid(), samples);
  }

  // What the transport takes at once needs no coroutine: at 50 messages a second each way, it would show in
  // what a call costs. Only a write that has to wait is handed to one.
  void send_to_twilio(TimePoint at) {
    while (!to_twilio_.waits && !over_ && machine_.owes_twilio(at)) {
      to_twilio_.count = machine_.to_twilio(to_twilio_.batch, kBatch, at);
      to_twilio_.texts.clear();
      for (std::size_t i = 0; i < to_twilio_.count; ++i)
        to_twilio_.texts.emplace_back(to_twilio_.batch[i].text);
      if (twilio_->start_write(to_twilio_.texts)) {
        book_sent_to_twilio(at);
        if (to_twilio_.count < kBatch) return;
      } else {
        to_twilio_.waits = true;
        twilio_work_.notify();
      }
    }
  }

  void book_sent_to_twilio(TimePoint at) {
    for (std::size_t i = 0; i < to_twilio_.count; ++i) machine_.twilio_took(to_twilio_.batch[i], at);
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
      book_sent_to_twilio(now());
      to_twilio_.waits = false;
      wake();
    }
  }

  // OpenAI's leg: one connection at a time as a rule, two while one takes over from another.
  void dial_model(TimePoint at) {
    while (!over_ && machine_.wants_dial(at)) {
      if (!around_.dials.take(at)) {
        if (!std::exchange(dial_deferred_, true)) around_.instruments.dials_deferred.add();
        return;
      }
      dial_deferred_ = false;
      tasks_.spawn(run_link(machine_.take_dial(at)));
    }
  }

  asio::awaitable<void> run_link(LinkNo no) {
    const ModelLink::Owner owner{[this] { wake(); }, [this](std::exception_ptr error) { fault(error); }};
    ModelLink link(around_, machine_, no, owner);
    const Listed listed(*this, link);
    co_await link.run();
  }

  /// Also when the coroutine that runs the link is destroyed in the midst of it.
  class Listed {
   public:
    Listed(Impl& call, ModelLink& link) : call_(call), link_(link) { call_.links_.push_back(&link_); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() {
      std::erase(call_.links_, &link_);
      call_.link_ended_.notify();
    }

   private:
    Impl& call_;
    ModelLink& link_;
  };

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
    if (twilio_gone_.is_set()) co_return;
    auto leaving = leave_stream(around_, machine_, faulted_, now() + goodbye());
    const bool left = co_await std::move(leaving);
    if (left || machine_.stopped()) {
      // Twilio closes by itself after `stop`; closing first would be error 31921 in its log.
      (void)co_await runtime::first_of(twilio_gone_.wait(), around_.clock.sleep_until(now() + goodbye()));
      if (twilio_gone_.is_set()) co_return;
    }
    co_await close(*twilio_, machine_.ending()->twilio_code, "call over");
  }

  asio::awaitable<void> close_model() {
    for (auto* link : links_) link->close(machine_.ending()->openai_code);
    // Each ends within the goodbye.
    while (std::ranges::any_of(links_, [](const ModelLink* link) { return link->open(); })) {
      const bool woken = co_await link_ended_.wait();
      if (!woken) co_return;
    }
  }

  asio::awaitable<void> close_both() {
    co_await runtime::both(without_exception(close_twilio()), without_exception(close_model()));
  }

  /// An exception from one leg's end would cut the other's short, and come out of run().
  asio::awaitable<void> without_exception(asio::awaitable<void> end) {
    try {
      co_await std::move(end);
    } catch (...) {
      fault(std::current_exception());
    }
  }

  Outcome finish() {
    outcome_.taken_by_twilio = machine_.stopped();
    outcome_.ended_by = faulted_ ? "fault" : machine_.ending()->by;
    if (!machine_.begun()) return std::move(outcome_);
    finish_recording();
    const auto judged = machine_.finish(faulted_, now());
    outcome_.verdict = judged.verdict;
    outcome_.tokens = machine_.tokens();
    outcome_.reason = judged.reason;
    return std::move(outcome_);
  }

  Surroundings around_;
  const Reception reception_;
  Admission admission_;
  Machine machine_;
  std::unique_ptr<MessageSocket> twilio_;
  runtime::Event ended_;
  TimePoint ended_at_{};
  runtime::Signal twilio_work_, link_ended_;
  runtime::Event twilio_gone_;
  runtime::Ticker::Subscription beat_;
  Outcome outcome_;
  bool faulted_ = false;
  // A wait that ended well may be followed by a cancellation before its coroutine goes on, and an await begun
  // after a cancellation throws: the loops look here first.
  bool over_ = false;
  struct ToTwilio {
    std::vector<Outgoing> batch;
    std::vector<std::string_view> texts;
    std::size_t count = 0;  // of the batch
    bool waits = false;     // for the transport; nothing else is written meanwhile
  } to_twilio_;
  std::vector<ModelLink*> links_;  // each owned by the coroutine that runs it
  bool dial_deferred_ = false;
  int beats_ = 0;
  std::optional<TimePoint> held_at_;
  runtime::TaskGroup tasks_;
};

Call::Call(Surroundings surroundings, Reception reception, Admission admission)
    : impl_(std::make_unique<Impl>(surroundings, reception, std::move(admission))) {}
Call::~Call() = default;

asio::awaitable<Outcome> Call::run(std::unique_ptr<MessageSocket> twilio) {
  return impl_->run(std::move(twilio));
}
bool Call::hang_up(const std::string& ended_by) {
  return impl_->hang_up(ended_by);
}
void Call::fail(std::exception_ptr error) {
  impl_->fault(std::move(error));
}
bool Call::failed() const {
  return impl_->failed();
}
void Call::end_by(TimePoint latest) {
  impl_->end_by(latest);
}

const Tally& Call::tally() const {
  return impl_->tally();
}

}  // namespace bridge::call
