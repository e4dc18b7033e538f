#include "bridge/call/open_turn.hpp"

#include "runtime/audio/level.hpp"

#include <utility>
#include <variant>

namespace bridge::call {
namespace {
constexpr double kSilentDbfs = -45;    // of the caller's line
constexpr std::size_t kSlack = 8'000;  // beyond kMost, so that it is not moved at each frame
}  // namespace

void OpenTurn::said(std::string_view mulaw) {
  const bool quiet = runtime::audio::rms_dbfs_mulaw(mulaw) <= kSilentDbfs;
  audio_.append(mulaw);
  quiet_ = quiet ? quiet_ + mulaw.size() : 0;
  loud_ = loud_ || !quiet;
  if (quiet_ > kPause) {
    audio_.erase(audio_.size() - quiet_, quiet_ - kPause);
    quiet_ = kPause;
  }
  if (audio_.size() > kMost + kSlack) audio_.erase(0, audio_.size() - kMost);
}

void OpenTurn::note(const openai::Event& event) {
  if (const auto* committed = std::get_if<openai::Committed>(&event)) {
    if (loud_) unanswered_ = Turn{committed->item, std::move(audio_)};
    forget();
  } else if (const auto* written = std::get_if<openai::InputTranscript>(&event)) {
    if (unanswered_ && unanswered_->item == written->item) unanswered_.reset();
  } else if (std::holds_alternative<openai::AudioDelta>(event) ||
             std::holds_alternative<openai::FunctionCall>(event)) {
    unanswered_.reset();
  }
}

void OpenTurn::over() {
  unanswered_.reset();
  forget();
}

void OpenTurn::forget() {
  audio_.clear();
  quiet_ = 0;
  loud_ = false;
}

std::size_t OpenTurn::lost() {
  if (loud_) repeat_.insert(0, audio_);
  if (repeat_.size() > kMost) repeat_.erase(0, repeat_.size() - kMost);
  forget();
  return repeat_.size();
}

std::string_view OpenTurn::again() {
  piece_ = repeat_.substr(0, kPiece);
  repeat_.erase(0, piece_.size());
  if (!piece_.empty()) said(piece_);
  return piece_;
}

}  // namespace bridge::call
