#pragma once
#include "bridge/app/recording_files.hpp"
#include "bridge/app/work.hpp"
#include "bridge/call/recording.hpp"
#include "metrics/sheet.hpp"
#include "runtime/core/time.hpp"

#include <boost/lockfree/queue.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bridge::app {

/// RecordingFiles on a thread of its own: a disk that is slow or full loses recordings, and no call.
class Recordings final : public call::RecordingSink {
 public:
  Recordings(std::filesystem::path folder, metrics::Book& book);
  /// Writes what is left.
  ~Recordings() override;

  // From any thread, without a lock as long as there is room.
  void write(std::string_view call_sid, call::RecordedPiece piece) override;
  void finish(std::string_view call_sid, std::int64_t samples) override;

  /// No call is left: writes what waits, for no longer than this. False: something is still being written.
  bool finish_all(runtime::Duration limit);

 private:
  struct Piece {
    std::string call_sid;
    call::RecordedPiece sound;  // of the last: none, and its place is the call's end
    bool last = false;
  };
  void work();
  void put(Piece piece);
  std::vector<Piece> take_late();

  static constexpr std::size_t kMostPieces = 4096;  // of a second each; beyond, they are dropped

  RecordingFiles files_;  // the thread's own
  boost::lockfree::queue<Piece*, boost::lockfree::capacity<kMostPieces>> pieces_;
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex late_mutex_;    // taken when the queue is full, and by its thread
  std::vector<Piece> late_;  // last ones
  Work work_;
  std::atomic<bool> over_{false};
  std::promise<void> done_;
  std::future<void> is_done_ = done_.get_future();
  std::thread thread_;
};

}  // namespace bridge::app
