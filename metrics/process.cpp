#include "metrics/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <system_error>

namespace metrics {
namespace {

/// What /proc/self/stat says, in its units (proc(5)).
struct Stat {
  double user_ticks = 0, system_ticks = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;
};

Stat read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  // The second field is the program's name in parentheses, which may hold anything.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  Stat stat;
  std::string skipped;
  for (int field = 3; field <= 24 && fields; ++field) {
    if (field == 14)
      fields >> stat.user_ticks;
    else if (field == 15)
      fields >> stat.system_ticks;
    else if (field == 22)
      fields >> stat.start_ticks;
    else if (field == 23)
      fields >> stat.virtual_bytes;
    else if (field == 24)
      fields >> stat.resident_pages;
    else
      fields >> skipped;
  }
  return stat;
}

/// Unix seconds at which the machine started.
double boot_seconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime") file >> seconds;
  }
  return seconds;
}

/// Listing them takes milliseconds where there are thousands, in which the thread carries no call: since
/// Linux 6.2 their number is the size of the folder.
double open_descriptors() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return static_cast<double>(folder.st_size);
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  const auto count = std::distance(begin(entries), end(entries));
  return static_cast<double>(count - 1);  // one is the listing's own
}

double most_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void add_process_metrics(Book& book) {
  Sheet& sheet = book.add_sheet({"process_"});
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  sheet.gauge("process_start_time_seconds").set(boot_seconds() + read_stat().start_ticks / ticks_per_second);
  sheet.gauge("process_max_fds").set(most_descriptors());
  book.before_scrape([cpu = sheet.counter("process_cpu_seconds_total"), fds = sheet.gauge("process_open_fds"),
                      resident = sheet.gauge("process_resident_memory_bytes"),
                      reserved = sheet.gauge("process_virtual_memory_bytes"), ticks_per_second,
                      page_bytes]() mutable {
    const Stat stat = read_stat();
    cpu.add((stat.user_ticks + stat.system_ticks) / ticks_per_second - cpu.value());
    resident.set(stat.resident_pages * page_bytes);
    reserved.set(stat.virtual_bytes);
    fds.set(open_descriptors());
  });
}

void set_build_info(Sheet& sheet, std::string_view version, std::string_view revision) {
  sheet.gauge("voicebridge_build_info", {version, revision}).set(1);
}

}  // namespace metrics
