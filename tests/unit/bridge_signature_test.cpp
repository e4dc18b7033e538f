#include "bridge/app/signature.hpp"

#include <gtest/gtest.h>

namespace bridge::app {
namespace {

using runtime::net::Form;

constexpr auto kCallSid = "CA1234567890abcdef1234567890abcdef";
constexpr auto kToken = "12345678901234567890123456789012";

struct Vector {
  const char* url;
  Form form;
  const char* signature;
};

/// reference: section 4 of the Twilio reference; made with Twilio's own library.
TEST(TwilioSignature, AgreesWithTwiliosOwnLibrary) {
  const Form p{{"AccountSid", "AC00000000000000000000000000000001"},
               {"ApiVersion", "2010-04-01"},
               {"CallSid", kCallSid},
               {"CallStatus", "ringing"},
               {"Direction", "inbound"},
               {"From", "+14158675310"},
               {"To", "+18005551212"}};
  const Form repeated{{"StatusCallbackEvent", "ringing"},
                      {"StatusCallbackEvent", "answered"},
                      {"StatusCallbackEvent", "ringing"},
                      {"CallSid", kCallSid},
                      {"a", "1"},
                      {"B", "2"}};
  const Form unicode{
      {"FromCity", "São Paulo"}, {"CallerName", "Zoë 田中 😀"}, {"From", "+551149502277"}, {"Empty", ""}};
  const Vector vectors[]{
      {"https://bridge.example.com/voice/incoming", p, "NV2zvO6splwn6x4aqTArIKQevoM="},
      {"https://bridge.example.com:443/voice/incoming", p, "NCA+u+Kj/vo90SqSWVfsFM/CZJA="},
      {"https://bridge.example.com:8443/voice/incoming", p, "5VewNgV35yNIislcphmyl6ZTiDQ="},
      {"http://127.0.0.1:8080/voice/incoming?tenant=a%20b&x=1", p, "CX/yucPeDHH6Sy9EjOtkoUi15TQ="},
      {"http://127.0.0.1/voice/incoming?tenant=a%20b&x=1", p, "CnX2ZavChd8ideR3DSyYZkE3LbU="},
      {"https://bridge.example.com/voice/status", repeated, "fO11oVMxBthOMb8SM+lPK3OgHtM="},
      {"https://bridge.example.com/voice/incoming?name=%E7%94%B0", unicode, "/lH7bGndWJqrMeUYlp81DzAhVao="},
      {"https://bridge.example.com/voice/"
       "incoming?CallSid=CA1234567890abcdef1234567890abcdef&From=%2B14158675310"
       "&To=%2B18005551212",
       {},
       "iOBjZNSqoYehMf3k37ca+JG2pCQ="},
      {"wss://bridge.example.com/media-stream", {}, "VHpNBxeTF40perOJan8VHmZrcI4="},
      {"wss://bridge.example.com/media-stream/", {}, "NPUJaLkl6nXtDDXXT0iNrj3nEbs="},
      {"ws://127.0.0.1:9000/media-stream", {}, "iNRJsF/ZDOA3ciY47dhb83bX3p0="},
      {"https://h/p", {{"b", "1"}, {"A", "2"}, {"a", "3"}, {"B", "4"}}, "7n+7ZHyWmnoY2sLNg6TlTk2mEfE="},
  };
  for (const auto& [url, form, signature] : vectors) {
    EXPECT_EQ(twilio_signature("12345678901234567890123456789012", url, form), signature) << url;
  }
}

TEST(TwilioSignature, EverySpellingOfOurAddressThatTwilioUsesIsAccepted) {
  const auto token = "12345678901234567890123456789012";
  const auto stream = *runtime::net::parse_url("wss://bridge.example.com/media-stream");
  const auto root = *runtime::net::parse_url("wss://bridge.example.com");

  EXPECT_TRUE(signature_valid(token, stream, {}, "VHpNBxeTF40perOJan8VHmZrcI4="));
  EXPECT_TRUE(signature_valid(token, stream, {}, "NPUJaLkl6nXtDDXXT0iNrj3nEbs="));
  EXPECT_TRUE(signature_valid(token, root, {}, "m7lufzYV7wCCRl2ZJOCLZjjcx6s="));
  EXPECT_TRUE(signature_valid(token, root, {}, "zIBKkkdxeTAbwBHY6Q/UqRIICwk="));
  EXPECT_FALSE(signature_valid(token, stream, {}, "iNRJsF/ZDOA3ciY47dhb83bX3p0="));
  EXPECT_FALSE(signature_valid("other", stream, {}, "VHpNBxeTF40perOJan8VHmZrcI4="));
  EXPECT_FALSE(signature_valid(token, stream, {}, ""));
}

TEST(TwilioSignature, OnlyAStreamMayBeSignedWithASlashThatItsUrlDoesNotHave) {
  const auto webhook = *runtime::net::parse_url("https://bridge.example.com/voice");
  EXPECT_FALSE(signature_valid(kToken, webhook, {}, twilio_signature(kToken, webhook.text() + "/", {})));
  EXPECT_TRUE(signature_valid(kToken, webhook, {}, twilio_signature(kToken, webhook.text(), {})));
}

TEST(TwilioSignature, AStreamIsNotSignedAsAWebhookIs) {
  const auto stream = *runtime::net::parse_url("wss://bridge.example.com/media-stream");
  EXPECT_FALSE(signature_valid(kToken, stream, {},
                               twilio_signature(kToken, "https://bridge.example.com/media-stream", {})));
}

TEST(TwilioSignature, ThePortMayBeLeftOutOrNamed) {
  const auto url = *runtime::net::parse_url("https://bridge.example.com:8443/voice");
  for (const auto* text : {"https://bridge.example.com/voice", "https://bridge.example.com:8443/voice"}) {
    EXPECT_TRUE(signature_valid(kToken, url, {}, twilio_signature(kToken, text, {}))) << text;
  }
  EXPECT_FALSE(
      signature_valid(kToken, url, {}, twilio_signature(kToken, "https://bridge.example.com:443/voice", {})));
}

TEST(TwilioSignature, TheHostMayBeSignedInSmallLetters) {
  const auto url = *runtime::net::parse_url("https://Bridge.Example.com:8443/Voice");
  const auto valid = [&](const char* text) {
    return signature_valid(kToken, url, {}, twilio_signature(kToken, text, {}));
  };
  EXPECT_TRUE(valid("https://bridge.example.com/Voice"));
  EXPECT_TRUE(valid("https://bridge.example.com:8443/Voice"));
  EXPECT_TRUE(valid("https://Bridge.Example.com/Voice"));
  EXPECT_FALSE(valid("https://bridge.example.com/voice")) << "a path is another one then";
}

/// reference: section 4, number 6.
TEST(TwilioSignature, AJsonBodyIsHeldToItsHashInTheUrl) {
  const auto url = *runtime::net::parse_url(
      "https://example.com/"
      "myapp?bodySHA256=5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9");
  const std::string body = R"({"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"})";
  SignedRequest request{url, runtime::net::decode_form(body), body, "kbd8a5sPgWzdRS2n2oEH2tVQif0="};
  EXPECT_TRUE(request_valid(kToken, request, {}));

  const std::string other = R"({"CallSid":"CA1234567890ABCDF","Caller":"+12349013030"})";
  request.body = other;
  EXPECT_FALSE(request_valid(kToken, request, {}));
  request.body = body;
  request.signature = "kbd8a5sPgWzdRS2n2oEH2tVQif1=";
  EXPECT_FALSE(request_valid(kToken, request, {}));
}

TEST(TwilioSignature, ABodyWithoutAHashIsAlwaysSigned) {
  const auto url = *runtime::net::parse_url("https://example.com/myapp");
  const std::string body = R"({"CallSid":"CA1"})";
  const auto of_url_alone = twilio_signature(kToken, url.text(), {});
  EXPECT_FALSE(request_valid(kToken, {url, runtime::net::decode_form(body), body, of_url_alone}, {}));
}

TEST(TwilioSignature, ParametersThatAreAddedAfterSigningAreLeftOutWhereTheConfigurationNamesThem) {
  const auto url = *runtime::net::parse_url("https://h/p");
  const auto signature = twilio_signature(kToken, url.text(), {{"From", "+1"}});
  const SignedRequest request{url, {{"From", "+1"}, {"CallToken", "x"}, {"StirVerstat", "y"}}, "", signature};

  EXPECT_FALSE(request_valid(kToken, request, {}));
  EXPECT_FALSE(request_valid(kToken, request, {"CallToken"}));
  EXPECT_TRUE(request_valid(kToken, request, {"CallToken", "StirVerstat"}));
}

TEST(TwilioSignature, NamedParametersMayBeSignedAllTheSame) {
  const auto url = *runtime::net::parse_url("https://h/p");
  const Form form{{"From", "+1"}, {"CallToken", "x"}};
  EXPECT_TRUE(
      request_valid(kToken, {url, form, "", twilio_signature(kToken, url.text(), form)}, {"CallToken"}));
}

}  // namespace
}  // namespace bridge::app
