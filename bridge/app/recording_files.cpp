#include "bridge/app/recording_files.hpp"

#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>

namespace bridge::app {
namespace {
constexpr std::size_t kLongestSid = 64;

/// What may be a file's name, and nothing else.
bool is_name(std::string_view sid) {
  return !sid.empty() && sid.size() <= kLongestSid &&
         std::ranges::all_of(sid, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
}
/// A call may have a second stream; and what a process that was killed had of its first one is kept.
std::filesystem::path free_name(const std::filesystem::path& folder, const std::string& call_sid) {
  auto name = folder / (call_sid + ".wav");
  const auto taken = [](const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error) || std::filesystem::exists(path.string() + ".part", error);
  };
  for (int again = 2; taken(name) && again < 100; ++again)
    name = folder / (call_sid + "-" + std::to_string(again) + ".wav");
  return name;
}
}  // namespace

/// One recording that is being written. What never came is silence in it.
class RecordingFiles::File {
 public:
  enum class Outcome { written, incomplete, failed };

  File(const std::filesystem::path& folder, const std::string& call_sid)
      : path_(free_name(folder, call_sid)) {
    if (!is_name(call_sid)) return;
    const int descriptor =
        ::open(part().c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (descriptor < 0) return;
    SF_INFO info{};
    info.samplerate = 8000;
    info.channels = 2;
    info.format = SF_FORMAT_WAV | SF_FORMAT_ULAW;
    sound_ = sf_open_fd(descriptor, SFM_WRITE, &info, SF_TRUE);
    if (sound_ == nullptr) {
      ::close(descriptor);
      return;
    }
    sf_command(sound_, SFC_SET_UPDATE_HEADER_AUTO, nullptr, SF_TRUE);  // readable if the process is killed
  }
  ~File() {
    if (sound_ != nullptr) sf_close(sound_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void write(const call::RecordedPiece& piece) {
    const auto missing = std::clamp<std::int64_t>(piece.at - samples_, 0, kLongestGap);
    if (missing > 0) {
      incomplete_ = true;
      append(std::string(static_cast<std::size_t>(missing) * 2, kSilence));
    }
    append(piece.interleaved);
  }
  /// `samples`: how long it should be.
  Outcome finish(std::int64_t samples) {
    incomplete_ = incomplete_ || samples_ < samples;
    const bool closed = sound_ != nullptr && sf_close(std::exchange(sound_, nullptr)) == 0;
    std::error_code error;
    if (closed) std::filesystem::rename(part(), path_, error);
    if (!closed || failed_ || error) return Outcome::failed;
    return incomplete_ ? Outcome::incomplete : Outcome::written;
  }

 private:
  static constexpr char kSilence = '\xff';
  static constexpr std::int64_t kLongestGap = 8000 * 3600;  // samples

  std::filesystem::path part() const { return path_.string() + ".part"; }
  void append(const std::string& interleaved) {
    const auto size = static_cast<sf_count_t>(interleaved.size());
    failed_ = failed_ || sound_ == nullptr || sf_write_raw(sound_, interleaved.data(), size) != size;
    samples_ += size / 2;
  }

  const std::filesystem::path path_;
  SNDFILE* sound_ = nullptr;
  std::int64_t samples_ = 0;
  bool failed_ = false, incomplete_ = false;
};

RecordingFiles::RecordingFiles(std::filesystem::path folder, metrics::Book& book)
    : folder_(std::move(folder)) {
  auto& sheet =
      book.add_sheet({"voicebridge_recordings_total", "voicebridge_recording_pieces_dropped_total"});
  written_ = sheet.counter("voicebridge_recordings_total", {"written"});
  incomplete_ = sheet.counter("voicebridge_recordings_total", {"incomplete"});
  failed_ = sheet.counter("voicebridge_recordings_total", {"failed"});
  dropped_ = sheet.counter("voicebridge_recording_pieces_dropped_total");
}
RecordingFiles::~RecordingFiles() = default;

void RecordingFiles::write(std::string_view call_sid, call::RecordedPiece piece) {
  if (piece.interleaved.empty()) return;
  auto& file = files_[std::string(call_sid)];
  if (!file) file = std::make_unique<File>(folder_, std::string(call_sid));
  file->write(piece);
}

void RecordingFiles::finish(std::string_view call_sid, std::int64_t samples) {
  const auto found = files_.find(std::string(call_sid));
  if (found == files_.end()) {
    if (samples > 0) incomplete_.add();  // every piece of it was dropped
    return;
  }
  switch (found->second->finish(samples)) {
    case File::Outcome::written:
      written_.add();
      break;
    case File::Outcome::incomplete:
      incomplete_.add();
      break;
    case File::Outcome::failed:
      failed_.add();
      break;
  }
  files_.erase(found);
}

void RecordingFiles::finish_all() {
  while (!files_.empty()) finish(std::string(files_.begin()->first), 0);
}

}  // namespace bridge::app
