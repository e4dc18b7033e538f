#include "runtime/net/frames.hpp"

#include "runtime/core/deflate.hpp"
#include "runtime/core/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace runtime::net {
namespace {
constexpr std::size_t kSmallBytes = 4U << 10U;  // a read buffer's least size
constexpr std::size_t kLargestHeader = 14;
constexpr unsigned kReserved = 0x70U;           // bits of extensions; RFC 6455, 5.2
constexpr unsigned kPacked = 0x40U;             // that of RFC 7692
constexpr std::size_t kLargestControl = 125;    // RFC 6455, 5.5
constexpr std::uint16_t kProtocolError = 1002;  // RFC 6455, 7.4.1, as all below
constexpr std::uint16_t kBadPayload = 1007;
constexpr std::uint16_t kTooBig = 1009;

std::uint8_t octet(char c) {
  return static_cast<std::uint8_t>(c);
}
bool is_control(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

/// Eight bytes at a time; the rest, fewer than eight, one by one.
void apply_mask(char* at, std::size_t bytes, const Mask& mask) {
  std::array<char, 8> twice{};
  std::copy_n(mask.begin(), 4, twice.begin());
  std::copy_n(mask.begin(), 4, twice.begin() + 4);
  std::uint64_t wide = 0;
  std::memcpy(&wide, twice.data(), sizeof wide);
  std::size_t done = 0;
  for (; done + 8 <= bytes; done += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + done, sizeof word);
    word ^= wide;
    std::memcpy(at + done, &word, sizeof word);
  }
  for (; done < bytes; ++done) at[done] = static_cast<char>(at[done] ^ mask[done % 4]);
}

/// RFC 6455, 7.4: what may stand in a close frame.
bool may_be_sent(std::uint16_t code) {
  if (code < 1000 || code == 1004 || code == 1005 || code == 1006) return false;
  return code < 1015 || code >= 3000;
}
}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload, const std::optional<Mask>& mask,
                  Part part, Packing packing) {
  const auto mask_bit = static_cast<std::uint8_t>(mask ? 0x80 : 0);
  const unsigned final_bit = part == Part::whole ? 0x80U : 0U;
  const unsigned packed_bit = packing == Packing::deflate ? kPacked : 0U;
  out.push_back(static_cast<char>(final_bit | packed_bit | static_cast<std::uint8_t>(opcode)));
  if (payload.size() <= kLargestControl) {
    out.push_back(static_cast<char>(mask_bit | payload.size()));
  } else {
    const bool wide = payload.size() > 0xFFFFU;
    out.push_back(static_cast<char>(mask_bit | (wide ? 127U : 126U)));
    for (unsigned shift = wide ? 64 : 16; shift != 0;) {
      shift -= 8;
      out.push_back(static_cast<char>(payload.size() >> shift & 0xFFU));
    }
  }
  if (mask) out.append(mask->data(), mask->size());
  const std::size_t begin = out.size();
  out.append(payload);
  if (mask) apply_mask(out.data() + begin, payload.size(), *mask);
}

FrameReader::FrameReader(Role role, std::size_t message_limit_bytes, Packing agreed)
    : role_(role), limit_(message_limit_bytes), agreed_(agreed), buffer_(kSmallBytes) {}

std::span<char> FrameReader::room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kKeptBytes) std::vector<char>(kSmallBytes).swap(buffer_);
  }
  // What has begun must fit in one piece; the frame's own length was checked against the limit by next().
  const auto begun = header();
  const std::size_t whole = begun ? begun->size + begun->payload : kLargestHeader;
  if (begin_ + whole > buffer_.size()) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (whole > buffer_.size()) buffer_.resize(whole);
  }
  return std::span(buffer_).subspan(end_);
}

std::optional<FrameReader::Header> FrameReader::header() const {
  const char* at = buffer_.data() + begin_;
  const std::size_t have = end_ - begin_;
  if (have < 2) return std::nullopt;
  Header read;
  read.final = (octet(at[0]) & 0x80U) != 0;
  read.packing = (octet(at[0]) & kPacked) != 0 ? Packing::deflate : Packing::none;
  read.opcode = static_cast<Opcode>(octet(at[0]) & 0x0FU);
  read.masked = (octet(at[1]) & 0x80U) != 0;
  const std::size_t length = octet(at[1]) & 0x7FU;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  read.size = 2 + extended + (read.masked ? sizeof(Mask) : 0);
  if (have < read.size) return std::nullopt;
  if (extended == 0) read.payload = length;
  for (std::size_t i = 0; i < extended; ++i) read.payload = read.payload << 8U | octet(at[2 + i]);
  return read;
}

/// What is wrong with a frame before its payload has come.
std::optional<FrameReader::Breach> FrameReader::objection(const Header& header) const {
  const Breach broken{kProtocolError, NetError::protocol};
  const bool may_be_packed =
      agreed_ == Packing::deflate && (header.opcode == Opcode::text || header.opcode == Opcode::binary);
  const unsigned foreign = may_be_packed ? kReserved & ~kPacked : kReserved;
  if ((octet(buffer_[begin_]) & foreign) != 0) return broken;  // what nobody agreed on
  if (header.masked != (role_ == Role::server)) return broken;
  // RFC 6455, 5.2: the shortest form of the length is the only one.
  const std::size_t length = octet(buffer_[begin_ + 1]) & 0x7FU;
  if (length == 126 && header.payload <= kLargestControl) return broken;
  if (length == 127 && (header.payload <= 0xFFFFU || header.payload >> 63U != 0)) return broken;
  if (is_control(header.opcode)) {
    const bool known = header.opcode <= Opcode::pong;
    if (!known || !header.final || header.payload > kLargestControl) return broken;
    return std::nullopt;
  }
  if (header.opcode > Opcode::binary || (header.opcode == Opcode::continuation) != fragmented_) return broken;
  const std::size_t begun = fragmented_ ? fragments_.size() : 0;
  if (header.payload > limit_ - begun) return Breach{kTooBig, NetError::too_big};
  return std::nullopt;
}

std::optional<FrameReader::Item> FrameReader::next() {
  while (const auto frame = header()) {
    if (const auto breach = objection(*frame)) return *breach;
    if (end_ - begin_ < frame->size + frame->payload) return std::nullopt;
    char* const payload = buffer_.data() + begin_ + frame->size;
    if (frame->masked) {
      Mask mask{};
      std::copy_n(payload - mask.size(), mask.size(), mask.begin());
      apply_mask(payload, frame->payload, mask);
    }
    begin_ += frame->size + frame->payload;
    const std::string_view bytes(payload, frame->payload);
    if (auto item = is_control(frame->opcode) ? control(*frame, bytes) : data(*frame, bytes)) return item;
  }
  return std::nullopt;
}

std::optional<FrameReader::Item> FrameReader::data(const Header& header, std::string_view payload) {
  if (header.opcode != Opcode::continuation) {
    binary_ = header.opcode == Opcode::binary;
    packing_ = header.packing;
    if (header.final) return message(payload);
    fragments_.clear();
    if (fragments_.capacity() > kKeptBytes) fragments_.shrink_to_fit();
  }
  fragments_.insert(fragments_.end(), payload.begin(), payload.end());
  fragmented_ = !header.final;
  if (fragmented_) return std::nullopt;
  return message({fragments_.data(), fragments_.size()});
}

FrameReader::Item FrameReader::message(std::string_view payload) {
  if (packing_ == Packing::deflate) {
    auto plain = unpacked(payload, limit_, Wrapping::message);
    if (!plain) return Breach{kBadPayload, NetError::protocol};
    if (plain->size() > limit_) return Breach{kTooBig, NetError::too_big};
    unpacked_.assign(plain->begin(), plain->end());
    payload = {unpacked_.data(), unpacked_.size()};
  }
  if (!binary_ && !is_utf8(payload)) return Breach{kBadPayload, NetError::protocol};
  return Message{payload, binary_};
}

std::optional<FrameReader::Item> FrameReader::control(const Header& header, std::string_view payload) {
  if (header.opcode == Opcode::ping) return Ping{payload};
  if (header.opcode == Opcode::pong) {
    ++pongs_;
    return std::nullopt;
  }
  if (payload.empty()) return Closed{{kNoCode, {}}};
  if (payload.size() == 1) return Breach{kProtocolError, NetError::protocol};
  const auto code = static_cast<std::uint16_t>(octet(payload[0]) << 8U | octet(payload[1]));
  if (!may_be_sent(code)) return Breach{kProtocolError, NetError::protocol};
  if (!is_utf8(payload.substr(2))) return Breach{kBadPayload, NetError::protocol};
  return Closed{{code, std::string(payload.substr(2))}};
}

void FrameReader::keep() {
  std::vector<char> fresh(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                          buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
  end_ -= begin_;
  begin_ = 0;
  fresh.resize(std::max(fresh.size(), kSmallBytes));
  kept_ = std::exchange(buffer_, std::move(fresh));
  kept_unpacked_ = std::exchange(unpacked_, {});
  auto begun = fragments_;
  kept_fragments_ = std::exchange(fragments_, std::move(begun));
}

}  // namespace runtime::net
