// Visitors: how they are read, and what is expected for them.
#include "scenarios/engine/loader.hpp"
#include "tests/unit/expectations_test.hpp"

namespace scenarios::engine {
namespace {

Loaded visitors(const std::string& body) {
  ClipLibrary clips;
  const std::string head = "linecheck: 1\nname: x\nabout: Something.\nexpect: [verdict: normal]\n";
  return load(std::make_shared<const Source>("x.yaml", head + body), clips);
}

TEST(ScenarioVisitors, AreReadWithAllThatTheySayAndWhereTheyStop) {
  const auto loaded = visitors(
      "visitors:\n"
      "  - {as: hog, at: 2s, door: admin, request: \"POST /a?b=1\", headers: {X-A: b},\n"
      "     user: u, password: p, header_size: 1KiB, body_size: 2MiB, stops: in_body, connections: 3,\n"
      "     for: 5s}\n"
      "  - {as: plain, after: hog, in: 1s}\n");

  ASSERT_TRUE(loaded.good()) << loaded.text();
  const auto& hog = loaded.scenarios[0].visitors.at(0);
  EXPECT_EQ(hog.in, 2s);
  EXPECT_EQ(hog.door, VisitorPlan::Door::of_admin);
  EXPECT_EQ(hog.method + " " + hog.target, "POST /a?b=1");
  EXPECT_EQ(hog.headers.at(0).second, "b");
  EXPECT_EQ(hog.user + hog.password, "up");
  EXPECT_EQ(hog.header_bytes, 1024U);
  EXPECT_EQ(hog.body_bytes, 2U << 20U);
  EXPECT_EQ(hog.stops, VisitorPlan::Stops::in_body);
  EXPECT_EQ(hog.connections, 3U);
  EXPECT_EQ(hog.stays, 5s);
  const auto& plain = loaded.scenarios[0].visitors.at(1);
  EXPECT_EQ(plain.after, "hog");
  EXPECT_EQ(plain.method + " " + plain.target, "GET /");
  EXPECT_EQ(plain.stays, 30s);
}

TEST(ScenarioVisitors, MayStayForLongerThanTheScenarioLasts) {
  EXPECT_TRUE(visitors("visitors: [{as: patient, at: 2s, for: 5min}]\n").good());
}

class VisitorExpectations : public Expectations {
 protected:
  VisitorExpectations() { evidence_.visits = &visits_; }

  Visit& visit(std::optional<int> status, std::optional<Duration> closed) {
    Visit& made = visits_["hog"].emplace_back();
    made.came = kStart + 2s;
    made.status = status;
    if (closed) made.closed = made.came + *closed;
    made.over = true;
    return made;
  }
  Outcome judged(std::optional<int> status, std::optional<std::pair<Duration, Duration>> closed,
                 std::optional<std::size_t> times = {}) {
    VisitorCheck check;
    check.name = "hog";
    check.status = status;
    check.closed_within = closed;
    check.times = times;
    return outcome(std::move(check));
  }

  Visits visits_;
};

TEST_F(VisitorExpectations, AnAnswerIsJudgedByItsStatusAndItsBody) {
  visit(413, std::nullopt).body = "body limit exceeded\n";
  VisitorCheck check;
  check.name = "hog";
  check.contains = "limit";
  EXPECT_TRUE(outcome(check).passed());
  check.contains = "password";
  EXPECT_FALSE(outcome(check).passed());

  EXPECT_TRUE(judged(413, {}).passed());
  EXPECT_FALSE(judged(VisitorCheck::kUnanswered, {}).passed());
  EXPECT_EQ(judged(200, {}).why,
            "0 of 1 connections are so; among the others:\n"
            "    2.00 s: answered with 413: body limit exceeded, and not closed");
}

TEST_F(VisitorExpectations, HowAVisitEndedIsTold) {
  visit(404, {}).left = true;
  EXPECT_EQ(judged(200, {}).why,
            "0 of 1 connections are so; among the others:\n    2.00 s: answered with 404, and left");
  visits_["hog"].front() = {};
  EXPECT_THAT(judged(200, {}).why, HasSubstr("not answered, and still there when the scenario ended"));
}

TEST_F(VisitorExpectations, ACloseIsCountedFromWhenTheVisitorCame) {
  visit(std::nullopt, 10s);
  EXPECT_TRUE(judged(VisitorCheck::kUnanswered, {{10s, 11s}}).passed());
  EXPECT_TRUE(judged({}, {{9s, 10s}}).passed());
  EXPECT_FALSE(judged({}, {{11s, 12s}}).passed());
  EXPECT_THAT(judged({}, {{8s, 9s}}).why, HasSubstr("2.00 s: not answered, closed after 10.00 s"));
}

TEST_F(VisitorExpectations, HoldOfAllConnectionsOrOfExactlySoMany) {
  visit({}, 0s);
  visit({}, 0s);
  visit({}, {});
  EXPECT_FALSE(judged({}, {{0s, 1s}}).passed());
  EXPECT_TRUE(judged({}, {{0s, 1s}}, 2).passed());
  EXPECT_FALSE(judged({}, {{0s, 1s}}, 3).passed());
  EXPECT_THAT(judged({}, {{0s, 1s}}, 1).why, HasSubstr("2 of 3 connections are so, among them:"));
}

TEST_F(VisitorExpectations, WhoNeverCameOrNeverGotThroughFailsThem) {
  EXPECT_EQ(judged(200, {}).why, "'hog' never came");
  visit({}, {}).unreachable = "nobody listens";
  EXPECT_FALSE(judged(VisitorCheck::kUnanswered, {}).passed());
  EXPECT_THAT(judged(200, {}).why, HasSubstr("no connection: nobody listens"));
}

}  // namespace
}  // namespace scenarios::engine
