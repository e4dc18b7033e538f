// Which digits in the log are a phone number's.
#include "bridge/call/phone.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bridge::call {
namespace {

struct Case {
  const char* words;
  const char* shown;
};

constexpr Case kNumbers[] = {
    {"+14155551212", "+1415*****12"},
    {"+97231110000", "+9723*****00"},
    {"+442079460958 is busy", "+4420******58 is busy"},
    {"+20261129 is too short", "+202***29 is too short"},
    {"+1 415 555 1212", "+1 415 *** **12"},
    {"+1-415-555-1212", "+1-415-***-**12"},
    {"+1 (415) 555-1212", "+1 (415) ***-**12"},
    {"+49 30 1234567", "+49 30 *****67"},
    {"+49 1764450000", "+49 17******00"},
    {"+33 1 23 45 67 89", "+33 1 2* ** ** 89"},
    {"4155551212", "4155****12"},
    {"(415) 555-1212", "(415) 5**-**12"},
    {"415.555.1212", "415.5**.**12"},
    {"1.415.555.1212", "1.415.5**.**12"},
    {"03-1234567", "03-12***67"},
    {"020 7946 0958", "020 7*** **58"},
    {"5551212", "55***12"},
    {"sip:+14155559876@sip.example.com", "sip:+1415*****76@sip.example.com"},
    {"sip:4155559876@10.0.0.1:5060", "sip:4155****76@10.0.0.1:5060"},
    {"client:user14155559876", "client:user1415*****76"},
    {"to=+14155551212", "to=+1415*****12"},
    {"from: 4155551212", "from: 4155****12"},
    {R"({"to":"4155551212"})", R"({"to":"4155****12"})"},
    {R"("caller_id":"4155551212")", R"("caller_id":"4155****12")"},
    {"To 4155551212 is not a valid phone number", "To 4155****12 is not a valid phone number"},
    {"2026-11-29 4155551212 called", "2026-11-29 4155****12 called"},
    {"+33.6.12.34.56.78", "+33.6.1*.**.**.78"},
    {"+1/415/555/1212", "+1/415/***/**12"},
    {"+49 (0) 30 / 123 - 4567", "+49 (0) 3* / *** - **67"},
    {"06.12.34.56.78", "06.12.**.**.78"},
    {"06.12345678", "06.12****78"},
    {"02.1234567", "02.12***67"},
    {"02/123.45.67", "02/12*.**.67"},
    {"0475.12.34.56", "0475.**.**.56"},
    {"044.668.18.00", "044.6**.**.00"},
    {"415 - 555 - 1212", "415 - 5** - **12"},
    {"415\u2011555\u20111212", "415\u20115**\u2011**12"},
    {"415\u00a0555\u00a01212", "415\u00a05**\u00a0**12"},
    {"4155551212 - 31920", "4155****12 - 31920"},
    {"1701234567", "1701****67"},
    {"1764450000 may be a time, and a number in Germany",
     "1764****00 may be a time, and a number in Germany"},
    {"id=14155551212", "id=1415*****12"},
    {R"("id":"4155551212")", R"("id":"4155****12")"},
    {"session_id:4155551212", "session_id:4155****12"},
    {"attempt: 4155551212 failed", "attempt: 4155****12 failed"},
    {"192.168.100.200 called 4155551212", "192.168.100.200 called 4155****12"},
};

constexpr const char* kOtherNumbers[] = {
    "20261129",
    "backup of 20261129 is done",
    "20261129T101500Z",
    "20261129101500",
    "2026-11-29",
    "2026-11-29T10:15:00.123456789Z",
    "2026-11-29 10:15:00",
    "until 29-11-2026",
    "until 29.11.2026",
    "on 02/12/2026",
    "on 11/29/2026",
    "timestamp=1764450000",
    "10:15:00.123456789",
    "at 1764450000.123 s",
    "at 1764450000123",
    "at 1764450000123456789",
    "took 1234567 ms",
    "took 12345678us",
    "after 1234567.5 seconds",
    "10485760 bytes",
    "10485760B of 16777216B",
    "size=10485760",
    "content_length: 10485760",
    R"({"durationMs": 12345678})",
    R"("timestamp":"12345678")",
    "0.12345678 of them",
    "0.12345678901234567",
    "peer=192.168.100.200:50123",
    "port=50123",
    "127.0.0.1:8080",
    "error 31920",
    "code=21215",
    "request 550e8400-e29b-41d4-a716-446655440000",
    "CA12345678901234567890123456789012",
    "resp_C1234567aB1234567xY1234567",
    "attempt=3",
    "version 1.2.3",
    "in 12.500 s",
    "anonymous",
    "",
};

class NumbersInTheLog : public testing::TestWithParam<Case> {};
class OtherNumbersInTheLog : public testing::TestWithParam<const char*> {};

TEST_P(NumbersInTheLog, AreMasked) {
  EXPECT_EQ(masked(GetParam().words), GetParam().shown);
}
INSTANTIATE_TEST_SUITE_P(Masking, NumbersInTheLog, testing::ValuesIn(kNumbers));

TEST_P(OtherNumbersInTheLog, StayReadable) {
  EXPECT_EQ(masked(GetParam()), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Masking, OtherNumbersInTheLog, testing::ValuesIn(kOtherNumbers));

TEST(Masking, HidesWhatAPeerGivesAsANumberWhateverItLooksLike) {
  EXPECT_EQ(masked_number("20261129"), "202***29");
  EXPECT_EQ(masked_number("1764450000"), "1764****00");
  EXPECT_EQ(masked_number("415/555/1212"), "415/5**/**12");
  EXPECT_EQ(masked_number("sip:4155551212@example.com"), "sip:4155****12@example.com");
  EXPECT_EQ(masked_number("sip:1701234567@pbx.example.com"), "sip:1701****67@pbx.example.com");
  EXPECT_EQ(masked_number("sip:20261129@pbx"), "sip:202***29@pbx");
  EXPECT_EQ(masked_number("client:1771234567"), "client:1771****67");
  EXPECT_EQ(masked_number("sip:reception@192.168.100.200"), "sip:reception@192.168.100.200");
  EXPECT_EQ(masked_number("anonymous"), "anonymous");
}

}  // namespace
}  // namespace bridge::call
