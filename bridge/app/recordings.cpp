#include "bridge/app/recordings.hpp"

#include <memory>
#include <utility>

namespace bridge::app {

Recordings::Recordings(std::filesystem::path folder, metrics::Book& book) : files_(std::move(folder), book) {
  book.before_scrape([this, shown = files_.dropped()]() mutable {
    shown.add(static_cast<double>(dropped_.load()) - shown.value());
  });
  thread_ = std::thread([this] { work(); });
}

Recordings::~Recordings() {
  finish_all({});
  thread_.join();
}

bool Recordings::finish_all(runtime::Duration limit) {
  over_ = true;
  work_.announce();
  return is_done_.wait_for(limit) == std::future_status::ready;
}

void Recordings::write(std::string_view call_sid, call::RecordedPiece piece) {
  if (piece.interleaved.empty()) return;
  auto left = std::make_unique<Piece>(Piece{std::string(call_sid), std::move(piece), false});
  if (pieces_.push(left.get())) {
    (void)left.release();  // the thread's
  } else {
    ++dropped_;
  }
  work_.announce();
}

void Recordings::finish(std::string_view call_sid, std::int64_t samples) {
  auto left = std::make_unique<Piece>(Piece{std::string(call_sid), {samples, {}}, true});
  if (pieces_.push(left.get())) {
    (void)left.release();
  } else {
    const std::lock_guard lock(late_mutex_);
    late_.push_back(std::move(*left));
  }
  work_.announce();
}

void Recordings::work() {
  for (bool over = false; !over;) {
    const auto seen = work_.version();
    over = over_;
    const auto late = take_late();  // what is in the queue of these calls came before
    pieces_.consume_all([this](Piece* piece) { put(std::move(*std::unique_ptr<Piece>(piece))); });
    for (const auto& last : late) files_.finish(last.call_sid, last.sound.at);
    if (!over) work_.wait_beyond(seen);
  }
  files_.finish_all();
  done_.set_value();
}

void Recordings::put(Piece piece) {
  if (piece.last) {
    files_.finish(piece.call_sid, piece.sound.at);
  } else {
    files_.write(piece.call_sid, std::move(piece.sound));
  }
}

std::vector<Recordings::Piece> Recordings::take_late() {
  const std::lock_guard lock(late_mutex_);
  return std::exchange(late_, {});
}

}  // namespace bridge::app
