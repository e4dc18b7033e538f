#include "runtime/net/url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {
using runtime::net::decode_form;
using runtime::net::encode_form;
using runtime::net::field;
using runtime::net::Form;
using runtime::net::parse_url;
using runtime::net::resolve_url;
using runtime::net::Url;

std::string resolved(std::string_view base, std::string_view reference) {
  const auto from = parse_url(base);
  if (!from) return "bad base";
  const auto to = resolve_url(*from, reference);
  return to ? to->text() : "none";
}

TEST(Url, IsTakenApart) {
  const auto url = parse_url("wss://Voice.example.com:8443/ws/media?a=1&b=%20#part");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "wss");
  EXPECT_EQ(url->host, "Voice.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/ws/media?a=1&b=%20");
  EXPECT_TRUE(url->secure());
  EXPECT_EQ(url->text(), "wss://Voice.example.com:8443/ws/media?a=1&b=%20");
}

TEST(Url, GetsThePortOfItsSchemeAndATarget) {
  EXPECT_EQ(parse_url("http://host")->port, 80);
  EXPECT_EQ(parse_url("ws://host")->port, 80);
  EXPECT_EQ(parse_url("HTTPS://host:/")->port, 443);
  EXPECT_EQ(parse_url("wss://host?x=1")->target, "/?x=1");
  EXPECT_EQ(parse_url("https://host:443/a")->text(), "https://host/a");
  EXPECT_EQ(parse_url("http://host:443/a")->authority(), "host:443");
}

TEST(Url, KeepsAnAddressOfVersionSixWithoutBracketsButWritesThem) {
  const auto url = parse_url("http://[::1]:8080/");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:8080");
}

TEST(Url, RefusesWhatCannotBeDialled) {
  for (const auto* text :
       {"", "host/path", "/path", "ftp://host/", "mailto:a@b", "http://", "http:///path", "http://host:0/",
        "http://host:65536/", "http://host:x/", "http://user:secret@host/", "http://ho st/",
        "http://host/a b", "http://host/%zz", "https:/host"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(Url, ResolvesAsTheExamplesOfRfc3986Do) {
  const auto* base = "http://a/b/c/d;p?q";

  EXPECT_EQ(resolved(base, "g"), "http://a/b/c/g");
  EXPECT_EQ(resolved(base, "./g"), "http://a/b/c/g");
  EXPECT_EQ(resolved(base, "g/"), "http://a/b/c/g/");
  EXPECT_EQ(resolved(base, "/g"), "http://a/g");
  EXPECT_EQ(resolved(base, "//g"), "http://g/");
  EXPECT_EQ(resolved(base, "?y"), "http://a/b/c/d;p?y");
  EXPECT_EQ(resolved(base, "g?y"), "http://a/b/c/g?y");
  EXPECT_EQ(resolved(base, "#s"), "http://a/b/c/d;p?q");
  EXPECT_EQ(resolved(base, ";x"), "http://a/b/c/;x");
  EXPECT_EQ(resolved(base, ""), "http://a/b/c/d;p?q");
  EXPECT_EQ(resolved(base, "."), "http://a/b/c/");
  EXPECT_EQ(resolved(base, ".."), "http://a/b/");
  EXPECT_EQ(resolved(base, "../g"), "http://a/b/g");
  EXPECT_EQ(resolved(base, "../.."), "http://a/");
  EXPECT_EQ(resolved(base, "../../../g"), "http://a/g");
  EXPECT_EQ(resolved(base, "/./g"), "http://a/g");
  EXPECT_EQ(resolved(base, "g;x=1/../y"), "http://a/b/c/y");
}

TEST(Url, ResolvesAbsoluteReferencesAndRefusesForeignSchemes) {
  EXPECT_EQ(resolved("http://a:81/b", "https://c/d?e"), "https://c/d?e");
  EXPECT_EQ(resolved("http://a:81/b", "//c/d"), "http://c/d");
  EXPECT_EQ(resolved("http://a:81/b", "x"), "http://a:81/x");
  EXPECT_EQ(resolved("http://a/b", "tel:123"), "none");
  EXPECT_EQ(resolved("http://a/b", "a b"), "none");
}

TEST(Form, GoesThereAndBackWithOrderRepetitionsAndEveryByte) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  const Form form{{"To", "+15551230000"}, {"a b", "x&y=z"}, {"To", ""}, {"", every_byte}};

  EXPECT_EQ(decode_form(encode_form(form)), form);
}

TEST(Form, IsWrittenAsBrowsersWriteIt) {
  const Form form{{"From", "+1 555"}, {"q", "a*b-c.d_e~f\xc3\xa9"}};

  EXPECT_EQ(encode_form(form), "From=%2B1+555&q=a*b-c.d_e%7Ef%C3%A9");
}

TEST(Form, TakesBrokenEscapesLiterally) {
  const Form expected{{"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "100%!"}, {"e", ""}};

  EXPECT_EQ(runtime::net::decode_form("a=%&b=%4&c=%zz&&d=100%!&e&"), expected);
}

TEST(Form, GivesTheFirstValueOfAName) {
  const Form form{{"a", "1"}, {"a", "2"}};

  EXPECT_EQ(field(form, "a"), "1");
  EXPECT_EQ(field(form, "b"), "");
}

TEST(Target, SplitsIntoPathAndQuery) {
  EXPECT_EQ(runtime::net::path_of("/a/b?c=d?e"), "/a/b");
  EXPECT_EQ(runtime::net::query_of("/a/b?c=d?e"), "c=d?e");
  EXPECT_EQ(runtime::net::path_of("/a"), "/a");
  EXPECT_EQ(runtime::net::query_of("/a"), "");
}
}  // namespace
