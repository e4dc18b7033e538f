// The least that carries a call: one thread, epoll, the caller's audio passed on as it comes, the model's cut
// into frames of 20 ms and sent on a beat of 20 ms. No turn taking, no marks, no verdicts, no limits, no
// metrics, no log. bridge_cost measures linecheck-bridge against it.
//
//   epoll_forwarder MODEL_PORT      serves media streams on a free port, which it prints
#include "tests/bench/plain_websocket.hpp"

#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {
using bench::PlainWebSocket;
constexpr std::size_t kFrameBytes = 160;
constexpr long kBeatNanoseconds = 20'000'000;

/// The text between `"key":"` and the next quote; messages of these two protocols escape nothing there.
std::string_view value_of(std::string_view message, std::string_view opening) {
  const auto at = message.find(opening);
  if (at == std::string_view::npos) return {};
  const auto value = message.substr(at + opening.size());
  return value.substr(0, value.find('"'));
}

void decode_onto(std::string& audio, std::string_view base64) {
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
  const std::size_t before = audio.size();
  audio.resize(before + base64.size() / 4 * 3);
  const int bytes =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(audio.data() + before),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  audio.resize(before + (bytes > 0 ? static_cast<std::size_t>(bytes) - padding : 0));
}

struct Line;
struct Leg {
  Line* line = nullptr;
  std::optional<PlainWebSocket> socket;
  bool awaits_room = false;
};
struct Line {
  Leg twilio, model;
  std::string stream_sid;
  std::string audio;  // of the model, from `played` on still to be sent
  std::size_t played = 0;
  std::list<Line>::iterator self;
};

class Forwarder {
 public:
  explicit Forwarder(std::uint16_t model_port)
      : model_port_(model_port),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        listener_(bench::listen_on_loopback(port_)),
        beat_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    const itimerspec period{{0, kBeatNanoseconds}, {0, kBeatNanoseconds}};
    ::timerfd_settime(beat_, 0, &period, nullptr);
    watch(listener_, &listener_);
    watch(beat_, &beat_);
  }
  std::uint16_t port() const { return port_; }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count > 0 ? count : 0); ++i) handle(events.at(i));
      ended_.clear();
    }
  }

 private:
  void watch(int fd, void* who, std::uint32_t what = EPOLLIN) {
    epoll_event event{};
    event.events = what;
    event.data.ptr = who;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void handle(const epoll_event& event) {
    if (event.data.ptr == &listener_) return accept();
    if (event.data.ptr == &beat_) return beat();
    auto& leg = *static_cast<Leg*>(event.data.ptr);
    if (!leg.socket) return;
    if ((event.events & EPOLLIN) != 0 && !receive(leg)) return end(*leg.line);
    if ((event.events & EPOLLOUT) != 0 && !flush(leg)) return end(*leg.line);
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) end(*leg.line);
  }

  void accept() {
    for (int fd = bench::accept_from(listener_); fd >= 0; fd = bench::accept_from(listener_)) {
      auto& line = lines_.emplace_back();
      line.self = std::prev(lines_.end());
      line.twilio.line = line.model.line = &line;
      line.twilio.socket.emplace(fd, PlainWebSocket::Role::server);
      watch(fd, &line.twilio);
    }
  }

  bool receive(Leg& leg) {
    if (!leg.socket->receive()) return false;
    while (const auto message = leg.socket->next()) {
      &leg == &leg.line->twilio ? from_twilio(*leg.line, *message) : from_model(*leg.line, *message);
    }
    Leg& other = &leg == &leg.line->twilio ? leg.line->model : leg.line->twilio;
    return flush(leg) && (!other.socket || flush(other));
  }

  void from_twilio(Line& line, std::string_view message) {
    const auto event = value_of(message, R"("event":")");
    if (event == "start") {
      line.stream_sid = value_of(message, R"("streamSid":")");
      const int fd = bench::connect_to_loopback(model_port_);
      line.model.socket.emplace(fd, PlainWebSocket::Role::client, "/v1/realtime");
      watch(fd, &line.model, EPOLLIN | EPOLLOUT);
      line.model.awaits_room = true;
    } else if (event == "media" && line.model.socket && line.model.socket->open()) {
      text_.assign(R"({"type":"input_audio_buffer.append","audio":")");
      text_.append(value_of(message, R"("payload":")")).append(R"("})");
      line.model.socket->queue(text_);
    }
  }

  void from_model(Line& line, std::string_view message) {
    const auto type = value_of(message, R"("type":")");
    if (type == "response.output_audio.delta") {
      line.audio.erase(0, std::exchange(line.played, 0));
      decode_onto(line.audio, value_of(message, R"("delta":")"));
    } else if (type == "session.created") {
      line.model.socket->queue(R"({"type":"session.update","session":{"type":"realtime"}})");
    }
  }

  void beat() {
    std::uint64_t beats = 0;
    if (::read(beat_, &beats, sizeof beats) != sizeof beats) return;
    for (auto line = lines_.begin(); line != lines_.end();) {
      auto& now = *line++;
      for (std::uint64_t i = 0; i < beats; ++i) play_frame(now);
      if (!flush(now.twilio)) end(now);
    }
  }

  void play_frame(Line& line) {
    if (line.audio.size() - line.played < kFrameBytes) return;
    std::array<unsigned char, kFrameBytes / 3 * 4 + 8> base64{};
    const int length = EVP_EncodeBlock(
        base64.data(), reinterpret_cast<const unsigned char*>(line.audio.data() + line.played),
        static_cast<int>(kFrameBytes));
    line.played += kFrameBytes;
    text_.assign(R"({"event":"media","streamSid":")").append(line.stream_sid);
    text_.append(R"(","media":{"payload":")");
    text_.append(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length));
    text_.append(R"("}})");
    line.twilio.socket->queue(text_);
  }

  bool flush(Leg& leg) {
    if (!leg.socket->flush()) return false;
    if (leg.socket->has_queued() == leg.awaits_room) return true;
    leg.awaits_room = !leg.awaits_room;
    epoll_event event{};
    event.events = leg.awaits_room ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &leg;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, leg.socket->fd(), &event);
    return true;
  }

  /// Its memory stays until the events of this round are through: they may name it.
  void end(Line& line) {
    line.twilio.socket.reset();
    line.model.socket.reset();
    ended_.splice(ended_.end(), lines_, line.self);
  }

  const std::uint16_t model_port_;
  std::uint16_t port_ = 0;
  const int epoll_;
  int listener_;
  int beat_;
  std::list<Line> lines_;
  std::list<Line> ended_;
  std::string text_;
};
}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: epoll_forwarder MODEL_PORT\n", stderr);
    return 2;
  }
  Forwarder forwarder(static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)));
  std::printf("epoll_forwarder ready public=127.0.0.1:%u\n", static_cast<unsigned>(forwarder.port()));
  std::fflush(stdout);
  forwarder.run();
}
