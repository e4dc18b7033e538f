#include "runtime/audio/speech.hpp"

#include "runtime/audio/sound_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 forgot to say so itself
#include <sys/pidfd.h>
}

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace runtime::audio {
namespace {

constexpr int kPatienceMs = 30000;            // espeak-ng speaks 100 times faster than a human
constexpr int kSlowest = 80, kFastest = 450;  // words a minute
constexpr std::size_t kLongestText = 20000;   // bytes; about 20 minutes aloud

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

/// Files in memory are the program's three streams: unlike pipes they cannot fill up and lock both sides.
Descriptor memory_file(const char* name) {
  return Descriptor(::memfd_create(name, MFD_CLOEXEC));
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::lseek(descriptor, 0, SEEK_SET) == 0;
}

/// What the program wrote to standard error, its first line.
std::string complaint(int descriptor) {
  std::array<char, 300> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  std::string line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  line = line.substr(0, line.find('\n'));
  return line.empty() ? "it did not say why" : line;
}

/// Empty when the program ended well, else what happened.
std::string wait_for(pid_t child, int errors) {
  const Descriptor process(::pidfd_open(child, 0));
  pollfd ended{process.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, kPatienceMs);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (ready <= 0)
    return "espeak-ng did not end within " + std::to_string(kPatienceMs / 1000) + " s and was stopped";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return "espeak-ng failed: " + complaint(errors);
}

/// Runs espeak-ng; empty on success. The text goes in by standard input: it is never an option, never a
/// shell's.
std::string run_espeak(const Voice& voice, int in, int out, int errors) {
  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_adddup2(&streams, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&streams, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&streams, errors, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&streams, STDERR_FILENO + 1);  // else it holds our sockets as well
  std::array<std::string, 9> words{"espeak-ng", "--stdin", "--stdout",
                                   "-b",        "1",       "-v",
                                   voice.name,  "-s",      std::to_string(voice.words_per_minute)};
  std::array<char*, 10> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  std::string locale = "LC_ALL=C.UTF-8";
  std::array<char*, 2> surroundings{locale.data(), nullptr};
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, "espeak-ng", &streams, nullptr, arguments.data(), surroundings.data());
  posix_spawn_file_actions_destroy(&streams);
  if (error == ENOENT)
    return "espeak-ng is not installed; it reads text aloud (Debian: apt install espeak-ng)";
  if (error != 0) return std::string("espeak-ng cannot be started: ") + std::strerror(error);
  return wait_for(child, errors);
}

/// Empty when it can be read.
std::string unreadable(std::string_view text, const Voice& voice) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return "there is no text to speak";
  if (text.size() > kLongestText) {
    return "the text to speak has " + std::to_string(text.size()) + " bytes; at most " +
           std::to_string(kLongestText) + " are spoken";
  }
  if (voice.name.empty() || voice.name.find('\0') != std::string::npos)
    return "the language to speak is empty; espeak-ng --voices lists those that it knows";
  if (voice.words_per_minute < kSlowest || voice.words_per_minute > kFastest) {
    return std::to_string(voice.words_per_minute) + " words a minute cannot be spoken; " +
           std::to_string(kSlowest) + " to " + std::to_string(kFastest) + " can";
  }
  return {};
}

}  // namespace

std::variant<Pcm, std::string> speak_pcm(std::string_view text, const Voice& voice, int rate) {
  if (auto problem = unreadable(text, voice); !problem.empty()) return problem;
  const Descriptor in = memory_file("text");
  const Descriptor out = memory_file("audio");
  const Descriptor errors = memory_file("errors");
  if (in.get() < 0 || out.get() < 0 || errors.get() < 0 || !write_all(in.get(), text)) {
    return std::string("no memory to speak in: ") + std::strerror(errno);
  }
  const std::string failure = run_espeak(voice, in.get(), out.get(), errors.get());
  if (!failure.empty()) return "\"" + std::string(text.substr(0, 40)) + "\" (" + voice.name + "): " + failure;
  if (::lseek(out.get(), 0, SEEK_SET) != 0) return std::string("espeak-ng's audio cannot be read again");
  return read_pcm(out.get(), "espeak-ng's audio", rate);
}

std::variant<Clip, std::string> speak(std::string_view text, const Voice& voice) {
  auto pcm = speak_pcm(text, voice, 8000);
  if (auto* error = std::get_if<std::string>(&pcm)) return std::move(*error);
  return Clip{mulaw_encode(std::get<Pcm>(pcm))};
}

}  // namespace runtime::audio
