// Thousands of generated queries over synthetic series at 20 ms steps, asked of this evaluator and of
// Prometheus itself (promtool test rules): the answers must be the same, to the last digit but that of an
// average.
#include "runtime/core/random.hpp"
#include "scenarios/engine/promql/evaluate.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace scenarios::engine::promql {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSteps = 60;
constexpr std::size_t kQueries = 4000;
constexpr double kStepSeconds = 0.02;
constexpr std::size_t kFirstAsked = 30;  // so that a range always begins inside of the series

/// What was seen at each step; a series may be missing at some.
using History = std::vector<Samples>;

/// Quarters: sums of them are exact, in whatever order.
double quarter(runtime::Random& random, std::uint64_t below) {
  return static_cast<double>(random.below(below)) / 4;
}

void add_counters(History& history, runtime::Random& random) {
  for (const char* source : {"model", "clip", "none"}) {
    for (const char* path : {"to_caller", "to_model"}) {
      double value = 0;
      for (auto& step : history) {
        value = random.below(25) == 0 ? 0 : value + quarter(random, 40);  // sometimes it begins anew
        step.push_back({"sent_total", {{"source", source}, {"path", path}}, value});
      }
    }
  }
}

void add_gauges(History& history, runtime::Random& random) {
  for (const char* path : {"to_caller", "to_model", "aside"}) {
    for (auto& step : history) step.push_back({"queued", {{"path", path}}, quarter(random, 100) - 8});
  }
  for (auto& step : history) step.push_back({"active", {}, quarter(random, 20)});
}

void add_histogram(History& history, runtime::Random& random) {
  for (const char* path : {"to_caller", "to_model"}) {
    std::array<double, 4> counts{};
    for (auto& step : history) {
      for (std::size_t from = random.below(5); from < counts.size(); ++from) ++counts[from];
      const std::array<const char*, 4> edges{"0.1", "0.25", "1", "+Inf"};
      for (std::size_t i = 0; i < edges.size(); ++i)
        step.push_back({"wait_seconds_bucket", {{"le", edges[i]}, {"path", path}}, counts[i]});
    }
  }
}

/// Queries of the documented subset, of a bounded depth.
class Writer {
 public:
  explicit Writer(runtime::Random& random) : random_(random) {}

  /// To be asked at this step: a range may be all that there was until then. (From a second on Go has 1.14 s
  /// as 1 + 0.14, which is another last digit.)
  std::string query(std::size_t step) {
    whole_ = step < 50 ? fmt::format("[{}ms]", step * 20) : "[400ms]";
    return vector(3);
  }

 private:
  std::string vector(int depth) {
    const auto kind = depth <= 0 ? 0 : random_.below(9);
    if (kind <= 1) return selector();
    if (kind <= 3) return aggregation(depth);
    if (kind == 4)
      return pick({"increase", "rate"}) + "(" + counter() +
             pick({"[200ms]", "[400ms]", "[100ms]", whole_.c_str()}) + ")";
    if (kind == 5)
      return "histogram_quantile(" + pick({"0.5", "0.9", "0.99", "0.1"}) + ", wait_seconds_bucket)";
    if (kind == 6) return pick({"abs", "-"}) + "(" + vector(depth - 1) + ")";
    if (kind == 7) return "absent(" + selector() + ")";
    return binary(depth);
  }

  std::string pick(std::initializer_list<const char*> words) {
    return *(words.begin() + random_.below(words.size()));
  }

  std::string matchers() {
    switch (random_.below(7)) {
      case 0:
        return R"({path="to_caller"})";
      case 1:
        return R"({path!="to_caller"})";
      case 2:
        return R"({path=~"to_.*"})";
      case 3:
        return R"q({path!~"to_(caller|nobody)"})q";
      case 4:
        return R"({source=~"model|clip",path="to_model"})";
      case 5:
        return R"({source=""})";
      default:
        return "";
    }
  }
  std::string counter() { return "sent_total" + matchers(); }
  std::string selector() {
    return pick({"sent_total", "queued", "active", "wait_seconds_bucket", "nothing"}) + matchers();
  }
  std::string labels() { return pick({"(path)", "(source)", "(path, source)", "()"}); }

  std::string aggregation(int depth) {
    const std::string grouping = pick({"", " by ", " without "});
    return pick({"sum", "min", "max", "avg", "count"}) + grouping + (grouping.empty() ? "" : labels()) + "(" +
           vector(depth - 1) + ")";
  }

  std::string number() { return pick({"0", "1", "2.5", "-3", "7", "0.25"}); }

  std::string binary(int depth) {
    const std::string arithmetic =
        pick({" + ", " - ", " * ", " / ", " % ", " == ", " != ", " < ", " > ", " <= ", " >= "});
    switch (random_.below(5)) {
      case 0:
        return "(" + vector(depth - 1) + arithmetic + number() + ")";
      case 1:
        return "(" + number() + arithmetic + vector(depth - 1) + ")";
      case 2:
        return "(" + vector(depth - 1) + pick({" and ", " or ", " unless "}) +
               pick({"", "on(path) ", "ignoring(source) "}) + vector(depth - 1) + ")";
      case 3:
        return "(sum by (path)(" + vector(depth - 1) + ")" + arithmetic + pick({"", "on(path) "}) +
               "sum by (path)(" + vector(depth - 1) + "))";
      default:
        return "(" + vector(depth - 1) + pick({" == bool ", " < bool ", " > bool "}) + number() + ")";
    }
  }

  runtime::Random& random_;
  std::string whole_;
};

bool has_no_number(const Vector& vector) {
  for (const auto& sample : vector) {
    if (std::isnan(sample.value)) return true;  // promtool holds no NaN equal to another
  }
  return false;
}

std::string yaml_number(double value) {
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  return fmt::format("{}", value);  // the shortest that reads back the same
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

/// The series in promtool's notation; `_` where one is missing.
std::string input_series(const History& history) {
  std::string yaml;
  for (std::size_t i = 0; i < history.front().size(); ++i) {
    const auto& first = history.front()[i];
    yaml += "      - series: " + quoted(series_text(first.name, first.labels)) + "\n        values: '";
    for (const auto& step : history) yaml += number_text(step[i].value) + " ";
    yaml += "'\n";
  }
  return yaml;
}

/// One query at one step with this evaluator's own answer; empty: it has none that promtool could compare.
std::string asked(const History& history, const std::string& text, std::size_t step) {
  const auto parsed = parse(text);
  const auto* query = std::get_if<std::shared_ptr<const Query>>(&parsed);
  if (query == nullptr) {
    ADD_FAILURE() << text << ": " << std::get<QueryError>(parsed).message;
    return {};
  }
  const auto seen = [&](double seconds_ago) {
    const auto back = static_cast<std::size_t>(std::llround(seconds_ago / kStepSeconds));
    return History(history.begin() + static_cast<std::ptrdiff_t>(step - back),
                   history.begin() + static_cast<std::ptrdiff_t>(step));
  };
  const Instant instant{history[step], static_cast<double>(step * 20) / 1000, seen};
  const auto value = evaluate(**query, instant);
  const auto* good = std::get_if<Value>(&value);
  const auto* vector = good == nullptr ? nullptr : std::get_if<Vector>(good);
  if (vector == nullptr || has_no_number(*vector)) return {};
  std::string yaml =
      fmt::format("      - expr: {}\n        eval_time: {}ms\n        exp_samples:", quoted(text), step * 20);
  if (vector->empty()) return yaml + " []\n";
  for (const auto& sample : *vector) {
    const std::string labels =
        sample.name.empty() && sample.labels.empty() ? "{}" : series_text(sample.name, sample.labels);
    yaml += "\n          - {labels: " + quoted(labels) + ", value: " + yaml_number(sample.value) + "}";
  }
  return yaml + "\n";
}

std::string output_of(const std::string& command, int& status) {
  std::string text;
  std::unique_ptr<FILE, decltype(&pclose)> pipe(popen(command.c_str(), "r"), nullptr);
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe.get()))
    text.append(buffer.data(), got);
  status = pclose(pipe.release());
  return text;
}

std::string without_numbers(const std::string& samples, std::vector<double>& numbers) {
  static const std::regex kNumber(R"(-?[0-9.]+E[+-][0-9]+)");
  for (std::sregex_iterator at(samples.begin(), samples.end(), kNumber), end; at != end; ++at)
    numbers.push_back(std::stod(at->str()));
  return std::regex_replace(samples, kNumber, "N");
}

/// Prometheus adds up an average in the order in which it finds the series, which is not ours to know: its
/// last digit may differ. What `said` shows of other differences is left.
std::string differences(const std::string& said) {
  static const std::regex kFailed(R"re(expr: (.*), time: .*\n\s*exp: ?(.*)\n\s*got: ?(.*)\n)re");
  std::string left;
  for (std::sregex_iterator at(said.begin(), said.end(), kFailed), end; at != end; ++at) {
    std::vector<double> expected, got;
    const bool same = without_numbers((*at)[2], expected) == without_numbers((*at)[3], got);
    const bool close = std::ranges::equal(expected, got, [](double one, double other) {
      return std::abs(one - other) <= 1e-12 * std::abs(other);
    });
    if (!same || !close || (*at)[1].str().find("avg") == std::string::npos) left += at->str();
  }
  return left;
}

TEST(PromqlDifferential, ThousandsOfQueriesGetPrometheusOwnAnswers) {
  runtime::SeededRandom random(20260101);
  History history(kSteps);
  add_counters(history, random);
  add_gauges(history, random);
  add_histogram(history, random);
  Writer writer(random);

  std::string tests;
  std::size_t count = 0;
  while (count < kQueries && !testing::Test::HasFailure()) {
    const std::size_t step = kFirstAsked + random.below(kSteps - kFirstAsked);
    const auto one = asked(history, writer.query(step), step);
    tests += one;
    count += one.empty() ? 0 : 1;
  }
  std::string folder = (fs::temp_directory_path() / "linecheck-promql-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(fs::path(folder) / "queries.yaml")
      << "evaluation_interval: 20ms\ntests:\n  - interval: 20ms\n    input_series:\n"
      << input_series(history) << "    promql_expr_test:\n"
      << tests;

  int status = 0;
  const auto said = output_of("promtool test rules " + folder + "/queries.yaml 2>&1", status);

  const bool judged = said.find("SUCCESS") != std::string::npos || said.find("exp:") != std::string::npos;
  EXPECT_TRUE(judged) << said.substr(0, 4000);
  EXPECT_EQ(differences(said), "");
  if (!testing::Test::HasFailure()) fs::remove_all(folder);
}

}  // namespace
}  // namespace scenarios::engine::promql
