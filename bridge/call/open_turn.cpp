#include "bridge/call/open_turn.hpp"

#include "bridge/call/pause.hpp"

#include <utility>
#include <variant>

namespace bridge::call {
namespace {
constexpr std::size_t kSlack = 8'000;  // beyond kMost, so that it is not moved at each frame
}  // namespace

void OpenTurn::said(std::string_view mulaw) {
  const bool quiet = is_quiet(mulaw);
  audio_.append(mulaw);
  quiet_ = quiet ? quiet_ + mulaw.size() : 0;
  loud_ = loud_ || !quiet;
  if (quiet_ > kPauseBytes) {
    audio_.erase(audio_.size() - quiet_, quiet_ - kPauseBytes);
    quiet_ = kPauseBytes;
  }
  if (audio_.size() > kMost + kSlack) audio_.erase(0, audio_.size() - kMost);
}

void OpenTurn::note(const openai::Event& event) {
  if (const auto* turn = std::get_if<openai::Committed>(&event)) committed(turn->item);
  if (const auto* written = std::get_if<openai::InputTranscript>(&event)) forget(written->item);
}

void OpenTurn::committed(const openai::ItemId& item) {
  if (audio_.size() > kMost) audio_.erase(0, audio_.size() - kMost);
  if (loud_) unanswered_.push_back(Turn{item, std::move(audio_)});
  begin_anew();
  std::size_t bytes = 0;
  for (const auto& turn : unanswered_) bytes += turn.mulaw.size();
  for (; bytes > kMost; unanswered_.pop_front()) bytes -= unanswered_.front().mulaw.size();
}

void OpenTurn::forget(const openai::ItemId& item) {
  std::erase_if(unanswered_, [&](const Turn& turn) { return turn.item == item; });
}

void OpenTurn::over() {
  unanswered_.clear();
  repeat_.clear();
  begin_anew();
}

void OpenTurn::begin_anew() {
  audio_.clear();
  quiet_ = 0;
  loud_ = false;
}

std::size_t OpenTurn::lost() {
  if (loud_) repeat_.insert(0, audio_);
  if (repeat_.size() > kMost) repeat_.erase(0, repeat_.size() - kMost);
  begin_anew();
  return repeat_.size();
}

std::string_view OpenTurn::again() {
  piece_ = repeat_.substr(0, kPiece);
  repeat_.erase(0, piece_.size());
  if (!piece_.empty()) said(piece_);
  return piece_;
}

}  // namespace bridge::call
