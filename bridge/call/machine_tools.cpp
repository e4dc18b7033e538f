// How a call's function calls reach its owner, and where the call goes when it is over.
#include "bridge/call/machine.hpp"

#include <utility>

namespace bridge::call {
using runtime::TimePoint;

void Machine::tool_finished(ToolNo no, ToolResult result, TimePoint now) {
  dialogue_.tools().finished(no, std::move(result), now);
}

WayOn Machine::transfer_of(const ToolTask& task) const {
  WayOn way{WayOn::Kind::transfer, task.transfer_to, "", runtime::Duration(0)};
  if (const auto& transfer = settings_.model.tools.transfer) {
    way.caller_id = transfer->caller_id;
    way.ring_timeout = transfer->ring_timeout;
  }
  return way;
}

void Machine::transfer_by_closing(const ToolTask& task) {
  transfer_ = transfer_of(task);
  end({"transfer"});
}

WayOn Machine::way_on() const {
  if (transfer_) return *transfer_;
  WayOn way;
  if (ending_ && (ending_->by == "openai" || ending_->by == "fault")) way.kind = WayOn::Kind::bot_gone;
  return way;
}

}  // namespace bridge::call
