#include "scenarios/cli/diagnose_source.hpp"

#include "scenarios/diagnosis/source_text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>

namespace scenarios::cli {
namespace {

std::istream& opened(std::ifstream& file, const std::string& name) {
  if (name == "-") return std::cin;
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) {
    throw Unreadable(name + " is a directory; expected a log, or a saved scrape: name a file in it");
  }
  file.open(name, std::ios::binary);
  if (!file) throw Unreadable(name + " is neither a URL nor a file that can be read");
  return file;
}

}  // namespace

LocalSource::LocalSource(const std::string& name)
    : name_(name == "-" ? "standard input" : name), in_(opened(file_, name)) {
  next_piece();
  const auto unpacker = diagnosis::unpacker_of(piece_);
  if (unpacker.empty()) return;
  throw Unreadable(fmt::format("{} is compressed; unpack it on the way: {} {} | linecheck diagnose -", name_,
                               unpacker, name == "-" ? "FILE" : name));
}

bool LocalSource::next_piece() {
  in_.read(room_.data(), room_.size());
  piece_ = {room_.data(), static_cast<std::size_t>(in_.gcount())};
  return !piece_.empty();
}

bool LocalSource::holds_metrics() const {
  return diagnosis::holds_metrics(diagnosis::bare_text(piece_));
}

std::string LocalSource::whole() {
  std::string text;
  each_piece([&](std::string_view piece) {
    if (text.size() > kLongestScrape) throw Unreadable(name_ + " is longer than a scrape can be (16 MiB)");
    text += piece;
  });
  return text;
}

void LocalSource::each_piece(const std::function<void(std::string_view)>& take) {
  while (!piece_.empty()) {
    take(piece_);
    next_piece();
  }
}

}  // namespace scenarios::cli
