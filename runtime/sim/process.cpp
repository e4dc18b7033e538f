#include "runtime/sim/process.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <deque>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;

/// What the executors of one process share.
class Process::Gate {
 public:
  explicit Gate(asio::io_context& context) : context_(context) {}

  bool held() const { return held_; }
  void hold() { held_ = true; }
  void let_go() {
    held_ = false;
    for (auto& work : std::exchange(kept_, {}))
      asio::post(context_, [work = std::move(work)]() mutable { std::move(work)(); });
  }
  template <class Work>
  void keep(Work&& work) {
    kept_.emplace_back(std::forward<Work>(work));
  }
  void drop() {
    held_ = false;
    const auto dropped = std::exchange(kept_, {});
  }
  asio::any_io_executor below() { return context_.get_executor(); }

 private:
  asio::io_context& context_;
  bool held_ = false;
  std::deque<asio::any_completion_handler<void()>> kept_;  // it takes what can only be moved
};

/// The loop's own, as long as the process is not held.
class Process::Executor {
 public:
  Executor(asio::any_io_executor below, std::shared_ptr<Gate> gate)
      : below_(std::move(below)), gate_(std::move(gate)) {}

  template <class Work>
  void execute(Work&& work) const {
    if (gate_->held()) return gate_->keep(std::forward<Work>(work));
    below_.execute(std::forward<Work>(work));
  }
  bool operator==(const Executor& other) const noexcept {
    return below_ == other.below_ && gate_ == other.gate_;
  }

  template <class Property>
  requires asio::can_query_v<const asio::any_io_executor&, Property>
  decltype(auto) query(const Property& property) const { return asio::query(below_, property); }
  asio::execution_context& query(asio::execution::context_t) const { return below_.context(); }
  template <class Property>
  requires asio::can_require_v<const asio::any_io_executor&, Property> Executor
  require(const Property& property)
  const { return {asio::require(below_, property), gate_}; }
  template <class Property>
  requires asio::can_prefer_v<const asio::any_io_executor&, Property> Executor
  prefer(const Property& property)
  const { return {asio::prefer(below_, property), gate_}; }

 private:
  asio::any_io_executor below_;
  std::shared_ptr<Gate> gate_;
};

Process::Process(Loop& loop) : gate_(std::make_shared<Gate>(loop.context())) {}

Process::~Process() {
  gate_->drop();
}

asio::any_io_executor Process::executor() const {
  return Executor(gate_->below(), gate_);
}

void Process::hold() {
  gate_->hold();
}

void Process::let_go() {
  gate_->let_go();
}

bool Process::held() const {
  return gate_->held();
}

}  // namespace runtime::sim
