#include "bridge/app/yaml_document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge::app {
namespace {

// Of a whole configuration, aliases written out: they can make a small text huge. 10'000 numbers fit.
constexpr std::size_t kMaxNodes = 50'000;
constexpr std::size_t kMaxDepth = 64;

struct Refused {
  YAML::Mark at;
  std::string what, right;
};

/// Measures a text while it is parsed, before any tree is built of it. Throws Refused: a handler of yaml-cpp
/// has no other way to end a parse.
class Measure final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!documents_.empty()) {
      // A comma in front is a document without end to yaml-cpp: it begins again at the same place.
      if (documents_.back().pos == mark.pos)
        throw Refused{mark, "no configuration begins with a comma", "expected a mapping of keys and values"};
      throw Refused{mark, "a second document begins here", "expected one: drop the line ---"};
    }
    documents_.push_back(mark);
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, {}); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string&) override {
    add(mark, anchor, {});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto names = [&](const Open& open) { return open.anchor == anchor; };
    if (std::ranges::any_of(open_, names)) {
      throw Refused{mark, "this alias stands inside of what it names, which so has no end",
                    "expected the values themselves, or an alias of something that ends before"};
    }
    add(mark, YAML::NullAnchor, sizes_[anchor]);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Size {
    std::size_t nodes = 1, depth = 1;
  };
  struct Open {  // a mapping or a list
    YAML::Mark begins;
    YAML::anchor_t anchor;
    Size size;  // so far
  };

  void check_depth(const YAML::Mark& mark, std::size_t depth) const {
    if (open_.size() + depth <= kMaxDepth) return;
    throw Refused{mark, "this is nested too deeply",
                  fmt::format("expected at most {} levels, an alias counted as what it names", kMaxDepth)};
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor) {
    check_depth(mark, 1);
    open_.push_back({mark, anchor, {}});
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Size size) {
    check_depth(mark, size.depth);
    if (anchor != YAML::NullAnchor) sizes_[anchor] = size;
    if (open_.empty()) return;
    auto& around = open_.back().size;
    around.nodes += size.nodes;
    around.depth = std::max(around.depth, size.depth + 1);
    if (around.nodes > kMaxNodes) {
      throw Refused{mark, "with this the configuration is too big",
                    fmt::format("expected at most {} values, an alias counted as what it names", kMaxNodes)};
    }
  }

  void close() {
    const Open done = open_.back();
    open_.pop_back();
    add(done.begins, done.anchor, done.size);
  }

  std::vector<YAML::Mark> documents_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Size> sizes_;  // with every alias written out
};

/// YAML takes no tab in front of a line, and its reader complains of anything but that. Empty: there is none
/// up to `line` (from 0).
std::string of_a_tab(const std::string& text, int line) {
  std::istringstream in(text);
  std::string found, one;
  for (int number = 0; number <= line && std::getline(in, one); ++number) {
    if (one.substr(0, one.find_first_not_of(" \t")).find('\t') == std::string::npos) continue;
    found = fmt::format("line {} is indented with a tab: expected spaces alone", number + 1);
  }
  return found;
}

}  // namespace

bool check_document(const std::string& text, Problems& problems) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Measure measure;
  try {
    while (parser.HandleNextDocument(measure)) {
    }
  } catch (const Refused& refused) {
    problems.add(refused.at, refused.what, refused.right);
    return false;
  }
  return true;
}

std::string expected_instead(const std::string& text, const YAML::Exception& broken) {
  if (auto tab = of_a_tab(text, broken.mark.line); !tab.empty()) return tab;
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kRight{{
      {"end of sequence flow not found", "expected ] behind the last item of a list that began with ["},
      {"end of map flow not found", "expected } behind the last value of a mapping that began with {"},
      {"end of map not found", "expected the keys of one mapping in one column, each as KEY: VALUE"},
      {"end of sequence not found", "expected the items of one list in one column, each as - ITEM"},
      {"illegal map value", "expected quotes around a text that holds a colon and a space"},
      {"EOF in scalar", "expected the quote that ends a text which began with one"},
      {"anchor is not defined", "expected &NAME before *NAME; a text that begins with * stands in quotes"},
      {"illegal block entry", "expected the items of a list on lines of their own, each as - ITEM"},
  }};
  for (const auto& [message, right] : kRight) {
    if (broken.msg.find(message) != std::string::npos) return std::string(right);
  }
  return {};
}

}  // namespace bridge::app
