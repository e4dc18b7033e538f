#pragma once
#include "scenarios/diagnosis/log_reader.hpp"

#include <string_view>

namespace scenarios::diagnosis {

/// A log, whole.
inline LogReader read(std::string_view text) {
  LogReader log;
  log.feed(text);
  log.finish();
  return log;
}

}  // namespace scenarios::diagnosis
