// The reading and writing of JSON that both codecs of the bridge stand on.
#include "bridge/json/reader.hpp"
#include "bridge/json/text.hpp"

#include <gmock/gmock.h>

#include <array>
#include <string>

namespace {
using namespace bridge::json;
using Kind = Slot::Kind;

TEST(JsonReader, FindsValuesInTheMessageAndOneObjectDown) {
  Reader reader;
  std::array<Slot, 6> slots{{{"", "a"}, {"o", "a"}, {"", "n"}, {"", "z"}, {"", "f"}, {"", "o"}}};

  ASSERT_EQ(reader.read(R"({"o":{"a":"in\u0041","o":{"a":7}},"n":-5,"z":null,"f":1.0,"a":"out"})", slots),
            Reader::Outcome::object);

  EXPECT_EQ(slots[0].text, "out");
  EXPECT_EQ(slots[1].text, "inA");
  EXPECT_EQ(slots[2].kind, Kind::integer);
  EXPECT_EQ(slots[2].integer, -5);
  EXPECT_EQ(slots[3].kind, Kind::null);
  EXPECT_EQ(slots[4].kind, Kind::other);
  EXPECT_EQ(slots[5].kind, Kind::other);
}

TEST(JsonReader, ForgetsTheMessageBefore) {
  Reader reader;
  std::array<Slot, 1> slots{{{"", "a"}}};
  reader.read(R"({"a":"x"})", slots);

  ASSERT_EQ(reader.read("{}", slots), Reader::Outcome::object);

  EXPECT_EQ(slots[0].kind, Kind::absent);
}

TEST(JsonReader, AnObjectWithoutANameIsNotTheMessageItself) {
  Reader reader;
  std::array<Slot, 1> slots{{{"", "a"}}};

  ASSERT_EQ(reader.read(R"({"":{"a":"x"}})", slots), Reader::Outcome::object);

  EXPECT_EQ(slots[0].kind, Kind::absent);
}

TEST(JsonReader, OfTwoEqualKeysTheLastCounts) {
  Reader reader;
  std::array<Slot, 1> slots{{{"", "a"}}};

  ASSERT_EQ(reader.read(R"({"a":1,"a":"x"})", slots), Reader::Outcome::object);

  EXPECT_EQ(slots[0].kind, Kind::text);
  EXPECT_EQ(slots[0].integer, 0);
}

TEST(JsonReader, TellsWhatIsNoJsonFromWhatIsNoObject) {
  Reader reader;
  for (const char* text : {"[1]", "7", "null", "\"a\"", " true "}) {
    EXPECT_EQ(reader.read(text, {}), Reader::Outcome::not_an_object) << text;
  }
  for (const char* text : {"", " ", "[1", "7x", "nul", "{}{}", "{\"a\"}", "{a:1}"}) {
    EXPECT_EQ(reader.read(text, {}), Reader::Outcome::malformed) << text;
  }
}

TEST(JsonText, ExcerptsAreCutBetweenCharactersAndHaveNoControlCharacters) {
  EXPECT_EQ(excerpt("short"), "short");
  EXPECT_EQ(excerpt("a\nb\x7f"), "a?b?");
  EXPECT_EQ(excerpt("abcé", 4), "abc...");
  EXPECT_EQ(excerpt("abcé", 5), "abcé");
  EXPECT_EQ(excerpt(std::string(5, '\x80'), 3), "...");
}

TEST(JsonText, StringsAreEscaped) {
  std::string out = "x";

  append_string(out, "a\"b\\c\n\x1f/é");

  EXPECT_EQ(out, R"(x"a\"b\\c\u000a\u001f/é")");
}
}  // namespace
