#pragma once
#include <map>
#include <string>
#include <vector>

namespace scenarios::engine::promql {

using Labels = std::map<std::string, std::string>;

/// One series at one instant. `name` is as exposed: a histogram's series end in _bucket, _sum or _count.
struct Sample {
  std::string name;
  Labels labels;
  double value = 0;
  bool operator==(const Sample&) const = default;
};
using Samples = std::vector<Sample>;

/// `caller_heard_speech_seconds{call="1"}`: a series as people write it.
std::string series_text(const std::string& name, const Labels& labels);

}  // namespace scenarios::engine::promql
