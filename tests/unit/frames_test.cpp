// Frames of RFC 6455, to the bit.
#include "runtime/net/frames.hpp"

#include "runtime/core/deflate.hpp"
#include "runtime/core/utf8.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>

namespace {
using runtime::is_utf8;
using runtime::net::append_frame;
using runtime::net::CloseReason;
using runtime::net::FrameReader;
using runtime::net::Mask;
using runtime::net::Message;
using runtime::net::NetError;
using runtime::net::Opcode;
using runtime::net::Packing;
using runtime::net::Role;
constexpr Mask kMask{'\x37', '\xfa', '\x21', '\x3d'};

/// What a reader makes of bytes, in words; `step`: how many the transport delivers at a time.
std::string told(Role role, std::string_view bytes, std::size_t step = 1U << 20U, std::size_t limit = 1000,
                 Packing agreed = Packing::none) {
  FrameReader reader(role, limit, agreed);
  std::string words;
  while (!bytes.empty()) {
    const auto room = reader.room();
    const auto part = bytes.substr(0, std::min({step, room.size(), bytes.size()}));
    std::ranges::copy(part, room.begin());
    reader.filled(part.size());
    bytes.remove_prefix(part.size());
    while (const auto item = reader.next()) {
      if (const auto* message = std::get_if<Message>(&*item)) {
        words += (message->binary ? "binary " : "text ") + std::string(message->payload) + ";";
      } else if (const auto* ping = std::get_if<FrameReader::Ping>(&*item)) {
        words += "ping " + std::string(ping->payload) + ";";
      } else if (const auto* closed = std::get_if<FrameReader::Closed>(&*item)) {
        return words + "close " + std::to_string(closed->reason.code) + " " + closed->reason.text;
      } else {
        return words + "breach " + std::to_string(std::get<FrameReader::Breach>(*item).close_code);
      }
    }
  }
  return words;
}

std::string frame(Opcode opcode, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, opcode, payload, std::nullopt);
  return bytes;
}
std::string unfinished(std::string bytes) {
  bytes[0] = static_cast<char>(bytes[0] & 0x7F);
  return bytes;
}
std::string close_frame(int code, std::string_view text) {
  std::string payload{static_cast<char>(code / 256), static_cast<char>(code % 256)};
  return frame(Opcode::close, payload.append(text));
}

std::string packed(std::string bytes) {
  bytes[0] = static_cast<char>(bytes[0] | 0x40);
  return bytes;
}
/// Of a client's connection on which packed messages were agreed.
std::string unpacked(std::string_view bytes, std::size_t step = 1U << 20U) {
  return told(Role::client, bytes, step, 1000, Packing::deflate);
}

TEST(Frames, AreWrittenAsTheStandardShowsThem) {
  std::string masked;
  append_frame(masked, Opcode::text, "Hello", kMask);

  EXPECT_EQ(frame(Opcode::text, "Hello"), "\x81\x05Hello");
  EXPECT_EQ(masked, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST(Frames, HaveTheShortestLengthThatHoldsTheirPayload) {
  EXPECT_EQ(frame(Opcode::binary, std::string(125, 'x')).substr(0, 3), "\x82\x7dx");
  EXPECT_EQ(frame(Opcode::binary, std::string(126, 'x')).substr(0, 5),
            std::string_view("\x82\x7e\0\x7ex", 5));
  EXPECT_EQ(frame(Opcode::binary, std::string(0xFFFF, 'x')).substr(0, 5), "\x82\x7e\xff\xffx");
  EXPECT_EQ(frame(Opcode::binary, std::string(0x10000, 'x')).substr(0, 11),
            std::string_view("\x82\x7f\0\0\0\0\0\1\0\0x", 11));
}

TEST(Frames, ComeThroughWhateverTheirLengthAndHoweverTheyAreCutUp) {
  for (const std::size_t bytes : {0, 1, 7, 8, 9, 125, 126, 4090, 4096, 0xFFFF, 0x10000, 200'000}) {
    std::string payload;
    for (std::size_t i = 0; i < bytes; ++i) payload.push_back(static_cast<char>('a' + i % 26));
    std::string wire;
    append_frame(wire, Opcode::text, payload, kMask);
    append_frame(wire, Opcode::text, "next", kMask);

    for (const std::size_t step : {1, 3, 1000, 1 << 20}) {
      EXPECT_TRUE(told(Role::server, wire, step, 200'000) == "text " + payload + ";text next;")
          << bytes << " bytes, delivered by " << step;
    }
  }
}

TEST(Frames, OfOneMessageMakeOneMessageAlsoAroundAPing) {
  const auto wire = unfinished(frame(Opcode::text, "a")) + frame(Opcode::ping, "p") +
                    unfinished(frame(Opcode::continuation, "b")) + frame(Opcode::continuation, "c") +
                    frame(Opcode::pong, "") + frame(Opcode::binary, "d");

  EXPECT_EQ(told(Role::client, wire), "ping p;text abc;binary d;");
  EXPECT_EQ(told(Role::client, wire, 1), "ping p;text abc;binary d;");
}

TEST(Frames, CloseWithACodeOrWithout) {
  EXPECT_EQ(told(Role::client, frame(Opcode::close, "")), "close 1005 ");
  EXPECT_EQ(told(Role::client, close_frame(4001, "over")), "close 4001 over");
  EXPECT_EQ(told(Role::client, frame(Opcode::close, "x")), "breach 1002") << "half a code";
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999}) {
    EXPECT_EQ(told(Role::client, close_frame(code, "")), "breach 1002") << code;
  }
  EXPECT_EQ(told(Role::client, close_frame(1000, "\xff")), "breach 1007");
}

TEST(Frames, ThatBreakTheRulesAreNamed) {
  const auto broken = [](std::string bytes) { return told(Role::client, bytes); };
  std::string masked;
  append_frame(masked, Opcode::text, "x", kMask);

  EXPECT_EQ(broken(masked), "breach 1002") << "a server does not mask";
  EXPECT_EQ(told(Role::server, frame(Opcode::text, "x")), "breach 1002") << "a client does";
  EXPECT_EQ(broken("\xc1\x01x"), "breach 1002") << "compressed, though nobody agreed on that";
  EXPECT_EQ(broken(frame(static_cast<Opcode>(3), "x")), "breach 1002");
  EXPECT_EQ(broken(frame(static_cast<Opcode>(11), "xx")), "breach 1002")
      << "a control frame of no known kind";
  EXPECT_EQ(broken(unfinished(frame(Opcode::ping, "x"))), "breach 1002");
  EXPECT_EQ(broken(frame(Opcode::ping, std::string(126, 'x'))), "breach 1002");
  EXPECT_EQ(broken(frame(Opcode::continuation, "x")), "breach 1002") << "of nothing";
  EXPECT_EQ(broken(unfinished(frame(Opcode::text, "x")) + frame(Opcode::text, "y")), "breach 1002");
  EXPECT_EQ(broken(std::string("\x81\x7e\0\x01x", 5)), "breach 1002") << "a length longer than need be";
  EXPECT_EQ(broken(std::string("\x81\x7e\0\x7d", 4) + std::string(125, 'x')), "breach 1002")
      << "125 fit in one";
  EXPECT_EQ(broken(std::string("\x81\x7f\0\0\0\0\0\0\xff\xff", 10)), "breach 1002");
  EXPECT_EQ(broken("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), "breach 1002");
}

TEST(Frames, AboveTheLimitAreRefusedBeforeTheirPayloadComes) {
  const auto whole = frame(Opcode::text, std::string(1001, 'x'));

  EXPECT_EQ(told(Role::client, whole.substr(0, 4)), "breach 1009");
  EXPECT_EQ(told(Role::client, unfinished(frame(Opcode::text, std::string(600, 'x'))) +
                                   frame(Opcode::continuation, std::string(401, 'x')).substr(0, 4)),
            "breach 1009");
  EXPECT_EQ(told(Role::client, std::string("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10)), "breach 1009");
}

TEST(Frames, ATextIsUtf8AndABinaryMessageNeedNotBe) {
  EXPECT_EQ(told(Role::client, frame(Opcode::text, "caf\xc3\xa9 \xe2\x82\xac \xf0\x9d\x84\x9e")),
            "text caf\xc3\xa9 \xe2\x82\xac \xf0\x9d\x84\x9e;");
  EXPECT_EQ(told(Role::client, frame(Opcode::binary, "\xff")), "binary \xff;");
  for (const std::string_view broken :
       {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x28\xa1", "eight ascii\xff",
        "\xf0\x9d\x84"}) {
    EXPECT_EQ(told(Role::client, frame(Opcode::text, broken)), "breach 1007") << broken;
  }
}

TEST(Frames, ATextIsReadToItsEndAndNoFurther) {
  const std::string euro = "\xe2\x82\xac";
  const std::string note = "\xf0\x9d\x84\x9e";

  EXPECT_TRUE(is_utf8(euro));
  EXPECT_FALSE(is_utf8(std::string_view(euro).substr(0, 2))) << "what would complete it lies behind the text";
  EXPECT_FALSE(is_utf8(std::string_view(note).substr(0, 3)));
  EXPECT_FALSE(is_utf8("\xe2\x82x")) << "the last byte of three counts";
  EXPECT_FALSE(is_utf8("\xf0\x9d\x84x")) << "and that of four";
}

TEST(Frames, OfTheNextMessageKnowNothingOfTheLast) {
  const auto pieces = [](std::string_view one, std::string_view other) {
    return unfinished(frame(Opcode::text, one)) + frame(Opcode::continuation, other);
  };

  EXPECT_EQ(told(Role::client, pieces("a", "b") + pieces("c", "d")), "text ab;text cd;");
}

TEST(Frames, AlwaysFindRoomForTheRestOfThemselves) {
  // One frame behind another, so that it begins at every place near the end of a read buffer of 4096 bytes.
  for (std::size_t first = 3900; first < 4100; ++first) {
    const auto wire =
        frame(Opcode::binary, std::string(first, 'a')) + frame(Opcode::binary, std::string(90, 'b'));
    FrameReader reader(Role::client, 100'000);
    std::size_t messages = 0;
    for (const char byte : wire) {
      ASSERT_FALSE(reader.room().empty()) << "behind a frame of " << first;
      reader.room()[0] = byte;
      reader.filled(1);
      while (reader.next()) ++messages;
    }
    ASSERT_EQ(messages, 2U) << first;
  }
}

TEST(Frames, GiveBackTheRoomOfALargeMessage) {
  FrameReader reader(Role::client, 1U << 20U);
  std::string wire = frame(Opcode::binary, std::string(500'000, 'x'));
  while (!wire.empty()) {
    const auto room = reader.room();
    const auto count = std::min(room.size(), wire.size());
    std::copy_n(wire.begin(), count, room.begin());
    reader.filled(count);
    wire.erase(0, count);
    while (reader.next()) {
    }
  }

  EXPECT_LE(reader.room().size(), 64U << 10U);
}

TEST(Frames, HoldPackedMessagesAsTheStandardShowsThem) {
  // RFC 7692, 7.2.3: of one block, in two pieces, not packed at all, of two blocks, and with the last-block
  // bit.
  const std::string hello("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", 9);
  const std::string pieces("\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00", 11);
  const std::string stored("\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 13);
  const std::string blocks("\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 15);
  const std::string last("\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 10);
  for (const auto& wire : {hello, pieces, stored, blocks, last}) {
    EXPECT_EQ(unpacked(wire + frame(Opcode::text, "plain")), "text Hello;text plain;");
    EXPECT_EQ(unpacked(wire, 1), "text Hello;");
    EXPECT_EQ(told(Role::client, wire), "breach 1002") << "nobody agreed on that";
  }
  std::string written;
  append_frame(written, Opcode::text, runtime::packed_message("Hello", 15), std::nullopt,
               runtime::net::Part::whole, Packing::deflate);
  EXPECT_EQ(written, hello);
}

TEST(Frames, PackedAreUnpackedWithinTheLimitAndWithinTheRules) {
  const auto text = [](std::string_view plain) {
    return packed(frame(Opcode::text, runtime::packed_message(plain, 9)));
  };

  EXPECT_EQ(unpacked(text("")), "text ;");
  EXPECT_EQ(unpacked(text(std::string(1000, 'x'))), "text " + std::string(1000, 'x') + ";");
  EXPECT_EQ(unpacked(text(std::string(1001, 'x'))), "breach 1009") << "far fewer bytes on the wire";
  EXPECT_EQ(unpacked(text(std::string(1U << 26U, 'x'))), "breach 1009");
  EXPECT_EQ(unpacked(text("\xff")), "breach 1007");
  EXPECT_EQ(unpacked(packed(frame(Opcode::text, "\xff\xff\xff"))), "breach 1007") << "no DEFLATE";
  const std::string whole = runtime::packed_message(R"({"type":"input_audio_buffer.append"})", 15);
  EXPECT_EQ(unpacked(packed(frame(Opcode::text, whole.substr(0, whole.size() / 2)))), "breach 1007")
      << "it ends inside of a block";
  EXPECT_EQ(unpacked(packed(frame(Opcode::ping, "x"))), "breach 1002") << "control frames are never packed";
  EXPECT_EQ(unpacked(unfinished(text("a")) + packed(frame(Opcode::continuation, "b"))), "breach 1002")
      << "the first frame speaks for all";
  EXPECT_EQ(unpacked("\xa1\x01x"), "breach 1002") << "another extension";
}

TEST(Frames, AMessageThatIsKeptOutlivesWhatIsReadAfterIt) {
  FrameReader reader(Role::client, 1000);
  const auto receive = [&reader](const std::string& bytes) {
    std::ranges::copy(bytes, reader.room().begin());
    reader.filled(bytes.size());
    return std::get<Message>(*reader.next()).payload;
  };
  const auto whole = receive(frame(Opcode::text, "kept") + unfinished(frame(Opcode::text, "pie")));
  EXPECT_FALSE(reader.next());

  reader.keep();
  const auto later = receive(frame(Opcode::continuation, "ces"));

  EXPECT_EQ(whole, "kept");
  EXPECT_EQ(later, "pieces");
}

TEST(Frames, AMessageThatIsKeptOutlivesWhatIsReadAfterItAlsoWhenItWasPacked) {
  FrameReader reader(Role::client, 1000, Packing::deflate);
  const auto receive = [&reader](std::string_view plain) {
    const std::string bytes = packed(frame(Opcode::text, runtime::packed_message(plain, 15)));
    std::ranges::copy(bytes, reader.room().begin());
    reader.filled(bytes.size());
    return std::get<Message>(*reader.next()).payload;
  };
  const auto first = receive("kept");

  reader.keep();
  const auto later = receive("more");

  EXPECT_EQ(first, "kept");
  EXPECT_EQ(later, "more");
}
}  // namespace
