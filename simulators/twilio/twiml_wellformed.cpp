#include "simulators/twilio/twiml_wellformed.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>

namespace simulators::twilio {
namespace {

constexpr std::string_view kXmlBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// XML 1.0, 2.2.
bool is_xml_character(std::uint32_t code) {
  return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

/// The inside of `&...;`.
bool is_reference(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kEntities{"amp", "lt", "gt", "quot", "apos"};
  if (!name.starts_with('#')) return std::ranges::find(kEntities, name) != kEntities.end();
  const bool hex = name.starts_with("#x");
  const auto digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  return error == std::errc() && end == digits.data() + digits.size() && is_xml_character(code);
}

/// Goes through the markup from one piece to the next. Tags match and attributes have their quotes: pugixml
/// saw to it.
class Markup {
 public:
  explicit Markup(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = begin_ = kByteOrderMark.size();
  }

  std::string problem() {
    while (problem_.empty() && at_ < text_.size()) piece();
    return problem_;
  }

 private:
  void piece() {
    const auto rest = text_.substr(at_);
    if (rest.starts_with("<!--")) {
      comment();
    } else if (rest.starts_with("<![CDATA[")) {
      if (depth_ == 0) fail("text outside of the root element", at_, "it belongs into a verb");
      pass("]]>");
    } else if (rest.starts_with("<?")) {
      instruction(rest.substr(2));
    } else if (rest.starts_with("<!")) {
      document_type();
    } else if (rest.starts_with("</")) {
      --depth_;
      pass(">");
    } else if (rest.starts_with('<')) {
      tag();
    } else {
      text();
    }
  }

  void comment() {
    const auto dashes = text_.find("--", at_ + 4);
    if (dashes != std::string_view::npos && !text_.substr(dashes).starts_with("-->"))
      fail("-- inside a comment", dashes, "a comment ends there; write one dash");
    pass("-->");
  }

  void instruction(std::string_view target) {
    const bool declaration = target.substr(0, target.find_first_of(" \t\r\n?")) == "xml";
    if (declaration && at_ != begin_)
      problem_ = "there is something before <?xml: the declaration must be the very first thing";
    pass("?>");
  }

  /// With the declarations inside it.
  void document_type() {
    int open = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '<') ++open;
      if (text_[at_] == '>' && --open == 0) break;
    }
    pass(">");
  }

  void tag() {
    if (depth_ == 0 && has_root_) fail("a second root element", at_, "one <Response> is the whole document");
    has_root_ = true;
    std::set<std::string_view> names;
    go_to(text_.find_first_of(" \t\r\n/>", at_));
    for (;;) {
      go_to(text_.find_first_not_of(kXmlBlanks, at_));
      if (at_ == text_.size() || text_[at_] == '/') return pass(">");
      if (text_[at_] == '>') break;
      attribute(names);
    }
    ++depth_;
    pass(">");
  }

  void attribute(std::set<std::string_view>& names) {
    const auto name = text_.substr(at_, text_.find_first_of("= \t\r\n", at_) - at_);
    if (!names.insert(name).second)
      fail("the attribute " + std::string(name) + " a second time", at_, "an element has it once");
    go_to(text_.find_first_of("\"'", at_));
    if (at_ == text_.size()) return;
    const auto begin = at_ + 1;
    go_to(text_.find(text_[at_], begin));
    const auto value = text_.substr(begin, at_ - begin);
    if (const auto open = value.find('<'); open != std::string_view::npos)
      fail("a raw < in an attribute", begin + open, "write &lt;");
    references(begin, value);
    go_to(at_ + 1);
  }

  void text() {
    const auto begin = at_;
    go_to(text_.find('<', at_));
    const auto piece = text_.substr(begin, at_ - begin);
    if (depth_ > 0) return references(begin, piece);
    if (const auto first = piece.find_first_not_of(kXmlBlanks); first != std::string_view::npos)
      fail("text outside of the root element", begin + first, "it belongs into a verb");
  }

  void references(std::size_t begin, std::string_view piece) {
    for (auto at = piece.find('&'); at != std::string_view::npos; at = piece.find('&', at + 1)) {
      const auto end = piece.find_first_of("; \t\r\n<>&\"'", at + 1);
      if (end == std::string_view::npos || piece[end] != ';' || end == at + 1)
        return fail("a raw &", begin + at, "write &amp;");
      const auto name = piece.substr(at + 1, end - at - 1);
      if (is_reference(name)) continue;
      return fail("&" + std::string(name) + ";", begin + at,
                  name.starts_with('#') ? "XML has no character of this number"
                                        : "XML knows amp, lt, gt, quot and apos; write the character itself");
    }
  }

  void fail(const std::string& what, std::size_t at, const std::string& right) {
    if (problem_.empty()) problem_ = what + " at " + place_in(text_, at) + ": " + right;
  }
  void go_to(std::size_t at) { at_ = std::min(at, text_.size()); }
  /// To behind the next `end`.
  void pass(std::string_view end) {
    const auto found = text_.find(end, at_);
    go_to(found == std::string_view::npos ? found : found + end.size());
  }

  const std::string_view text_;
  std::size_t begin_ = 0;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool has_root_ = false;
  std::string problem_;
};

/// Not even inside of CDATA.
std::string control_character(std::string_view text) {
  const auto found = std::ranges::find_if(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
  if (found == text.end()) return {};
  return "the control character " + std::to_string(static_cast<int>(*found)) + " at " +
         place_in(text, static_cast<std::size_t>(found - text.begin())) + ": XML has no place for it";
}

}  // namespace

std::string ill_formed(std::string_view xml) {
  auto problem = control_character(xml);
  return problem.empty() ? Markup(xml).problem() : problem;
}

std::string place_in(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace simulators::twilio
