#include "tests/bench/plain_websocket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {
constexpr std::size_t kReadBytes = 64U << 10U;
constexpr int kConnectsWithinMs = 5000;
constexpr unsigned kText = 1;
constexpr unsigned kClose = 8;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

unsigned octet(char c) {
  return static_cast<unsigned char>(c);
}

/// RFC 6455, 4.2.2: proves that the server has understood the upgrade.
std::string accept_value(std::string key) {
  key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 64> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

void apply_mask(char* bytes, std::size_t count, std::uint32_t mask) {
  std::size_t i = 0;
  for (; i + sizeof mask <= count; i += sizeof mask) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes + i, sizeof word);
    word ^= mask;
    std::memcpy(bytes + i, &word, sizeof word);
  }
  std::array<char, sizeof mask> key{};
  std::memcpy(key.data(), &mask, sizeof mask);
  for (std::size_t k = 0; i < count; ++i, ++k)
    bytes[i] = static_cast<char>(octet(bytes[i]) ^ octet(key.at(k)));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int new_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  return fd;
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
}  // namespace

PlainWebSocket::PlainWebSocket(int fd, Role role, std::string target)
    : fd_(fd), role_(role), in_(kReadBytes, 0) {
  if (role_ == Role::server) return;
  out_ = "GET " + std::move(target) +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

PlainWebSocket::~PlainWebSocket() {
  ::close(fd_);
}

bool PlainWebSocket::receive() {
  if (used_ > 0) {
    std::memmove(in_.data(), in_.data() + used_, filled_ - used_);
    filled_ -= std::exchange(used_, 0);
  }
  if (filled_ == in_.size()) in_.resize(2 * in_.size());
  const auto got = ::recv(fd_, in_.data() + filled_, in_.size() - filled_, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  filled_ += static_cast<std::size_t>(got);
  return open_ || shake_hands();
}

bool PlainWebSocket::shake_hands() {
  const std::string_view head(in_.data(), filled_);
  const auto end = head.find("\r\n\r\n");
  if (end == std::string_view::npos) return true;
  used_ = end + 4;
  if (role_ == Role::client) {
    open_ = head.starts_with("HTTP/1.1 101");
    return open_;
  }
  static constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
  const auto key = head.find(kKey);
  if (key == std::string_view::npos) return false;
  const auto value = head.substr(key + kKey.size());
  out_ =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: " +
      accept_value(std::string(value.substr(0, value.find("\r\n")))) + "\r\n\r\n";
  open_ = true;
  return true;
}

std::optional<PlainWebSocket::Header> PlainWebSocket::header() const {
  const char* at = in_.data() + used_;
  const std::size_t have = filled_ - used_;
  if (have < 2) return std::nullopt;
  Header read;
  read.opcode = octet(at[0]) & 0x0FU;
  read.length = octet(at[1]) & 0x7FU;
  read.begins = 2;
  const std::size_t extended = read.length == 126 ? 2 : read.length == 127 ? 8 : 0;
  const bool masked = (octet(at[1]) & 0x80U) != 0;
  if (have < read.begins + extended + (masked ? 4 : 0)) return std::nullopt;
  if (extended != 0) read.length = 0;
  for (std::size_t i = 0; i < extended; ++i) read.length = read.length << 8U | octet(at[read.begins + i]);
  read.begins += extended;
  if (masked) {
    std::uint32_t mask = 0;
    std::memcpy(&mask, at + read.begins, sizeof mask);
    read.mask = mask;
    read.begins += sizeof mask;
  }
  if (have < read.begins + read.length) return std::nullopt;
  return read;
}

std::optional<std::string_view> PlainWebSocket::next() {
  if (!open_ || over_) return std::nullopt;
  while (const auto frame = header()) {
    char* payload = in_.data() + used_ + frame->begins;
    used_ += frame->begins + frame->length;
    if (frame->opcode == kClose) over_ = true;
    if (over_) return std::nullopt;
    if (frame->opcode != kText) continue;
    if (frame->mask) apply_mask(payload, frame->length, *frame->mask);
    return std::string_view(payload, frame->length);
  }
  return std::nullopt;
}

void PlainWebSocket::queue(std::string_view text) {
  const bool masked = role_ == Role::client;
  const char mask_bit = masked ? '\x80' : '\0';
  out_.push_back('\x81');
  if (text.size() < 126) {
    out_.push_back(static_cast<char>(text.size() | octet(mask_bit)));
  } else {
    const bool wide = text.size() > 0xFFFFU;
    out_.push_back(static_cast<char>((wide ? 127U : 126U) | octet(mask_bit)));
    for (unsigned shift = wide ? 64 : 16; shift != 0;) {
      shift -= 8;
      out_.push_back(static_cast<char>(text.size() >> shift & 0xFFU));
    }
  }
  if (!masked) {
    out_.append(text);
    return;
  }
  // xorshift32: the mask need not be secret on a loopback
  mask_seed_ ^= mask_seed_ << 13U;
  mask_seed_ ^= mask_seed_ >> 17U;
  mask_seed_ ^= mask_seed_ << 5U;
  std::array<char, sizeof mask_seed_> key{};
  std::memcpy(key.data(), &mask_seed_, sizeof mask_seed_);
  out_.append(key.data(), key.size());
  const std::size_t at = out_.size();
  out_.append(text);
  apply_mask(out_.data() + at, text.size(), mask_seed_);
}

bool PlainWebSocket::flush() {
  while (sent_ < out_.size()) {
    const auto sent = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
    sent_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  sent_ = 0;
  return true;
}

int listen_on_loopback(std::uint16_t& port) {
  const int fd = new_socket();
  auto address = loopback(0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(fd, SOMAXCONN) != 0) fail("listen");
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  port = ntohs(address.sin_port);
  return fd;
}

int accept_from(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) send_at_once(fd);
  return fd;
}

int connect_to_loopback(std::uint16_t port) {
  const int fd = new_socket();
  send_at_once(fd);
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    fail("connect");
  }
  return fd;
}

void block(int fd) {
  pollfd connected{fd, POLLOUT, 0};
  ::poll(&connected, 1, kConnectsWithinMs);
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

}  // namespace bench
