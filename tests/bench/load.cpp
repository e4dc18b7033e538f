#include "tests/bench/load.hpp"

#include "runtime/core/encoding.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace bench {
namespace {
using namespace std::chrono_literals;
constexpr std::size_t kFrameBytes = 160;
constexpr std::size_t kDeltaBytes = 2000;  // 250 ms
constexpr int kAnswerDeltas = 40;          // 10 s
constexpr std::uint64_t kFrameSlots = 20;  // ms between two of a caller's messages
constexpr std::uint64_t kQuietTurns = 50;  // of these, the one in which a quiet caller sends
constexpr std::uint64_t kDeltaSlots = 50;  // and between two deltas of 250 ms
constexpr auto kTogether = 5ms;            // frames that were sent at once

/// Loud enough for no one to take it for silence, and not the same byte throughout.
std::string noise(std::size_t bytes) {
  std::string audio;
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < bytes; ++i) {
    state = state * 1'664'525U + 1'013'904'223U;
    audio.push_back(static_cast<char>((state >> 24U & 0x8FU) | 0x10U));
  }
  return runtime::base64_encode(audio);
}

std::string numbered(std::string_view prefix, std::size_t number) {
  auto digits = std::to_string(number);
  return std::string(prefix) + std::string(32 - digits.size(), '0') + digits;
}

std::string_view value_of(std::string_view message, std::string_view opening) {
  const auto at = message.find(opening);
  if (at == std::string_view::npos) return {};
  const auto value = message.substr(at + opening.size());
  return value.substr(0, value.find('"'));
}

std::uint64_t decoded_bytes(std::string_view base64) {
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
  return base64.size() / 4 * 3 - padding;
}
}  // namespace

Load::Load()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      listener_(listen_on_loopback(model_port_)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      frame_(noise(kFrameBytes)),
      delta_(noise(kDeltaBytes)) {
  const itimerspec period{{0, 1'000'000}, {0, 1'000'000}};
  ::timerfd_settime(timer_, 0, &period, nullptr);
  watch(listener_, &model_port_, EPOLLIN);
  watch(timer_, &slot_, EPOLLIN);
}

Load::~Load() {
  ::close(epoll_);
  ::close(listener_);
  ::close(timer_);
}

void Load::watch(int fd, void* who, std::uint32_t what) {
  epoll_event event{};
  event.events = what;
  event.data.ptr = who;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void Load::dial(std::uint16_t port, const std::vector<std::map<std::string, std::string>>& parameters,
                Manner manner) {
  manner_ = manner;
  for (const auto& own : parameters) {
    auto caller = std::make_unique<Caller>();
    caller->caller = true;
    caller->quiet = manner == Manner::quiet;
    caller->index = callers_.size();
    caller->parameters = own;
    const auto sid = caller->parameters.find("CallSid");
    caller->call_sid = sid == caller->parameters.end() ? numbered("CA", caller->index) : sid->second;
    caller->stream_sid = numbered("MZ", caller->index);
    const int fd = connect_to_loopback(port);
    caller->socket = std::make_unique<PlainWebSocket>(fd, PlainWebSocket::Role::client, "/ws/twilio-media");
    caller->awaits_room = true;
    watch(fd, static_cast<Watched*>(caller.get()), EPOLLIN | EPOLLOUT);
    callers_.push_back(std::move(caller));
  }
}

std::size_t Load::established() const {
  const auto configured = [](const auto& session) { return session->socket && session->configured; };
  return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), configured));
}

void Load::run_until(Instant end) {
  std::array<epoll_event, 256> events{};
  while (std::chrono::steady_clock::now() < end) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      const auto& event = events.at(static_cast<std::size_t>(i));
      if (event.data.ptr == &model_port_) {
        accept_sessions();
      } else if (event.data.ptr == &slot_) {
        beat();
      } else {
        auto& who = *static_cast<Watched*>(event.data.ptr);
        if (who.socket && (event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) receive(who);
        flush(who);
      }
    }
  }
}

void Load::accept_sessions() {
  for (int fd = accept_from(listener_); fd >= 0; fd = accept_from(listener_)) {
    auto session = std::make_unique<Session>();
    session->index = sessions_.size();
    session->quiet = manner_ == Manner::quiet;
    session->socket = std::make_unique<PlainWebSocket>(fd, PlainWebSocket::Role::server);
    watch(fd, static_cast<Watched*>(session.get()), EPOLLIN);
    sessions_.push_back(std::move(session));
  }
}

void Load::flush(Watched& who) {
  if (!who.socket) return;
  if (!who.socket->flush()) {
    ++counts_.lost;
    who.socket.reset();
    return;
  }
  if (who.socket->has_queued() == who.awaits_room) return;
  who.awaits_room = !who.awaits_room;
  epoll_event event{};
  event.events = who.awaits_room ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &who;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, who.socket->fd(), &event);
}

void Load::receive(Watched& who) {
  if (!who.socket->receive()) {
    ++counts_.lost;
    who.socket.reset();
    return;
  }
  while (const auto message = who.socket->next()) {
    who.caller ? hear(static_cast<Caller&>(who), *message)
               : read_request(static_cast<Session&>(who), *message);
  }
  if (!who.socket->open()) return;
  if (who.caller) {
    if (!static_cast<Caller&>(who).started) start(static_cast<Caller&>(who));
  } else if (auto& session = static_cast<Session&>(who); !session.greeted) {
    session.greeted = true;
    who.socket->queue(R"({"type":"session.created","event_id":"event_0","session":{"id":"sess_0"}})");
  }
}

/// Callers and sessions take their turns at different milliseconds, as they would.
void Load::beat() {
  std::uint64_t beats = 0;
  if (::read(timer_, &beats, sizeof beats) != sizeof beats) return;
  const auto now = std::chrono::steady_clock::now();
  for (; beats > 0; --beats, ++slot_) {
    for (std::size_t i = slot_ % kFrameSlots; i < callers_.size(); i += kFrameSlots) {
      const bool own_turn = slot_ / kFrameSlots % kQuietTurns == i / kFrameSlots % kQuietTurns;
      if (!callers_[i]->quiet || own_turn) speak(*callers_[i], now);
    }
    for (std::size_t i = slot_ % kDeltaSlots; i < sessions_.size(); i += kDeltaSlots)
      generate(*sessions_[i], now);
  }
}

// The callers.

void Load::start(Caller& caller) {
  caller.started = true;
  text_ = R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":")" +
          caller.stream_sid;
  text_ += R"(","callSid":")" + caller.call_sid;
  text_ +=
      R"(","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)";
  text_ += R"("customParameters":{)";
  const char* between = "";
  for (const auto& [name, value] : caller.parameters) {
    text_ += between;
    text_ += '"' + name + R"(":")" + value + '"';
    between = ",";
  }
  text_ += R"(}},"streamSid":")" + caller.stream_sid + R"("})";
  caller.socket->queue(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  caller.socket->queue(text_);
}

void Load::speak(Caller& caller, Instant now) {
  if (!caller.socket || !caller.started) return;
  text_.assign(R"({"event":"media","sequenceNumber":")").append(std::to_string(++caller.sequence));
  text_.append(R"(","media":{"track":"inbound","chunk":")").append(std::to_string(++caller.chunk));
  text_.append(R"(","timestamp":")").append(std::to_string((caller.chunk - 1) * kFrameSlots));
  text_.append(R"(","payload":")").append(frame_);
  text_.append(R"("},"streamSid":")").append(caller.stream_sid).append(R"("})");
  caller.socket->queue(text_);
  ++counts_.media_sent;
  while (!caller.marks.empty() && caller.marks.front().first <= now) {
    text_.assign(R"({"event":"mark","sequenceNumber":")").append(std::to_string(++caller.sequence));
    text_.append(R"(","streamSid":")").append(caller.stream_sid);
    text_.append(R"(","mark":{"name":")").append(caller.marks.front().second).append(R"("}})");
    caller.socket->queue(text_);
    caller.marks.pop_front();
    ++counts_.marks_echoed;
  }
  flush(caller);
}

void Load::hear(Caller& caller, std::string_view message) {
  const auto now = std::chrono::steady_clock::now();
  const auto event = value_of(message, R"("event":")");
  if (event == "media") {
    if (caller.played_until != Instant() && now > caller.played_until + 60ms) ++counts_.gaps;
    caller.played_until = std::max(now, caller.played_until) + 20ms;
    ++counts_.frames_received;
    counts_.audio_bytes_received += decoded_bytes(value_of(message, R"("payload":")"));
    const auto before = std::exchange(caller.heard_at, now);
    if (before != Instant() && now - before > kTogether) arrivals_.push_back({now, now - before});
  } else if (event == "mark") {
    caller.heard_at = {};  // an answer may end here, and the next one begin later
    caller.marks.emplace_back(std::max(now, caller.played_until), value_of(message, R"("name":")"));
  }
}

// The model.

void Load::read_request(Session& session, std::string_view message) {
  const auto type = value_of(message, R"("type":")");
  if (type == "input_audio_buffer.append") {
    ++counts_.appends_received;
    counts_.append_bytes_received += decoded_bytes(value_of(message, R"("audio":")"));
  } else if (type == "session.update") {
    session.socket->queue(
        R"({"type":"session.updated","event_id":"event_1","session":{"id":"sess_0","audio":)"
        R"({"input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcmu"}}}}})");
    session.configured = true;
    session.next_response = std::chrono::steady_clock::now();
  }
}

std::string Load::ids(const Session& session) const {
  const auto number = std::to_string(session.response);
  return R"("response_id":"resp_0000000000000000)" + number + R"(","item_id":"item_0000000000000000)" +
         number + R"(","output_index":0,"content_index":0)";
}

void Load::generate(Session& session, Instant now) {
  if (!session.socket || !session.configured || session.quiet) return;
  if (session.delta == session.deltas_wanted) {
    if (now < session.next_response) return;
    begin_response(session, now);
  }
  const auto which = ids(session);
  text_ = R"({"type":"response.output_audio_transcript.delta","event_id":"event_2",)" + which +
          R"(,"delta":" word"})";
  session.socket->queue(text_);
  text_ = R"({"type":"response.output_audio.delta","event_id":"event_3",)" + which + R"(,"delta":")" +
          delta_ + R"("})";
  session.socket->queue(text_);
  ++counts_.deltas_sent;
  if (++session.delta == session.deltas_wanted) end_response(session);
  flush(session);
}

void Load::begin_response(Session& session, Instant now) {
  // The first answers differ in length, so that not all sessions are sent audio in the same two seconds.
  const bool first = session.response++ == 0;
  session.deltas_wanted = first ? static_cast<int>(session.index % kAnswerDeltas) + 1 : kAnswerDeltas;
  session.delta = 0;
  // On the grid of the first: the line is never without words.
  session.next_response = (first ? now : session.next_response) + session.deltas_wanted * 250ms;
  const auto number = std::to_string(session.response);
  session.socket->queue(
      R"({"type":"input_audio_buffer.committed","event_id":"event_4","item_id":"item_user)" + number +
      R"("})");
  session.socket->queue(
      R"({"type":"response.created","event_id":"event_5","response":{"id":"resp_0000000000000000)" + number +
      R"(","conversation_id":"conv_0","output_modalities":["audio"]}})");
  session.socket->queue(R"({"type":"response.output_item.added","event_id":"event_6","response_id":)"
                        R"("resp_0000000000000000)" +
                        number + R"(","item":{"id":"item_0000000000000000)" + number +
                        R"(","type":"message"}})");
}

void Load::end_response(Session& session) {
  const auto number = std::to_string(session.response);
  session.socket->queue(R"({"type":"response.output_audio.done","event_id":"event_7",)" + ids(session) + "}");
  session.socket->queue(
      R"({"type":"response.done","event_id":"event_8","response":{"id":"resp_0000000000000000)" + number +
      R"(","conversation_id":"conv_0","status":"completed","output":[{"type":"message"}]}})");
}

}  // namespace bench
