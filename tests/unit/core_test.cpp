#include "runtime/core/encoding.hpp"
#include "runtime/core/random.hpp"
#include "runtime/core/utf8.hpp"

#include <gtest/gtest.h>

#include <set>

namespace runtime {
namespace {

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  return bytes;
}

TEST(Utf8, EndsWhereAByteIsNoCharacter) {
  EXPECT_EQ(utf8_until(""), 0U);
  EXPECT_EQ(utf8_until("plain ascii, longer than a word"), 31U);
  EXPECT_EQ(utf8_until("\u20ac and \U0001d11e"), 12U);
  EXPECT_EQ(utf8_until("12345678\xff"), 8U);
  EXPECT_EQ(utf8_until("ab\x80"), 2U) << "nothing goes on with it";
  EXPECT_EQ(utf8_until("ab\xc0\xaf"), 2U) << "overlong";
  EXPECT_EQ(utf8_until("ab\xed\xa0\x80"), 2U) << "a surrogate";
  EXPECT_EQ(utf8_until("ab\xf4\x90\x80\x80"), 2U) << "above U+10FFFF";
  EXPECT_EQ(utf8_until("ab\xe2\x82"), 2U) << "cut short";
}

TEST(Base64, HasTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, DecodesWhatItEncodedForEveryLength) {
  for (std::size_t size = 0; size <= 256; ++size) {
    const std::string bytes = every_byte().substr(0, size);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

TEST(Base64, AppendsToWhatIsThere) {
  std::string out = "data:";
  base64_append(out, "foobar");
  base64_append(out, "f");
  EXPECT_EQ(out, "data:Zm9vYmFyZg==");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Zg", "Zg=", "Z", "Zg===", "Z=g=", "====", "Zm9v\n", "Zm9v    ", " Zm9", "Zm9-",
                           "Zm_v", "Zg==Zg==", "\xC3\xA9Zm"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Base64, RefusesWhiteSpaceInside) {
  EXPECT_EQ(base64_decode("Zm9v\nZm9vYmE"), std::nullopt);
}

TEST(Base64, LeavesNothingOfABrokenTextBehind) {
  std::string out = "before";
  EXPECT_FALSE(base64_decode("Zm9v!!!!", out));
  EXPECT_EQ(out, "");
}

TEST(Hex, WritesTwoDigitsAByte) {
  EXPECT_EQ(hex_encode(std::string("\x00\x0F\xF0\xFF", 4)), "000ff0ff");
}

TEST(Digest, HasTheVectorsOfTheRfcs) {
  EXPECT_EQ(hex_encode(hmac_sha1("Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(EqualConstantTime, ComparesWhole) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("token", "token"));
  EXPECT_FALSE(equal_constant_time("token", "tokem"));
  EXPECT_FALSE(equal_constant_time("token", "toke"));
  EXPECT_FALSE(equal_constant_time("toke", "token"));
}

TEST(SeededRandom, HasTheStandardsNumbers) {
  // ISO C++ [rand.predef]: the 10000th value of a default-seeded mt19937_64.
  SeededRandom random(5489);
  for (int i = 1; i < 10000; ++i) random.next();
  EXPECT_EQ(random.next(), 9981545732273789042U);
}

TEST(SeededRandom, StaysInItsBounds) {
  SeededRandom random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const double unit = random.unit();
    EXPECT_GE(unit, 0.0);
    EXPECT_LT(unit, 1.0);
    seen.insert(random.below(7));
  }
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Utf8, CountsAndCutsWholeCharacters) {
  EXPECT_EQ(utf8_characters("a\u20ac\U0001d11eb", 3), "a\u20ac\U0001d11e");
  EXPECT_EQ(utf8_characters("a\u20ac", 9), "a\u20ac");
  EXPECT_EQ(utf8_characters("\u20ac", 0), "");
}

TEST(SeededRandom, MakesHexOfAnyLengthWithoutRepeatingItself) {
  SeededRandom random(1);
  const std::string hex = random.hex(48);
  EXPECT_EQ(hex.size(), 48U);
  EXPECT_EQ(hex.find_first_not_of("0123456789abcdef"), std::string::npos);
  const std::set<std::string> blocks{hex.substr(0, 16), hex.substr(16, 16), hex.substr(32),
                                     std::string(16, '0')};
  EXPECT_EQ(blocks.size(), 4U);
  EXPECT_EQ(random.hex(5).size(), 5U);
}

TEST(SystemRandom, DoesNotRepeatItself) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.next());
  EXPECT_EQ(seen.size(), 100U);
}

}  // namespace
}  // namespace runtime
