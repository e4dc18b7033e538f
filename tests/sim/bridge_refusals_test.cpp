// Callers whom the bridge turned away before their call could begin, by its own fault or its limits.
#include "bridge/app/commons.hpp"
#include "bridge/app/refused_connections.hpp"
#include "bridge/app/state.hpp"
#include "bridge/app/webhooks.hpp"
#include "tests/sim/bridge_app_fixture.hpp"

#include <spdlog/sinks/base_sink.h>

#include <exception>
#include <mutex>

namespace bridge::app {
namespace {

using runtime::net::Refusal;
using testing::HasSubstr;
using testing::Not;

class Refusals : public BridgeApp {
 protected:
  std::string logged() { return std::exchange(text_, std::ostringstream()).str(); }
  double refused(const std::string& reason, const std::string& listener = "public") {
    return count("voicebridge_connections_refused_total{listener=\"" + listener + "\",reason=\"" + reason +
                 "\"}");
  }
};

TEST_F(Refusals, ConnectionsBeyondTheLimitAreCountedAndWrittenDownOnceAMinute) {
  RefusedConnections connections(loop_.clock(), book_.add_sheet({"voicebridge_connections_refused_total"}),
                                 *log_, {RefusedConnections::Listener::of_worker, 70});
  for (int n = 0; n < 40; ++n) connections.add(Refusal::connections);
  EXPECT_THAT(logged(), HasSubstr(" 1 connections refused: limits.connections=70 of one worker are open"));

  loop_.run_for(59s);
  connections.look();
  connections.add(Refusal::idle);
  EXPECT_EQ(logged(), "") << "who says nothing was no caller";
  loop_.run_for(2s);
  connections.look();
  EXPECT_THAT(logged(), HasSubstr(" 39 connections refused: limits.connections=70 of one worker are open"));
  connections.look();
  connections.finish();
  EXPECT_EQ(logged(), "");
  connections.add(Refusal::connections);
  connections.finish();
  EXPECT_THAT(logged(), HasSubstr(" 1 connections refused"));
  EXPECT_EQ(refused("connections"), 41);
  EXPECT_EQ(refused("idle"), 1);
}

TEST_F(Refusals, ThoseOfTheAdminListenerAreNoCallers) {
  RefusedConnections connections(loop_.clock(), book_.add_sheet({"voicebridge_connections_refused_total"}),
                                 *log_, {RefusedConnections::Listener::of_admin, 70});
  connections.add(Refusal::connections);

  EXPECT_THAT(logged(),
              HasSubstr(" 1 connections refused: limits.connections=70 of the admin listener are open"));
  EXPECT_EQ(refused("connections", "admin"), 1);
  EXPECT_EQ(refused("connections"), 0);
}

/// What is thrown out of a logger, which catches whatever is a std::exception.
struct Bug {};
class Broken final : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(const spdlog::details::log_msg&) override { throw Bug(); }
  void flush_() override {}
};

TEST_F(Refusals, AWebhookThatThrowsCountsAsTheErrorThatItIsAnsweredWith) {
  spdlog::logger broken("broken", std::make_shared<Broken>());
  broken.set_error_handler([](const std::string&) {});
  Commons commons(book_, config_, random_);
  State state({loop_.context().get_executor(), loop_.clock(), ticker_, fabric_.network("bridge"), random_,
               book_, broken},
              config_, commons);
  Webhooks webhooks(state);
  const Form form{{"CallSid", kSid}, {"To", "+1800"}, {"From", "+1900"}};
  const auto url = "http://bridge:80/webhook/incoming_call";
  runtime::net::HttpRequest request;
  request.method = "POST";
  request.target = "/webhook/incoming_call";
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("X-Twilio-Signature", twilio_signature("token", url, form));
  request.body = runtime::net::encode_form(form);

  std::exception_ptr thrown;
  boost::asio::co_spawn(loop_.context(), webhooks.respond(request, "incoming_call"),
                        [&](std::exception_ptr error, const runtime::net::HttpResponse&) { thrown = error; });
  ASSERT_TRUE(loop_.run_until([&] { return thrown != nullptr; }, 1s));
  EXPECT_THROW(std::rethrow_exception(thrown), Bug);

  EXPECT_EQ(count("voicebridge_webhook_requests_total{route=\"incoming_call\",status=\"5xx\"}"), 1);
  EXPECT_EQ(count("voicebridge_webhook_requests_total{route=\"incoming_call\",status=\"2xx\"}"), 0);
}

}  // namespace
}  // namespace bridge::app
