#include "scenarios/engine/intruder.hpp"

#include "runtime/async/with_deadline.hpp"
#include "simulators/twilio/signature.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace scenarios::engine {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using runtime::net::CloseReason;
using runtime::net::MessageSocket;
using simulators::twilio::CallFacts;
using simulators::twilio::StreamFacts;

namespace {

constexpr runtime::Duration kGivenToClose = 3s;
constexpr std::string_view kConnected = R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
constexpr auto kAnotherCall = "CA00000000000000000000000000000bad";

runtime::net::WebSocketRequest upgrade(Intrusion with, const StreamFacts& stream,
                                       const std::string& auth_token) {
  runtime::net::WebSocketRequest request;
  request.url = *runtime::net::parse_url(stream.url);
  request.url.target = runtime::net::path_of(request.url.target);
  if (with != Intrusion::no_signature)
    request.headers.add("X-Twilio-Signature", simulators::twilio::sign(auth_token, stream.url, {}));
  return request;
}

std::string start(Intrusion with, const CallFacts& call, const StreamFacts& stream) {
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  if (with != Intrusion::no_token) {
    for (const auto& [name, value] : stream.parameters) parameters[name] = value;
  }
  std::string call_sid = call.sid;
  if (with == Intrusion::another_call) {
    call_sid = kAnotherCall;
    if (parameters.contains("CallSid")) parameters["CallSid"] = call_sid;
  }
  const nlohmann::ordered_json message{
      {"event", "start"},
      {"sequenceNumber", "1"},
      {"start",
       {{"accountSid", call.account_sid},
        {"streamSid", stream.sid},
        {"callSid", call_sid},
        {"tracks", {"inbound"}},
        {"mediaFormat", {{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}}},
        {"customParameters", parameters}}},
      {"streamSid", stream.sid}};
  return message.dump();
}

constexpr std::uint16_t kCut = 1006;  // RFC 6455, 7.1.5: no close frame came

asio::awaitable<runtime::Result<CloseReason>> closed(MessageSocket& socket) {
  while (true) {
    const auto message = co_await socket.read();
    if (!message) co_return socket.peer_close().value_or(CloseReason{kCut, ""});
  }
}

}  // namespace

asio::awaitable<Answer> intrude(Intrusion with, const CallFacts& call, std::string auth_token,
                                runtime::net::Network& network, runtime::Clock& clock) {
  const StreamFacts& stream = *call.stream();
  auto dialled = co_await network.connect(upgrade(with, stream, auth_token));
  if (!dialled) co_return Answer{"refused", {}};
  const std::string begin = start(with, call, stream);
  for (const std::string_view message : {kConnected, std::string_view(begin)}) {
    const auto written = co_await dialled.socket->write(message);
    if (!written) co_return Answer{"closed", kCut};
  }
  const auto ended =
      co_await runtime::with_deadline(clock, clock.now() + kGivenToClose, closed(*dialled.socket));
  if (!ended) co_return Answer{"taken", {}};
  co_return Answer{"closed", ended->code};
}

}  // namespace scenarios::engine
