#pragma once
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bridge::app {

/// Collects what is wrong with one YAML text, each with its place, its line and a caret under it.
class Problems {
 public:
  Problems(std::string name, const std::string& text);
  /// `what`: what is wrong; `right`: what would be right (may be empty).
  void add(YAML::Mark at, std::string what, std::string right);
  bool empty() const { return found_.empty(); }
  std::size_t size() const { return found_.size(); }
  /// Keys that were asked for, in full.
  void know(std::string key) { known_.insert(std::move(key)); }
  std::vector<std::string> known() const { return {known_.begin(), known_.end()}; }
  /// Ready to print, in the order of the text.
  std::vector<std::string> sorted() const;

 private:
  struct Problem {
    int line, column;  // from 0
    std::string text;
  };
  std::pair<int, int> place(const YAML::Mark& at) const;

  std::string name_;
  std::size_t size_;  // of the text
  std::vector<std::string> lines_;
  std::vector<Problem> found_;
  std::set<std::string> known_;
};

}  // namespace bridge::app
