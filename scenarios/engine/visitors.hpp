#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/core/wire_log.hpp"
#include "runtime/net/byte_network.hpp"
#include "scenarios/engine/visit.hpp"
#include "scenarios/engine/visitor_plan.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace scenarios::engine {

/// The visitors of a scenario: lets each of them in, and keeps what became of them. They speak HTTP by a few
/// lines of their own, since a client that could only send what is right would be no use here.
class Visitors {
 public:
  Visitors(boost::asio::any_io_executor executor, runtime::Clock& clock, runtime::net::ByteNetwork& network,
           runtime::WireLog& wire, runtime::TaskGroup::OnFailure on_failure);

  /// They come now, to `door`. `plan` outlives this.
  void let_in(const VisitorPlan& plan, const runtime::net::Url& door);
  /// Nobody who has come is still there.
  bool all_gone() const { return connections_.size() == 0; }
  /// Those who are still there leave.
  boost::asio::awaitable<void> end();

  const Visits& visits() const { return visits_; }

 private:
  using Bytes = std::shared_ptr<const std::string>;  // which all connections of a visitor send
  boost::asio::awaitable<void> come(const VisitorPlan& plan, runtime::net::Url door, Visit& visit,
                                    Bytes bytes);
  boost::asio::awaitable<void> talk(const VisitorPlan& plan, Bytes bytes,
                                    std::unique_ptr<runtime::net::ByteStream> below, Visit& visit);
  void note(const VisitorPlan& plan, runtime::WireLog::Direction direction, const std::string& event);

  runtime::Clock& clock_;
  runtime::net::ByteNetwork& network_;
  runtime::WireLog& wire_;
  Visits visits_;
  runtime::TaskGroup connections_;
};

}  // namespace scenarios::engine
