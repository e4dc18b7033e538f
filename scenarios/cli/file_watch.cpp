#include "scenarios/cli/file_watch.hpp"

#include "scenarios/engine/loader.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace scenarios::cli {
namespace fs = std::filesystem;

namespace {
constexpr int kSameChange = 30;  // ms: editors write, then rename
constexpr auto kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE;
}  // namespace

FileWatch::FileWatch(std::size_t most_folders)
    : most_folders_(most_folders), descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "cannot watch files");
}

FileWatch::~FileWatch() {
  ::close(descriptor_);
}

void FileWatch::cover(const std::vector<fs::path>& paths) {
  std::error_code ignored;
  for (const auto& path : paths) {
    if (fs::is_directory(path, ignored)) {
      cover_tree(path);
    } else {
      cover_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
    }
  }
}

void FileWatch::cover_tree(const fs::path& folder) {
  cover_folder(folder);
  std::error_code gone;
  const fs::directory_iterator end;
  for (fs::directory_iterator entry(folder, gone); entry != end; entry.increment(gone)) {
    if (!entry->is_directory(gone)) continue;
    if (engine::is_of_tools(entry->path())) continue;
    if (entry->is_symlink(gone)) {
      cover_link(*entry);
    } else {
      cover_tree(*entry);
    }
  }
}

/// One that was renamed has the watch that it had: its name is the last one.
void FileWatch::cover_folder(const fs::path& folder) {
  if (const auto watch = watch_of(folder)) folders_[*watch] = folder;
}

/// Not what is below: a link may lead in a circle. A folder that is covered as well keeps its own name.
void FileWatch::cover_link(const fs::path& link) {
  if (const auto watch = watch_of(link)) folders_.try_emplace(*watch, link);
}

/// The same number for the same folder. Nullopt: it has gone since it was found, nobody may read it, or no
/// more are watched.
std::optional<int> FileWatch::watch_of(const fs::path& folder) {
  const int watch = ::inotify_add_watch(descriptor_, folder.c_str(), kEvents);
  if (watch >= 0 && (folders_.contains(watch) || folders_.size() < most_folders_)) return watch;
  if (watch >= 0) ::inotify_rm_watch(descriptor_, watch);
  if (watch >= 0 || errno == ENOSPC) full_ = true;  // ENOSPC: fs.inotify.max_user_watches
  if (watch >= 0 || errno == ENOSPC || errno == ENOENT || errno == EACCES) return std::nullopt;
  throw std::system_error(errno, std::generic_category(), "cannot watch " + folder.string());
}

std::set<fs::path> FileWatch::wait(int interruption) {
  std::set<fs::path> changed;
  for (int patience = -1;;) {
    std::array<pollfd, 2> readable{{{descriptor_, POLLIN, 0}, {interruption, POLLIN, 0}}};
    const int ready = ::poll(readable.data(), readable.size(), patience);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) throw std::system_error(errno, std::generic_category(), "cannot wait for files");
    if (ready == 0 || readable[1].revents != 0) return changed;
    read(changed);
    if (!changed.empty()) patience = kSameChange;
  }
}

void FileWatch::read(std::set<fs::path>& changed) {
  alignas(inotify_event) std::array<char, 64U << 10U> buffer;
  const auto size = ::read(descriptor_, buffer.data(), buffer.size());
  for (ssize_t at = 0; at < size;) {
    inotify_event event{};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    const auto folder = folders_.find(event.wd);
    const bool just_made =
        (event.mask & IN_CREATE) != 0 && (event.mask & IN_ISDIR) == 0;  // it is written later
    if (folder != folders_.end() && event.len > 0 && !just_made) changed.insert(folder->second / name);
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
}

}  // namespace scenarios::cli
