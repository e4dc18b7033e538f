#include "simulators/twilio/bridge_message.hpp"
#include "tests/sim/fake_twilio_error_cases.hpp"

namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::sim::Reachability;

std::string connect(const std::string& url, const std::string& more = "") {
  return R"(<Connect><Stream url=")" + url + R"(" )" + more + "/></Connect>";
}
const std::string kMedia = "ws://bridge.test/media";

/// The stream's host cannot be reached in this way.
auto far_stream(Reachability how, std::string url) {
  return [how, url = std::move(url)](ErrorWorld& world) {
    world.fabric_.set_reachability("far.test", how);
    world.serve(connect(url));
    return world.errors();
  };
}
/// The bridge does this when the stream starts.
auto on_start(std::function<void(ErrorWorld&, ScriptedBridge::Stream&)> act) {
  return [act = std::move(act)](ErrorWorld& world) {
    world.serve(connect(kMedia), 12s);
    world.bridge_.on_message = [&world, act](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
      if (message["event"] == "start") act(world, stream);
    };
    return world.errors();
  };
}
auto served(std::string verbs) {
  return [verbs = std::move(verbs)](ErrorWorld& world) {
    world.serve(verbs);
    return world.errors();
  };
}

std::vector<TwilioError> long_parameter(ErrorWorld& world) {
  world.plan_.knobs.long_parameter = Knobs::LongParameter::fail;
  world.serve(R"(<Connect><Stream url="ws://bridge.test/media"><Parameter name="n" value=")" +
              std::string(500, 'x') + R"("/></Stream></Connect>)");
  return world.errors();
}

std::vector<TwilioError> binary_frame(ErrorWorld&) {
  BridgeMessageReader reader("MZ1");
  const BridgeMessage message = reader.read("\x01\x02", true);
  const auto& bad = std::get<BadMessage>(message);
  return {{{}, bad.code, true, bad.text}};
}

std::vector<TwilioError> talks_into_a_one_way_stream(ErrorWorld& world) {
  world.serve(R"(<Start><Stream url="ws://bridge.test/media"/></Start><Pause length="2"/>)", 3s);
  world.bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "start") stream.media(std::string(160, '\x12'));
  };
  return world.errors();
}

std::vector<TwilioError> falls_silent(ErrorWorld& world) {
  world.serve(connect(kMedia));
  world.plan_.knobs.rtp_timeout = 2s;
  world.plan_.caller = {{NoPackets{4s}, ""}};
  return world.errors();
}

}  // namespace

std::vector<ErrorCase> stream_error_cases() {
  const auto too_much = [](ErrorWorld& world, ScriptedBridge::Stream& stream) {
    (void)world;
    stream.media(std::string(16'000, '\x12'));
  };
  const auto stops_reading = [](ErrorWorld& world, ScriptedBridge::Stream&) {
    world.media->stall_to_server(std::nullopt);
  };
  const auto limited = [](auto inner, auto set) {
    return [inner, set](ErrorWorld& world) {
      set(world.plan_.knobs);
      return inner(world);
    };
  };
  return {
      {31900, false, "Stream - Unknown Error",
       "a `<Parameter>` of 500 characters, by the setting that fails it", long_parameter},
      {31901, false, "Stream - WebSocket - Connection Timeout", "the stream's host answers nothing",
       far_stream(Reachability::unroutable, "ws://far.test/media")},
      {31902, false, "Stream - WebSocket - Connection Refused", "nobody listens there",
       far_stream(Reachability::refused, "ws://far.test/media")},
      {31903, false, "Stream - WebSocket - Connection Broken Pipe", "the bridge cuts the connection",
       on_start([](ErrorWorld&, ScriptedBridge::Stream& stream) { stream.drop = true; })},
      {31904, false, "Stream - WebSocket - Host Unreachable", "the host name does not resolve",
       far_stream(Reachability::unresolved, "ws://far.test/media")},
      {31910, false, "Stream - WebSocket - SSL Protocol Error", "the TLS handshake fails",
       far_stream(Reachability::tls_failure, "wss://far.test/media")},
      {31920, false, "Stream - WebSocket - Handshake Error", "the upgrade is answered with 403",
       [](ErrorWorld& world) {
         world.bridge_.upgrade_status = 403;
         world.serve(connect(kMedia));
         return world.errors();
       }},
      {31921, false, "Stream - WebSocket - Close Error", "the bridge closes the socket",
       on_start([](ErrorWorld&, ScriptedBridge::Stream& stream) { stream.close = true; })},
      {31922, false, "Stream - WebSocket - URL Schema Not Supported", "the url is https://",
       served(connect("https://bridge.test/media"))},
      {31923, false, "Stream - WebSocket - Malformed URL", "the url has a blank in its host",
       served(connect("wss://bridge test/media"))},
      {31924, false, "Stream - Websocket - Protocol Error", "the bridge sends media on a `<Start>` stream",
       talks_into_a_one_way_stream},
      {31930, true, "Stream - Media - Buffer Overflow", "the bridge takes no more of the caller's audio",
       limited(on_start(stops_reading), [](Knobs& knobs) { knobs.upstream_limit = 100ms; })},
      {31931, true, "Stream - Media - Media Discarded", "more audio is sent than the playback buffer holds",
       limited(on_start(too_much), [](Knobs& knobs) { knobs.playback_limit = 1s; })},
      {31940, false, "Stream - Invalid connectorName attribute in TwiML", "a connectorName that is nobody's",
       served(connect(kMedia, R"(connectorName="dialogflow")"))},
      {31941, false, "Stream - Invalid Track configuration", "`track=\"both_tracks\"` under `<Connect>`",
       served(connect(kMedia, R"(track="both_tracks")"))},
      {31950, true, "Stream - Protocol - Malformed Message", "a binary frame", binary_frame},
      {31951, true, "Stream - Protocol - Invalid Message", "an unknown event",
       on_start([](ErrorWorld&, ScriptedBridge::Stream& stream) {
         stream.out.emplace_back(R"({"event":"weather"})");
       })},
      {31953, true, "Stream - Media - RTP timeout", "the phone sends no packets (`no_packets`)",
       falls_silent},
  };
}

}  // namespace tests
