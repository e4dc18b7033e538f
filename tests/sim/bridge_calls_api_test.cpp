// /calls/{CallSid}: one call looked at, and ended.
#include "tests/sim/bridge_app_fixture.hpp"

#include <set>
#include <string>

namespace bridge::app {
namespace {

using testing::HasSubstr;

class CallsOfOne : public BridgeApp {
 protected:
  /// A call whose stream runs; OpenAI never answers its dial.
  Stream& running(Document& document) {
    config_.replica.name = "bridge-7";
    config_.call.model.limits.connect = 60s;
    config_.call.model.ready_within = 60s;
    fabric_.set_reachability("openai:80", runtime::sim::Reachability::unroutable);
    document = incoming();
    Stream& stream = open(document);
    loop_.run_for(3s);
    return stream;
  }
  nlohmann::json look(const std::string& sid = kSid) {
    return nlohmann::json::parse(api("GET", "/calls/" + sid).body);
  }
};

TEST_F(CallsOfOne, AreShownWithTheirCountersAndWhatHappenedWhen) {
  Document document;
  running(document);
  const auto call = look();

  EXPECT_EQ(call["replica"], "bridge-7");
  EXPECT_EQ(call["state"], "streaming");
  EXPECT_EQ(call["verdict"], nullptr);
  EXPECT_EQ(call["counters"]["frames_from_caller"], 0);
  ASSERT_EQ(call["timeline"].size(), 2U);
  EXPECT_EQ(call["timeline"][0]["what"], "twiml_served");
  EXPECT_EQ(call["timeline"][1]["what"], "stream_started");
}

TEST_F(CallsOfOne, AreListedWithTheirCounters) {
  Document document;
  Stream& stream = running(document);
  const std::string media = R"({"event":"media","sequenceNumber":"2","streamSid":"MZ1","media":)"
                            R"({"track":"inbound","chunk":"1","timestamp":"20","payload":")" +
                            runtime::base64_encode(std::string(160, '\x7f')) + R"("}})";
  boost::asio::co_spawn(loop_.context(), stream.socket->write(media),
                        [](std::exception_ptr, const runtime::Result<void>&) {});
  loop_.run_for(3s);
  const auto calls = nlohmann::json::parse(api("GET", "/calls").body)["calls"];
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0]["counters"]["frames_from_caller"], 1);
  EXPECT_EQ(calls[0]["counters"], look()["counters"]);
}

TEST_F(CallsOfOne, AreListedAsManyAsAreAskedForOfThoseThatAreOver) {
  for (int number = 0; number < 60; ++number) {
    const std::string sid = "CA" + std::string(30, 'a') + std::to_string(10 + number);
    (void)incoming(sid);
    (void)webhook("http://bridge/webhook/call_status", {{"CallSid", sid}, {"CallStatus", "completed"}});
  }
  const auto listed = [&](const std::string& query) {
    return nlohmann::json::parse(api("GET", "/calls" + query).body)["calls"].size();
  };
  EXPECT_EQ(listed(""), 50U);
  EXPECT_EQ(listed("?ended=3"), 3U);
  EXPECT_EQ(listed("?ended=20000"), 60U);
  for (const char* query : {"?ended=many", "?ended=-1", "?ended=20001", "?ended=3x"}) {
    const auto response = api("GET", std::string("/calls") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, HasSubstr("/calls?ended=50")) << query;
  }
}

TEST_F(CallsOfOne, AreListedInWholeAlsoWhereTheyAreMany) {
  std::set<std::string> sids;
  for (int number = 0; number < 450; ++number) {
    const std::string sid = "CA" + std::to_string(1000 + number);
    (void)incoming(sid);
    if (number % 9 != 0)
      (void)webhook("http://bridge/webhook/call_status", {{"CallSid", sid}, {"CallStatus", "completed"}});
  }
  const auto calls = nlohmann::json::parse(api("GET", "/calls?ended=20000").body)["calls"];
  for (const auto& call : calls) sids.insert(call["call_sid"].get<std::string>());
  EXPECT_EQ(calls.size(), 450U);
  EXPECT_EQ(sids.size(), 450U);
}

TEST_F(CallsOfOne, AtTheWrongReplicaAreAnsweredByItsNameAndWhatToDo) {
  config_.replica.name = "bridge-7";
  for (const char* method : {"GET", "DELETE"}) {
    const auto response = api(method, std::string("/calls/") + kSid);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(nlohmann::json::parse(response.body)["replica"], "bridge-7");
    EXPECT_THAT(response.body, HasSubstr("ask the other replicas"));
  }
}

TEST_F(CallsOfOne, EndPolitelyWhenTheyAreDeletedAndGoOnToNothing) {
  config_.twiml.after_stream = "<Dial>+14155550000</Dial>";
  Document document;
  Stream& stream = running(document);
  EXPECT_EQ(api("DELETE", std::string("/calls/") + kSid).status, 202);
  ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 2s));

  EXPECT_EQ(stream.closed->code, 1000);
  const auto way_on = webhook(document.redirect, {{"CallSid", kSid}});
  EXPECT_TRUE(read(way_on).hangs_up);
  EXPECT_THAT(way_on.body, testing::Not(HasSubstr("Dial")));
  EXPECT_EQ(look()["state"], "ended");
  EXPECT_EQ(api("DELETE", std::string("/calls/") + kSid).status, 200);
}

TEST_F(CallsOfOne, TakeTheTokenAndTheRightMethod) {
  EXPECT_EQ(api("GET", std::string("/calls/") + kSid, "", "guess").status, 401);
  const auto refused = api("PUT", std::string("/calls/") + kSid);
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.get("Allow"), "GET, DELETE");
}

}  // namespace
}  // namespace bridge::app
