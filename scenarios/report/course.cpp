#include "scenarios/report/course.hpp"

#include "scenarios/engine/promql/exposition.hpp"
#include "scenarios/report/escape.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <map>
#include <utility>
#include <variant>

namespace scenarios::report {
namespace {

using Json = nlohmann::json;
namespace promql = engine::promql;

struct Course {
  std::vector<std::pair<std::int64_t, double>> points;  // only where it changes
};

bool worth_showing(const promql::Sample& sample) {
  return !sample.name.ends_with("_bucket") && std::isfinite(sample.value);
}

/// Evenly, first and last included.
Json thinned(const std::vector<std::pair<std::int64_t, double>>& points, std::size_t most) {
  Json list = Json::array();
  const std::size_t step = points.size() <= most ? 1 : (points.size() + most - 1) / most;
  for (std::size_t i = 0; i < points.size(); i += step) list.push_back({points[i].first, points[i].second});
  if (step > 1) list.push_back({points.back().first, points.back().second});
  return list;
}

std::map<std::string, double> values_in(const std::string& scrape) {
  std::map<std::string, double> values;
  auto parsed = promql::parse_exposition(scrape);
  const auto* samples = std::get_if<promql::Samples>(&parsed);
  if (samples == nullptr) return values;
  for (const auto& sample : *samples) {
    if (worth_showing(sample)) values[promql::series_text(sample.name, sample.labels)] = sample.value;
  }
  return values;
}

}  // namespace

Json course_json(const std::vector<engine::Timeline::Point>& points, runtime::TimePoint start,
                 const Bounds& bounds) {
  std::map<std::string, Course> courses;
  for (const auto& point : points) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(point.at - start).count();
    for (const auto& sample : point.samples) {
      if (!worth_showing(sample)) continue;
      auto& course = courses[promql::series_text(sample.name, sample.labels)].points;
      if (course.empty() || course.back().second != sample.value) course.emplace_back(ms, sample.value);
    }
  }
  Json list = Json::array();
  for (const auto& [series, course] : courses) {
    if (course.points.size() < 2 || list.size() >= bounds.series) continue;
    list.push_back({{"series", valid_utf8(series)}, {"points", thinned(course.points, bounds.points)}});
  }
  return list;
}

Json changes_json(const std::string& first_scrape, const std::string& last_scrape, std::size_t most) {
  const auto before = values_in(first_scrape);
  Json list = Json::array();
  for (const auto& [series, after] : values_in(last_scrape)) {
    const auto found = before.find(series);
    const double was = found == before.end() ? 0 : found->second;
    if (was == after || list.size() >= most) continue;
    list.push_back({valid_utf8(series), was, after});
  }
  return list;
}

}  // namespace scenarios::report
