#include "scenarios/engine/http_server.hpp"

#include "scenarios/engine/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;

using testing::HasSubstr;

Loaded load_text(const std::string& body) {
  ClipLibrary clips;
  const std::string head = "linecheck: 1\nname: x\nabout: Something.\nexpect: [verdict: normal]\n";
  return load(std::make_shared<const Source>("x.yaml", head + body), clips);
}

TEST(ScenarioHttp, RoutesAndAnswersAreReadInTheirOrder) {
  const auto loaded = load_text(
      "http:\n"
      "  crm:\n"
      "    - on: POST /lookup\n"
      "      answer: [{status: 503, after: 200ms}, {json: {name: Dana}}, hang, reset]\n"
      "      as: lookup\n");

  ASSERT_TRUE(loaded.good()) << loaded.text();
  const auto& server = loaded.scenarios[0].http.at(0);
  EXPECT_EQ(server.name, "crm");
  const auto& route = server.routes.at(0);
  EXPECT_EQ(route.text(), "POST /lookup");
  EXPECT_EQ(route.as, "lookup");
  ASSERT_EQ(route.answers.size(), 4U);
  EXPECT_EQ(route.answers[0].status, 503);
  EXPECT_EQ(route.answers[0].after, 200ms);
  EXPECT_EQ(route.answers[1].body, R"({"name":"Dana"})");
  EXPECT_EQ(route.answers[2].kind, HttpAnswer::Kind::hang);
  EXPECT_EQ(route.answers[3].kind, HttpAnswer::Kind::reset);
}

TEST(ScenarioHttp, AQueryCountsOnlyWhereTheRouteNamesOne) {
  const HttpRoute plain{"GET", "/a", {}, ""};
  const HttpRoute exact{"GET", "/a?b=1", {}, ""};
  const HttpRoute any{"GET", "/a/*", {}, ""};

  EXPECT_TRUE(plain.takes("GET", "/a?b=2"));
  EXPECT_FALSE(plain.takes("POST", "/a"));
  EXPECT_TRUE(exact.takes("GET", "/a?b=1"));
  EXPECT_FALSE(exact.takes("GET", "/a?b=2"));
  EXPECT_TRUE(any.takes("GET", "/a/b/c"));
  EXPECT_FALSE(any.takes("GET", "/b"));
}

TEST(ScenarioHttp, AddressesAreFilledInWhereverTheyStandInATextOfTheConfiguration) {
  nlohmann::json config{
      {"url", "$http.crm.url/lookup"}, {"hosts", {"$http.crm.host"}}, {"other", "$http.none.url"}};

  fill_in_addresses(config, {{"crm", "127.0.0.1", "8123"}});

  EXPECT_EQ(config["url"], "http://127.0.0.1:8123/lookup");
  EXPECT_EQ(config["hosts"][0], "127.0.0.1");
  EXPECT_EQ(config["other"], "$http.none.url");
}

TEST(ScenarioHttp, AServerThatDoesNotExistIsAnErrorWhereItIsNamed) {
  EXPECT_THAT(load_text("http: {crm: [{on: GET /a, answer: {status: 200}}]}\n"
                        "bridge: {config: {fallback: none, twiml: {prelude: $http.crn.url}}}\n")
                  .text(),
              HasSubstr("no server of 'http:' is called 'crn'"));
  EXPECT_THAT(load_text("http: {crm: [{on: GET /a, answer: {status: 200}}]}\n"
                        "bridge: {config: {twiml: {prelude: $http.crm.adress}}}\n")
                  .text(),
              HasSubstr("'$http.crm.adress' stands for nothing"));
}

}  // namespace
}  // namespace scenarios::engine
