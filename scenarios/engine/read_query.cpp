#include "metrics/catalogue.hpp"
#include "scenarios/engine/misspelt.hpp"
#include "scenarios/engine/promql/evaluate.hpp"
#include "scenarios/engine/promql/query.hpp"
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using promql::Matcher;
using promql::Selector;

/// Where byte `offset` of a query stands in the file. Exact unless the text is folded over several lines.
Mark mark_at(const Field& field, std::size_t offset) {
  const Place& place = field.place();
  Mark mark = place.value;
  const std::string_view line = field.reading().source.part(mark.file).line(mark.line);
  const std::size_t from = mark.column - 1 + place.lead;
  const bool as_written =
      mark.column >= 1 && from <= line.size() && line.substr(from).starts_with(place.written);
  if (as_written) mark.column = from + offset + 1;
  return mark;
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& family : metrics::catalogue()) {
    const std::string name(family.name);
    if (family.kind != metrics::Kind::histogram) {
      names.push_back(name);
    } else {
      for (const char* suffix : {"_bucket", "_sum", "_count"}) names.push_back(name + suffix);
    }
  }
  return names;
}

void check_value(const Field& field, const Matcher& matcher, const metrics::Label& label) {
  if (label.open || label.values.empty() || matcher.kind != Matcher::Kind::equal) return;
  const std::vector<std::string> values(label.values.begin(), label.values.end());
  if (std::find(values.begin(), values.end(), matcher.value) != values.end()) return;
  const std::string near = nearest(matcher.value, values);
  field.reading().problems.push_back({mark_at(field, matcher.offset),
                                      fmt::format("label '{}' is never '{}'", matcher.label, matcher.value),
                                      near.empty() ? fmt::format("its values: {}", fmt::join(values, ", "))
                                                   : "did you mean '" + near + "'?"});
}

/// The runner adds the label `replica` to the bridge's series where there are several.
bool has_replicas(const Field& field, const std::string& metric) {
  const Json& scenario = field.reading().document.json;
  if (!scenario.contains("bridge") || !(metric.starts_with("voicebridge_") || metric.starts_with("process_")))
    return false;
  const Json& bridge = scenario["bridge"];
  const auto above_one = [](const Json& map, const char* key) { return meant_value(map, key) > 1; };
  if (above_one(bridge, "replicas")) return true;
  return bridge.contains("events") &&
         std::any_of(bridge["events"].begin(), bridge["events"].end(),
                     [&](const Json& event) { return above_one(event, "replica"); });
}

void check_labels(const Field& field, const Selector& selector, const metrics::Family& family) {
  for (const auto& matcher : selector.matchers) {
    if (matcher.label == "le" && selector.name.ends_with("_bucket")) continue;
    if (matcher.label == "replica" && has_replicas(field, selector.name)) continue;
    const auto found = std::find_if(family.labels.begin(), family.labels.end(),
                                    [&](const metrics::Label& label) { return label.name == matcher.label; });
    if (found != family.labels.end()) {
      check_value(field, matcher, *found);
      continue;
    }
    std::vector<std::string> labels;
    for (const auto& label : family.labels) labels.emplace_back(label.name);
    field.reading().problems.push_back(
        {mark_at(field, matcher.offset), fmt::format("{} has no label '{}'", selector.name, matcher.label),
         labels.empty() ? "it has none" : fmt::format("its labels: {}", fmt::join(labels, ", "))});
  }
}

/// A label by which series are put together is one that some of them have.
void check_grouping(const Field& field, const promql::Query::Grouping& grouping) {
  std::vector<std::string> labels;
  for (const auto* node : grouping.selectors) {
    const auto& selector = std::get<Selector>(node->is);
    const auto* family = metrics::find_family(selector.name);
    if (family == nullptr) return;  // told already
    for (const auto& label : family->labels) labels.emplace_back(label.name);
    if (selector.name.ends_with("_bucket")) labels.emplace_back("le");
    if (has_replicas(field, selector.name)) labels.emplace_back("replica");
  }
  if (grouping.selectors.empty() || std::ranges::find(labels, grouping.label) != labels.end()) return;
  std::ranges::sort(labels);
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  const std::string near = nearest(grouping.label, labels);
  field.reading().problems.push_back(
      {mark_at(field, grouping.offset), fmt::format("none of these series has a label '{}'", grouping.label),
       !near.empty()    ? "did you mean '" + near + "'?"
       : labels.empty() ? "they have none"
                        : fmt::format("their labels: {}", fmt::join(labels, ", "))});
}

void check_selector(const Field& field, const promql::Node& node) {
  const auto& selector = std::get<Selector>(node.is);
  const auto* family = metrics::find_family(selector.name);
  const Mark at = mark_at(field, node.begin);
  if (family == nullptr) {
    const std::string near = nearest(selector.name, known_names());
    field.reading().problems.push_back(
        {at, "there is no metric '" + selector.name + "'",
         near.empty() ? "docs/metrics.md lists them; another bridge's go by these names (metric_names)"
                      : "did you mean '" + near + "'?"});
  } else if (family->kind == metrics::Kind::histogram && family->name == selector.name) {
    field.reading().problems.push_back({at, "'" + selector.name + "' is a histogram",
                                        "its series are " + selector.name + "_bucket, _sum and _count"});
  } else {
    check_labels(field, selector, *family);
  }
}

}  // namespace

std::shared_ptr<const promql::Query> read_query(const Field& field) {
  auto parsed = promql::parse(field.text());
  if (const auto* error = std::get_if<promql::QueryError>(&parsed)) {
    field.reading().problems.push_back({mark_at(field, error->offset), error->message, error->hint});
    return nullptr;
  }
  auto query = std::get<std::shared_ptr<const promql::Query>>(std::move(parsed));
  for (const auto* node : query->selectors()) check_selector(field, *node);
  for (const auto& grouping : query->groupings()) check_grouping(field, grouping);
  if (const std::string why = promql::why_no_condition(*query); !why.empty()) {
    field.problem(why, "compare it with something: ... > 0");
  }
  return query;
}

}  // namespace scenarios::engine
