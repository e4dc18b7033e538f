#include "simulators/twilio/outbox.hpp"

#include <utility>

namespace simulators::twilio {

std::span<const std::string_view> Outbox::take() {
  writing_.clear();
  std::swap(filling_, writing_);
  views_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : writing_.ends) {
    views_.push_back(std::string_view(writing_.text).substr(begin, end - begin));
    begin = end;
  }
  return views_;
}

}  // namespace simulators::twilio
