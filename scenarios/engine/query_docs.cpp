#include "scenarios/engine/query_docs.hpp"

namespace scenarios::engine {

std::string_view query_docs() {
  return R"(## PromQL

An entry of `expect:` that is a text, and `that:`, is a condition in a subset of PromQL, with Prometheus'
meaning.

| there are | |
| --- | --- |
| selectors | `name`, `name{one="x", other!="x", third=~"a.*", fourth!~"a"}` |
| aggregations | `sum`, `min`, `max`, `avg`, `count`, with `by (...)` or `without (...)` on either side |
| functions | `increase`, `rate`, `histogram_quantile`, `absent`, `abs`, `scalar`, `vector` |
| operators | `+ - * / % ^`, `== != < <= > >=`, also with `bool`, and `and`, `or`, `unless` |
| matching | `on (...)`, `ignoring (...)` |

There are no `offset`, `@`, subqueries, `group_left`, `group_right` and no other functions. A regular
expression matches the whole value, and is one that Prometheus takes as well (RE2): no lookahead, no
backreference, and `(?i)` only at its beginning. Lint knows every metric, its labels and their values
(docs/metrics.md).

- **Counters begin at zero** with the scenario, whatever the process had counted before: `x_total == 1`
  says what this scenario added. Gauges are as they are.
- **`increase(x_total)` and `rate(x_total)` need no range.** Without one they span the whole scenario,
  with `[5s]` the last five seconds. Both are exact and never extrapolated. A series that appears counts
  from zero, and one that fell has begun anew.
- **`histogram_quantile(0.9, x_seconds_bucket)` is over the whole scenario**, for buckets are counters.
  `sum by (le) (...)` around them makes one of many, `increase(x_seconds_bucket[5s])` takes a part of
  the time.
- **A comparison at the top must hold for every series** of its left side, each with a partner where the
  right side has series as well: `x_seconds < 1` fails as soon as one is above. With `bool`, none may be
  0.
- **What selects nothing fails**, also with `== 0`: a value that no series has is misspelt more often
  than not. `absent(...)` asks for just that. Of labels with a closed set of values every series exists
  from the start.
- `and`, `or` and `unless` hold where they leave a series. A query that compares nothing is no
  condition, but for `absent(...)`.
- Without a window it is asked once, at the end. `within` and `between` want it to hold at some moment,
  `always` at every and `never` at none: it is asked whenever the metrics have changed.

If a bridge of somebody else's does not publish a metric that is asked for, the query is not applicable.

)";
}

}  // namespace scenarios::engine
