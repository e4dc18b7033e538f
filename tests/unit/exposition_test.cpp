#include "scenarios/engine/promql/exposition.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace scenarios::engine::promql {
namespace {

Samples read(std::string_view text) {
  auto parsed = parse_exposition(text);
  const auto* error = std::get_if<ExpositionError>(&parsed);
  EXPECT_EQ(error, nullptr) << error->line << ": " << error->message;
  return error == nullptr ? std::get<Samples>(parsed) : Samples{};
}

std::string refusal(std::string_view text) {
  auto parsed = parse_exposition(text);
  const auto* error = std::get_if<ExpositionError>(&parsed);
  return error == nullptr ? "" : std::to_string(error->line) + ": " + error->message;
}

TEST(Exposition, ReadsNamesLabelsAndValues) {
  const auto samples = read(
      "# HELP x Something.\n# TYPE x counter\nx 3\nx_bucket{le=\"+Inf\", a=\"b\"} 1.5e3 1700000000\n\n"
      "  y { } -0.5\r\nz{text=\"a\\\"b\\\\c\\nd\",} +Inf\n# EOF");

  EXPECT_EQ(samples, (Samples{{"x", {}, 3},
                              {"x_bucket", {{"a", "b"}, {"le", "+Inf"}}, 1500},
                              {"y", {}, -0.5},
                              {"z", {{"text", "a\"b\\c\nd"}}, HUGE_VAL}}));
}

TEST(Exposition, ReadsNotANumber) {
  EXPECT_TRUE(std::isnan(read("x NaN").at(0).value));
}

TEST(Exposition, OneBadLineRefusesTheWhole) {
  EXPECT_EQ(refusal("x 1\ny one\n"), "2: 'one' is no number");
  EXPECT_EQ(refusal("x"), "1: '' is no number");
  EXPECT_EQ(refusal("1x 1"), "1: expected the name of a metric");
  EXPECT_EQ(refusal("x{a} 1"), "1: expected '=' after label 'a'");
  EXPECT_EQ(refusal("x{a=b} 1"), "1: the value of a label stands in quotes");
  EXPECT_EQ(refusal("x{a=\"b} 1"), "1: the value of a label has no closing quote");
  EXPECT_EQ(refusal("x{a=\"b\" c=\"d\"} 1"), "1: expected ',' or '}' after a label");
  EXPECT_EQ(refusal("x{a=\"1\",a=\"2\"} 1"), "1: label 'a' twice");
  EXPECT_EQ(refusal("x{a=\"\\q\"} 1"), "1: unknown escape in a label");
}

TEST(Exposition, TakesTheLinesOfWholeNames) {
  const Names names{"calls_total", "silent"};
  EXPECT_EQ(lines_of(names,
                     "# HELP calls_total of calls\ncalls_total{a=\"1\"} 1\ncalls_total{a=\"2\"} 2\n"
                     "calls_total_seconds 3\nsilent 0\nsilently 1\n"),
            "calls_total{a=\"1\"} 1\ncalls_total{a=\"2\"} 2\nsilent 0\n");
}

TEST(Exposition, KnowsWhatIsNewBesideNumbers) {
  NewSeries series;
  EXPECT_EQ(series.of("# HELP a of a\na{b=\"x} y\"} 1\nc 2\n"), "# HELP a of a\na{b=\"x} y\"}\nc\n");
  EXPECT_EQ(series.of("# HELP a of a\na{b=\"x} y\"} 7\nc 8 1700000000\nd 1"), "d\n");
}

TEST(Exposition, WritesSeriesAsItReadsThem) {
  const Labels labels{{"a", "q\"b\\s\nn"}};

  const auto samples = read(series_text("x", labels) + " 1");

  EXPECT_EQ(samples.at(0).labels, labels);
}

}  // namespace
}  // namespace scenarios::engine::promql
