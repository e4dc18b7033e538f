#include "scenarios/engine/promql/evaluate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>

namespace scenarios::engine::promql {
namespace {

using testing::HasSubstr;

const Samples kSamples{
    {"dropped", {{"path", "to_caller"}, {"reason", "stale"}}, 3},
    {"dropped", {{"path", "to_caller"}, {"reason", "late"}}, 0},
    {"dropped", {{"path", "to_model"}, {"reason", "stale"}}, 0},
    {"sent", {{"source", "model"}}, 100},
    {"sent", {{"source", "clip"}}, 20},
    {"received", {}, 60},
    {"wait_bucket", {{"le", "0.1"}}, 1},
    {"wait_bucket", {{"le", "0.5"}}, 3},
    {"wait_bucket", {{"le", "+Inf"}}, 4},
    {"taken", {{"source", "model"}}, 90},
    {"taken", {{"source", "clip"}}, 20},
};

std::shared_ptr<const Query> query(const std::string& text) {
  auto parsed = parse(text);
  const auto* error = std::get_if<QueryError>(&parsed);
  EXPECT_EQ(error, nullptr) << text << ": " << (error == nullptr ? "" : error->message);
  return error == nullptr ? std::get<std::shared_ptr<const Query>>(parsed) : nullptr;
}

Instant instant() {
  return {kSamples, 10, [](double) { return std::vector<Samples>{{{"sent", {{"source", "model"}}, 40}}}; }};
}

/// "name{labels} value" of every series; the value alone of one without labels, and of a number.
std::string result(const std::string& text) {
  const auto parsed = query(text);
  if (!parsed) return "no query";
  const auto value = evaluate(*parsed, instant());
  if (const auto* error = std::get_if<QueryError>(&value)) return "error: " + error->message;
  const auto& good = std::get<Value>(value);
  if (const auto* number = std::get_if<double>(&good)) return number_text(*number);
  std::string out;
  for (const auto& sample : std::get<Vector>(good)) {
    const std::string series = series_text(sample.name, sample.labels);
    out += (out.empty() ? "" : "; ") + series + (series.empty() ? "" : " ") + number_text(sample.value);
  }
  return out;
}

Judgement judged(const std::string& text) {
  return judge(*query(text), instant());
}

QueryError refused(const std::string& text) {
  auto parsed = parse(text);
  const auto* error = std::get_if<QueryError>(&parsed);
  EXPECT_NE(error, nullptr) << text;
  return error == nullptr ? QueryError{} : *error;
}

struct Row {
  const char* query;
  const char* result;
};

class Evaluation : public testing::TestWithParam<Row> {};

TEST_P(Evaluation, IsPrometheus) {
  EXPECT_EQ(result(GetParam().query), GetParam().result) << GetParam().query;
}

INSTANTIATE_TEST_SUITE_P(Arithmetic, Evaluation,
                         testing::Values(Row{"1 + 2 * 3", "7"}, Row{"(1 + 2) * 3", "9"}, Row{"-2 ^ 2", "-4"},
                                         Row{"2 ^ 3 ^ 2", "512"}, Row{"7 % 4", "3"}, Row{"10 - 3 - 2", "5"},
                                         Row{"1 / 0", "+Inf"}, Row{"1 < bool 2", "1"}, Row{"2 ^ -1", "0.5"},
                                         Row{"received * 2", "120"}, Row{"100 - received", "40"},
                                         Row{"-received", "-60"}, Row{"1e3 # a comment", "1000"}));

INSTANTIATE_TEST_SUITE_P(Selectors, Evaluation,
                         testing::Values(Row{"received", "received 60"},
                                         Row{"sent{source=\"clip\"}", "sent{source=\"clip\"} 20"},
                                         Row{"sent{source!=\"clip\"}", "sent{source=\"model\"} 100"},
                                         Row{"sent{source=~\"cl.*\"}", "sent{source=\"clip\"} 20"},
                                         Row{"sent{source=~\"cl\"}", ""},  // anchored at both ends
                                         Row{"sent{source!~\"c.*|x\"}", "sent{source=\"model\"} 100"},
                                         Row{"received{absent=\"\"}", "received 60"},
                                         Row{"received{absent!=\"\"}", ""}));

INSTANTIATE_TEST_SUITE_P(
    Comparisons, Evaluation,
    testing::Values(Row{"sent > 50", "sent{source=\"model\"} 100"},
                    Row{"50 < sent", "sent{source=\"model\"} 100"}, Row{"received > bool 100", "0"},
                    Row{"sent == taken", "sent{source=\"clip\"} 20"},
                    Row{"sent - taken", "{source=\"clip\"} 0; {source=\"model\"} 10"},
                    Row{"sum(sent) - on() received", "60"},
                    Row{"sent - on() received",
                        "error: several series of this side match the same series of the other"}));

INSTANTIATE_TEST_SUITE_P(
    Aggregations, Evaluation,
    testing::Values(Row{"sum(sent)", "120"}, Row{"min(sent)", "20"}, Row{"max(sent)", "100"},
                    Row{"avg(sent)", "60"}, Row{"count(sent)", "2"},
                    Row{"sum by (path) (dropped)", "{path=\"to_caller\"} 3; {path=\"to_model\"} 0"},
                    Row{"sum(dropped) by (path)", "{path=\"to_caller\"} 3; {path=\"to_model\"} 0"},
                    Row{"sum without (reason) (dropped)", "{path=\"to_caller\"} 3; {path=\"to_model\"} 0"},
                    Row{"sum(missing)", ""}, Row{"count(missing)", ""}));

INSTANTIATE_TEST_SUITE_P(
    SetsAndFunctions, Evaluation,
    testing::Values(Row{"sent and taken", "sent{source=\"clip\"} 20; sent{source=\"model\"} 100"},
                    Row{"sent unless taken == 20", "sent{source=\"model\"} 100"},
                    Row{"received or missing", "received 60"}, Row{"missing or received", "received 60"},
                    Row{"absent(missing{a=\"b\",c=~\"d\"})", "{a=\"b\"} 1"}, Row{"absent(received)", ""},
                    Row{"increase(sent[5s])", "{source=\"clip\"} 20; {source=\"model\"} 60"},
                    Row{"increase(sent{source=\"model\"})", "{source=\"model\"} 60"},
                    Row{"rate(sent{source=\"model\"}[5s])", "{source=\"model\"} 12"},
                    Row{"rate(sent{source=\"model\"})", "{source=\"model\"} 6"},
                    Row{"histogram_quantile(0.5, wait_bucket)", "0.30000000000000004"},
                    Row{"histogram_quantile(1, wait_bucket)", "0.5"},
                    Row{"histogram_quantile(2, wait_bucket)", "+Inf"}, Row{"scalar(received)", "60"},
                    Row{"vector(3)", "3"}, Row{"abs(-received)", "60"}));

TEST(Judgement, AComparisonHasToHoldForEverySeriesOfItsLeftSide) {
  const auto judgement = judged("dropped == 0");

  EXPECT_FALSE(judgement.holds);
  EXPECT_EQ(judgement.why, "dropped{path=\"to_caller\",reason=\"stale\"} is 3, which is not == 0");
}

TEST(Judgement, AnEmptyResultNeverHolds) {
  EXPECT_FALSE(judged("missing == 0").holds);
  EXPECT_EQ(judged("missing == 0").why, "no series: missing selects nothing");
  EXPECT_FALSE(judged("sum(missing) == 0").holds);
  EXPECT_FALSE(judged("sent > 50 and missing").holds);
}

TEST(Judgement, AnEmptyResultShowsWhatItsPartsCameTo) {
  EXPECT_EQ(judged("received == 3 or received == 4").why,
            "the result is empty: received is 60, which is not == 3; received is 60, which is not == 4");
  EXPECT_EQ(judged("received == 60 and sum(sent) == 4").why,
            "the result is empty: received is 60; sum(sent) is 120, which is not == 4");
  EXPECT_EQ(judged("received > 1 and missing").why,
            "the result is empty: received is 60; no series: missing selects nothing");
  EXPECT_EQ(judged("absent(received)").why, "the result is empty: received is 60");
  EXPECT_EQ(judged("3 == missing").why, "no series: missing selects nothing");
}

TEST(Judgement, ASeriesWithoutAPartnerBreaksAComparisonOfSeries) {
  EXPECT_FALSE(judged("sent == taken{source=\"clip\"}").holds);
  EXPECT_THAT(judged("sent == taken{source=\"clip\"}").why,
              HasSubstr("sent{source=\"model\"} has no partner"));
}

TEST(Judgement, HoldsWithTheValuesItCameTo) {
  EXPECT_TRUE(judged("sum(sent) >= 120").holds);
  EXPECT_EQ(judged("sum(sent) >= 120").why, "sum(sent) is 120");
  EXPECT_TRUE(judged("absent(missing)").holds);
  EXPECT_TRUE(judged("50 < received").holds);
  EXPECT_FALSE(judged("70 < received").holds);
  EXPECT_FALSE(judged("sent > bool 50").holds);
}

TEST(Judgement, NotANumberHoldsNothing) {
  EXPECT_FALSE(judged("received / 0 * 0 == 0").holds);
  EXPECT_FALSE(judged("received / 0 * 0 != 0 and received < 0").holds);
}

TEST(Judgement, AQueryThatCannotSayNoIsNoCondition) {
  EXPECT_NE(why_no_condition(*query("sum(sent)")), "");
  EXPECT_EQ(why_no_condition(*query("sum(sent) > 0")), "");
  EXPECT_EQ(why_no_condition(*query("absent(sent)")), "");
}

TEST(SinceStart, CountersBeginAtZeroAndGaugesStay) {
  const Samples start{{"x_total", {}, 40}, {"y_total", {}, 9}, {"depth", {}, 5}};

  const auto now =
      since_start({{"x_total", {}, 42}, {"y_total", {}, 2}, {"depth", {}, 7}, {"new_total", {}, 1}}, start);

  EXPECT_EQ(now, (Samples{{"x_total", {}, 2}, {"y_total", {}, 2}, {"depth", {}, 7}, {"new_total", {}, 1}}));
}

struct Refusal {
  const char* query;
  std::size_t offset;
  const char* message;
};
class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, NameThePlaceAndTheReason) {
  const auto error = refused(GetParam().query);

  EXPECT_EQ(error.offset, GetParam().offset) << error.message;
  EXPECT_THAT(error.message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, Refusals,
    testing::Values(
        Refusal{"", 0, "the query ends"}, Refusal{"x =", 2, "'=' is only for labels"},
        Refusal{"x == ", 5, "the query ends"}, Refusal{"sum(x", 5, "expected ')'"},
        Refusal{"x{a==\"b\"}", 3, "a label is followed by"}, Refusal{"x{a=b}", 4, "stands in quotes"},
        Refusal{"x{a=\"b}", 4, "no closing quote"}, Refusal{"x{a=~\"(\"}", 5, "no regular expression"},
        Refusal{"x{a=~\"b{1,8888888888}\"}", 5, "more than nine digits"},
        Refusal{"x{a=~\"to(?=_).*\"}", 5, "have no '(?='"}, Refusal{"x{a!~\"(a)\\\\1\"}", 5, "have no '\\1'"},
        Refusal{"x{a=~\"[\\\\e]\"}", 5, "have no '\\e'"}, Refusal{"x{a=~\"a**\"}", 5, "have no '**'"},
        Refusal{"x{a=~\"a{2}{3}\"}", 5, "have no '{2}{'"}, Refusal{"x{a=~\"[]a]\"}", 5, "have no '[]'"},
        Refusal{"x{a=~\"[\\\\b]\"}", 5, "have no '\\b'"},
        Refusal{"x{a=~\"b{2,1001}\"}", 5, "have no '{2,1001}'"}, Refusal{"{a=\"b\"}", 0, "without the name"},
        Refusal{"x[5]", 2, "a range is a time"}, Refusal{"x[5s]", 0, "only inside of increase"},
        Refusal{"x > 5s", 4, "is a time"}, Refusal{"1 == 1", 2, "'== bool'"},
        Refusal{"x and 1", 2, "joins sets of series"}, Refusal{"topk(1, x)", 0, "no function of the subset"},
        Refusal{"absent(1)", 7, "needs series"}, Refusal{"absent(x, x)", 0, "takes 1 argument"},
        Refusal{"x && y", 2, "unexpected '&'"},
        Refusal{"x + on(a) group_left y", 10, "not part of the subset"},
        Refusal{"x offset 5m", 2, "not part of the subset"}, Refusal{"x[5y]", 3, "no unit of time"},
        Refusal{"x y", 2, "unexpected 'y'"}, Refusal{"x{a=\"\\d\"}", 5, "unknown escape"}));

TEST(Parsing, TakesThePatternsThatPrometheusTakes) {
  for (const char* pattern : {"to_.*", "(?:a|b)+", "[(?=]\\\\d{2,1000}", "[[:alpha:]]?", "(?i)Inbound",
                              "a\\\\.b", "(a*)+", "a{2}?b*?", "[^a]+[*+]*"})
    EXPECT_NE(query("x{a=~\"" + std::string(pattern) + "\"}"), nullptr) << pattern;
}

TEST(Parsing, NestingHasABound) {
  EXPECT_THAT(refused(std::string(1000, '(') + "1").message, HasSubstr("nested too deeply"));
  EXPECT_THAT(refused(std::string(5000, '1')).message, HasSubstr("longer than 4096"));
}

TEST(Parsing, KnowsTheMetricsThatItNames) {
  EXPECT_THAT(query("sum(a{x=\"1\"}) + on() b unless a")->metric_names(), testing::ElementsAre("a", "b"));
}

}  // namespace
}  // namespace scenarios::engine::promql
