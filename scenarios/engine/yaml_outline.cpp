#include "scenarios/engine/yaml_outline.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace scenarios::engine {
namespace {

class Look final : public YAML::EventHandler {
 public:
  YamlOutline found;

  void OnDocumentStart(const YAML::Mark& mark) override { found.documents.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    if (found.documents.size() == 1) found.anchors.push_back({mark, name});
  }
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { text(anchor, {}); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t anchor) override {
    if (auto* of = numbered(anchor)) of->used = true;
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    text(anchor, value);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}

 private:
  /// The library numbers a document's anchors as they come, from 1; 0 is none.
  YamlOutline::Anchor* numbered(YAML::anchor_t anchor) {
    const bool known = found.documents.size() == 1 && anchor >= 1 && anchor <= found.anchors.size();
    return known ? &found.anchors[anchor - 1] : nullptr;
  }
  void text(YAML::anchor_t anchor, const std::string& value) {
    if (auto* of = numbered(anchor)) of->text = value;
  }
};

}  // namespace

std::optional<YamlOutline::Anchor> YamlOutline::unused_anchor() const {
  const auto unused = std::ranges::find(anchors, false, &Anchor::used);
  return unused == anchors.end() ? std::nullopt : std::optional(*unused);
}

YamlOutline yaml_outline(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Look look;
  while (look.found.documents.size() < 2 && parser.HandleNextDocument(look)) {
  }
  return look.found;
}

}  // namespace scenarios::engine
