#include "runtime/net/http.hpp"

#include <gtest/gtest.h>

namespace {
using runtime::net::Headers;

TEST(Headers, AreFoundWithoutRegardToCase) {
  Headers headers;
  headers.add("Content-Type", "text/xml");

  EXPECT_EQ(headers.get("content-type"), "text/xml");
  EXPECT_TRUE(headers.has("CONTENT-TYPE"));
  EXPECT_FALSE(headers.has("Content"));
  EXPECT_EQ(headers.get("Content"), "");
}

TEST(Headers, KeepRepetitionsUntilSet) {
  Headers headers;
  headers.add("Via", "a");
  headers.add("via", "b");
  EXPECT_EQ(headers.get("Via"), "a");

  headers.set("VIA", "c");

  ASSERT_EQ(headers.fields.size(), 1U);
  EXPECT_EQ(headers.get("Via"), "c");
}

TEST(Response, CarriesItsTypeAndStatus) {
  const auto response = runtime::net::make_response(404, "text/plain", "no such call");

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(response.body, "no such call");
  EXPECT_EQ(runtime::net::reason_phrase(404), "Not Found");
  EXPECT_EQ(runtime::net::reason_phrase(503), "Service Unavailable");
  EXPECT_EQ(runtime::net::reason_phrase(799), "Unknown");
}
}  // namespace
