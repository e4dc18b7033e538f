#include "tests/sim/fake_twilio_error_cases.hpp"

namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::HttpRequest;
using runtime::net::make_response;

auto answer(std::string body, std::string type = "text/xml") {
  return [body = std::move(body), type = std::move(type)](ErrorWorld& world) {
    world.bridge_.answer = [body, type](const HttpRequest&) { return make_response(200, type, body); };
    return world.errors();
  };
}
auto document(std::string verbs) {
  return answer("<Response>" + verbs + "</Response>");
}

std::vector<TwilioError> plays_a_page(ErrorWorld& world) {
  world.bridge_.answer = [](const HttpRequest& request) {
    return request.target == "/voice"
               ? make_response(200, "text/xml", "<Response><Play>/hello.html</Play></Response>")
               : make_response(200, "text/html", "<p>hello</p>");
  };
  return world.errors();
}

/// A running call is given TwiML whose `<Redirect>` has nothing to be relative to.
std::vector<TwilioError> relative_action_in_an_update(ErrorWorld& world) {
  world.serve("<Say>a</Say><Pause length=\"5\"/>");
  const CallFacts& facts = world.twilio_.place(world.plan_);
  world.loop_.run_until([&] { return facts.answered_at.has_value(); }, 5s);
  world.post("Calls/" + facts.sid + ".json", {{"Twiml", "<Response><Redirect>/next</Redirect></Response>"}});
  world.loop_.run_until([&] { return world.twilio_.active_calls() == 0; }, 60s);
  return facts.errors;
}

/// Of the last call that was created in this way.
std::vector<TwilioError> created(ErrorWorld& world, const runtime::net::Form& more, int calls = 1) {
  world.serve("<Hangup/>");
  runtime::net::Form form{
      {"To", "+14155551212"}, {"From", "+18668675310"}, {"Url", "http://bridge.test/voice"}};
  form.insert(form.end(), more.begin(), more.end());
  for (int i = 0; i < calls; ++i) world.post("Calls.json", form);
  world.loop_.run_for(60s);
  return world.twilio_.calls().back()->errors;
}

std::vector<TwilioError> dials_again(ErrorWorld& world) {
  ThirdParty agent;
  agent.answers_after = 100ms;
  world.plan_.others = {agent};
  world.bridge_.answer = [](const HttpRequest& request) {
    return make_response(
        200, "text/xml",
        request.target == "/voice"
            ? "<Response><Dial><Number url=\"/whisper\">+14155551212</Number></Dial></Response>"
            : "<Response><Dial>+14155551213</Dial></Response>");
  };
  world.plan_.caller = {{Listen{2s}, ""}};
  return world.errors();
}

std::string eleven_numbers() {
  std::string all;
  for (int i = 0; i < 11; ++i) all += "<Number>+1415555121" + std::to_string(i % 10) + "</Number>";
  return all;
}

ErrorCase bad_value(int code, std::string title, std::string verbs) {
  std::string how = "`" + verbs + "`";
  return {code, true, std::move(title), std::move(how), document(std::move(verbs))};
}

}  // namespace

std::vector<ErrorCase> document_error_cases() {
  return {
      {10004, false, "Call concurrency limit exceeded", "a call more than `--concurrent-calls` is created",
       [](ErrorWorld& world) { return created(world, {}, 2); }},
      {20001, true, "Unknown parameters", "a parameter of `Calls.json` is misspelt",
       [](ErrorWorld& world) {
         return created(world, {{"StatusCallbak", "http://bridge.test/told"}});
       }},
      {21262, true, "Invalid AsyncAmdStatusCallback", "`AsyncAmd` without a usable `AsyncAmdStatusCallback`",
       [](ErrorWorld& world) {
         return created(world, {{"MachineDetection", "Enable"}, {"AsyncAmd", "true"}});
       }},
      {13201, false, "Dial: Cannot Dial out from a Dial Call Segment",
       "a `<Dial>` in the TwiML of a `<Number url>`", dials_again},
      {13250, true, "Dial: Too many URIs passed", "eleven `<Number>`s in a `<Dial>`",
       document("<Hangup/><Dial>" + eleven_numbers() + "</Dial>")},
      {13338, false, "Gather: Invalid actionOnEmptyResult value", "`<Gather actionOnEmptyResult=\"1\"/>`",
       document(R"(<Hangup/><Gather actionOnEmptyResult="1"/>)")},
      {13621, false, "Invalid 'recordingStatusCallbackEvent'",
       "`<Record recordingStatusCallbackEvent=\"over\"/>`",
       document(R"(<Hangup/><Record recordingStatusCallbackEvent="over"/>)")},
      {12100, false, "Document parse failure", "a raw `&` in an attribute",
       document(R"(<Connect><Stream url="wss://b/m?a=1&b=2"/></Connect>)")},
      {12101, false, "Invalid Twilio Markup XML version", "`<Response version=\"2\"/>`",
       answer(R"(<Response version="2"/>)")},
      {12102, false, "The root element must be Response", "`<response/>`", answer("<response/>")},
      {12200, true, "Schema validation warning", "`<connect/>`, an attribute or a child that is not known",
       document("<connect/>")},
      {13420, false, "Play: Invalid Content-Type", "`<Play>` of a page of text/html", plays_a_page},
      {13430, true, "Play: Invalid DTMF String", "`<Play digits=\"1x\"/>`",
       document(R"(<Play digits="1x"/>)")},
      {13520, true, "Say: Invalid text", "`<Say/>`", document("<Say/>")},
      {13521, true, "Say: character limits exceeded", "4097 characters in `<Say>`",
       document("<Say>" + std::string(4097, 'a') + "</Say>")},
      {13710, true, "Redirect: Invalid method value", "`<Redirect method=\"PUT\">`",
       document(R"(<Say>a</Say><Hangup/><Redirect method="PUT">/x</Redirect>)")},
      bad_value(13810, "Reject: Invalid cause", R"(<Reject reason="tired"/>)"),
      bad_value(13910, "Pause: Invalid length value", R"(<Pause length="soon"/>)"),
      {14300, false, "Start: Invalid nested noun value", "`<Start><Siprec/></Start>`",
       document("<Start><Siprec/></Start>")},
      {15004, false,
       "Action Callback URL must be an absolute URL when using TwiML to update in-progress calls",
       "a call updated with `Twiml` whose `<Redirect>` is relative", relative_action_in_an_update},
  };
}

std::vector<ErrorCase> attribute_error_cases() {
  return {
      bad_value(13210, "Dial: Invalid method value", R"(<Dial method="PUT" timeout="1">+14155551212</Dial>)"),
      bad_value(13212, "Dial: Invalid timeout value", R"(<Hangup/><Dial timeout="0">+14155551212</Dial>)"),
      bad_value(13213, "Dial: Invalid hangupOnStar value",
                R"(<Hangup/><Dial hangupOnStar="1">+14155551212</Dial>)"),
      bad_value(13214, "Dial: Invalid callerId value",
                R"(<Hangup/><Dial callerId="+1x">+14155551212</Dial>)"),
      bad_value(13215, "Dial: Invalid nested element", R"(<Hangup/><Dial><Say>a</Say></Dial>)"),
      bad_value(13216, "Invalid timeLimit value", R"(<Hangup/><Dial timeLimit="-1">+14155551212</Dial>)"),
      bad_value(13217, "Dial: Invalid record value", R"(<Hangup/><Dial record="yes">+14155551212</Dial>)"),
      bad_value(13218, "Dial: Invalid sequential value",
                R"(<Hangup/><Dial sequential="1">+14155551212</Dial>)"),
      bad_value(13219, "Dial: Invalid answerOnBridge value",
                R"(<Hangup/><Dial answerOnBridge="1">+14155551212</Dial>)"),
      bad_value(13220, "Dial: Invalid ringTone value", R"(<Hangup/><Dial ringTone="xx">+14155551212</Dial>)"),
      bad_value(13221, "Dial->Number: Invalid method value",
                R"(<Hangup/><Dial><Number method="PUT">+14155551212</Number></Dial>)"),
      bad_value(13222, "Dial->Number: Invalid sendDigits value",
                R"(<Hangup/><Dial><Number sendDigits="x">+14155551212</Number></Dial>)"),
      bad_value(13223, "Dial: Invalid phone number format", R"(<Hangup/><Dial>somebody</Dial>)"),
      bad_value(13310, "Gather: Invalid finishOnKey value", R"(<Hangup/><Gather finishOnKey="x"/>)"),
      bad_value(13311, "Gather: Invalid finishOnKey value", R"(<Hangup/><Gather finishOnKey="12"/>)"),
      bad_value(13312, "Gather: Invalid method value", R"(<Hangup/><Gather method="PUT"/>)"),
      bad_value(13313, "Gather: Invalid timeout value", R"(<Hangup/><Gather timeout="soon"/>)"),
      bad_value(13314, "Gather: Invalid numDigits value", R"(<Hangup/><Gather numDigits="0"/>)"),
      bad_value(13320, "Gather: Invalid nested verb", R"(<Hangup/><Gather><Hangup/></Gather>)"),
      bad_value(13326, "Gather: Invalid input value", R"(<Hangup/><Gather input="voice"/>)"),
      bad_value(13327, "Gather: Invalid speechTimeout value", R"(<Hangup/><Gather speechTimeout="x"/>)"),
      bad_value(13328, "Gather: Invalid maxSpeechTime value", R"(<Hangup/><Gather maxSpeechTime="x"/>)"),
      bad_value(13329, "Gather: Invalid partialResultCallbackMethod value",
                R"(<Hangup/><Gather partialResultCallbackMethod="PUT"/>)"),
      bad_value(13333, "Gather: Invalid profanityFilter value", R"(<Hangup/><Gather profanityFilter="1"/>)"),
      bad_value(13332, "Gather: Invalid bargeIn value", R"(<Hangup/><Gather bargeIn="1"/>)"),
      bad_value(13410, "Play: Invalid loop value", R"(<Hangup/><Play loop="x">/a.wav</Play>)"),
      bad_value(13510, "Say: Invalid loop value", R"(<Hangup/><Say loop="x">a</Say>)"),
      bad_value(13610, "Record: Invalid method value", R"(<Hangup/><Record method="PUT"/>)"),
      bad_value(13611, "Record: Invalid timeout value", R"(<Hangup/><Record timeout="0"/>)"),
      bad_value(13612, "Record: Invalid maxLength value", R"(<Hangup/><Record maxLength="0"/>)"),
      bad_value(13613, "Record: Invalid finishOnKey value", R"(<Hangup/><Record finishOnKey="x"/>)"),
      bad_value(13614, "Record: Invalid transcribe value", R"(<Hangup/><Record transcribe="1"/>)"),
      bad_value(13616, "Record: playBeep must be true or false", R"(<Hangup/><Record playBeep="1"/>)"),
      bad_value(13699, "Record: Invalid trim value", R"(<Hangup/><Record trim="1"/>)"),
  };
}

}  // namespace tests
