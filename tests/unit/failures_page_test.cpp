// docs/failures.md is read at three in the morning: what it names must be there.
#include "bridge/call/verdict.hpp"
#include "metrics/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace bridge::app {
namespace {

namespace fs = std::filesystem;
const fs::path kCheckout = LINECHECK_SOURCE_DIR;

std::string content(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// All files below `folder` that end in `ending`, in one text.
std::string sources(const char* folder, const std::string& ending) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(kCheckout / folder)) {
    if (entry.path().filename().string().ends_with(ending)) all += content(entry.path());
  }
  return all;
}

using Row = std::vector<std::string>;

std::vector<Row> rows() {
  std::vector<Row> found;
  std::ifstream in(kCheckout / "docs/failures.md");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| ") || line.starts_with("| failure") || line.starts_with("| ---")) continue;
    Row row;
    for (std::size_t at = 1; at < line.size();) {
      const auto end = line.find('|', at);
      auto cell = line.substr(at, end - at);
      cell.erase(0, cell.find_first_not_of(' '));
      cell.erase(cell.find_last_not_of(' ') + 1);
      row.push_back(std::move(cell));
      at = end + 1;
    }
    found.push_back(std::move(row));
  }
  return found;
}

/// Without its first and last character, when both are `mark`; else empty.
std::string inside(const std::string& cell, char mark) {
  const bool marked = cell.size() > 2 && cell.front() == mark && cell.back() == mark;
  return marked ? cell.substr(1, cell.size() - 2) : std::string();
}

bool is_verdict(const std::string& name) {
  try {
    for (int value = 0;; ++value) {
      if (to_string(static_cast<call::CallVerdict>(value)) == name) return true;
    }
  } catch (const std::out_of_range&) {
    return false;
  }
}

TEST(FailuresPage, NamesVerdictsMetricsAndLogLinesThatExist) {
  const auto code = sources("bridge", ".cpp");
  for (const auto& row : rows()) {
    ASSERT_EQ(row.size(), 6U) << row[0];
    const auto verdict = inside(row[2], '`');
    EXPECT_TRUE(verdict.empty() || is_verdict(verdict)) << row[0] << ": " << verdict;
    EXPECT_NE(metrics::find_family(inside(row[3], '`')), nullptr) << row[0] << ": " << row[3];
    EXPECT_NE(code.find(inside(row[4], '`')), std::string::npos) << row[0] << ": " << row[4];
  }
}

TEST(FailuresPage, IsShownRowByRowByAScenarioOrATest) {
  const auto tests = sources("tests/conformance/edges", ".test.js");
  const auto all = rows();
  EXPECT_GT(all.size(), 20U);
  for (const auto& row : all) {
    if (const auto title = inside(row[5], '*'); !title.empty()) {
      EXPECT_NE(tests.find(title), std::string::npos) << row[0] << ": no test has the title " << title;
      continue;
    }
    const auto name = inside(row[5], '`') + ".yaml";
    std::string text;
    for (const auto& entry : fs::recursive_directory_iterator(kCheckout / "scenarios/library")) {
      if (entry.path().filename() == name) text = content(entry.path());
    }
    EXPECT_FALSE(text.empty()) << row[0] << ": no scenario " << name;
    EXPECT_NE(text.find(inside(row[2], '`')), std::string::npos)
        << row[0] << ": " << name << " expects another";
  }
}

}  // namespace
}  // namespace bridge::app
