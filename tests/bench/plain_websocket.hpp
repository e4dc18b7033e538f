#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

/// RFC 6455 over a non-blocking socket, by hand and no larger than the two programs of this folder need: text
/// frames in one piece, no extensions. Written for the comparison: nothing of the product is in it.
class PlainWebSocket {
 public:
  enum class Role { client, server };
  /// Takes the descriptor. A client asks for `target` as soon as the connection stands.
  PlainWebSocket(int fd, Role role, std::string target = "/");
  PlainWebSocket(const PlainWebSocket&) = delete;
  PlainWebSocket& operator=(const PlainWebSocket&) = delete;
  ~PlainWebSocket();

  int fd() const { return fd_; }
  /// True once the upgrade is through: only then messages go in and out.
  bool open() const { return open_; }
  /// Takes what the socket holds. False: the connection is over.
  bool receive();
  /// The next text message of what was received; valid until the next call of receive() or next().
  std::optional<std::string_view> next();
  /// Queues a text message; flush() sends it. A client's bytes are masked in place.
  void queue(std::string_view text);
  /// Sends what is queued. False: the connection is over.
  bool flush();
  bool has_queued() const { return sent_ < out_.size(); }

 private:
  struct Header {
    unsigned opcode = 0;
    std::size_t begins = 0;  // of the payload, counted from the frame's first byte
    std::size_t length = 0;
    std::optional<std::uint32_t> mask;
  };
  bool shake_hands();
  std::optional<Header> header() const;

  const int fd_;
  const Role role_;
  bool open_ = false;
  bool over_ = false;
  std::string in_;
  std::size_t used_ = 0;    // bytes of in_ that next() gave out
  std::size_t filled_ = 0;  // bytes of in_ that are received
  std::string out_;
  std::size_t sent_ = 0;
  std::uint32_t mask_seed_ = 0x9E3779B9U;
};

/// A non-blocking socket that listens on a free port of 127.0.0.1 (`port` then holds it).
int listen_on_loopback(std::uint16_t& port);
/// The next connection of a listening socket; -1: none waits.
int accept_from(int listener);
/// Begins a connection to 127.0.0.1; it may stand a little later.
int connect_to_loopback(std::uint16_t port);
/// From now on the descriptor's calls wait.
void block(int fd);

}  // namespace bench
