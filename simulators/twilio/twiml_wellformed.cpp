#include "simulators/twilio/twiml_wellformed.hpp"

#include "runtime/core/utf8.hpp"

#include <expat.h>

#include <algorithm>
#include <memory>

namespace simulators::twilio {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";

/// What is wrong, where, and what would be right. Without `right` nothing is known of that.
struct Problem {
  std::string what;
  std::size_t at = 0;
  std::string right;
};

/// From an `&` that begins no reference, or one that XML does not know.
Problem of_reference(std::string_view text, std::size_t at) {
  const auto end = text.find_first_of("; \t\r\n<>&\"'", at + 1);
  if (end == kNone || text[end] != ';' || end == at + 1) return {"a raw &", at, "write &amp;"};
  const std::string name(text.substr(at, end + 1 - at));
  if (name.starts_with("&#")) return {name, at, "XML has no character of this number"};
  return {name, at, "XML knows amp, lt, gt, quot and apos; write the character itself"};
}

/// The `&` of a reference that was not over when the parser stumbled `at` a byte.
std::size_t open_reference(std::string_view text, std::size_t at) {
  const auto found = text.substr(0, at).find_last_of("&;<>\"'");
  return found != kNone && text[found] == '&' ? found : kNone;
}

/// Where an & is as good as any other sign.
bool inside_comment(std::string_view before) {
  const auto begin = before.rfind("<!--");
  return begin != kNone && before.find("-->", begin) == kNone;
}

Problem of_token(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  const auto byte = at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  if (byte < 0x20 && kBlanks.find(static_cast<char>(byte)) == kNone)
    return {"the control character " + std::to_string(byte), at, "XML has no place for it"};
  if (runtime::utf8_until(text) == at) return {"a byte that is no UTF-8", at, "write the document in UTF-8"};
  if (before.find('<') == kNone) return {"text outside of the root element", 0, "it belongs into a verb"};
  if (before.ends_with("--") && inside_comment(before))
    return {"-- inside a comment", at - 2, "a comment ends there; write one dash"};
  if (const auto begin = open_reference(text, at); begin != kNone) return of_reference(text, begin);
  const bool attribute = before.rfind('<') > before.rfind('>') || before.rfind('>') == kNone;
  if (byte == '<' && attribute) return {"a raw < in an attribute", at, "write &lt;"};
  if (before.ends_with('<') && byte == '/')
    return {"a closing tag that closes nothing", at - 1, "leave it out"};
  if (before.ends_with('<')) return {"a raw <", at - 1, "write &lt;"};
  if (before.ends_with('=')) return {"an attribute without quotes", at, "write name=\"value\""};
  return {XML_ErrorString(XML_ERROR_INVALID_TOKEN), at, {}};
}

Problem behind_the_root(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  if (rest.starts_with('<') && !rest.starts_with("<!"))
    return {"a second root element", at, "one <Response> is the whole document"};
  return {"text outside of the root element", at, "it belongs into a verb"};
}

/// In our words, where the author can be told more than expat says.
Problem explained(XML_Error error, std::string_view text, std::size_t at) {
  switch (error) {
    case XML_ERROR_INVALID_TOKEN:
      return of_token(text, at);
    case XML_ERROR_UNDEFINED_ENTITY:
    case XML_ERROR_BAD_CHAR_REF:
      return of_reference(text, at);
    case XML_ERROR_JUNK_AFTER_DOC_ELEMENT:
      return behind_the_root(text, at);
    case XML_ERROR_DUPLICATE_ATTRIBUTE: {
      const auto name = text.substr(at, text.find_first_of("= \t\r\n", at) - at);
      return {"the attribute " + std::string(name) + " a second time", at, "an element has it once"};
    }
    case XML_ERROR_MISPLACED_XML_PI:
      return {"something before <?xml", at, "the declaration must be the very first thing"};
    case XML_ERROR_TAG_MISMATCH:
      return {"a mismatched tag", at, "what was opened last is closed first"};
    case XML_ERROR_NO_ELEMENTS:
      return {"the end of the document", at, "everything that is opened must be closed, <Response> last"};
    default:
      return {XML_ErrorString(error), at, {}};
  }
}

}  // namespace

std::string ill_formed(std::string_view xml) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr),
                                                                            &XML_ParserFree);
  const auto size = static_cast<int>(xml.size());
  if (XML_Parse(parser.get(), xml.data(), size, XML_TRUE) == XML_STATUS_OK) return {};
  const auto error = XML_GetErrorCode(parser.get());
  if (error == XML_ERROR_UNKNOWN_ENCODING) return {};  // others know more of them
  const auto index = XML_GetCurrentByteIndex(parser.get());
  const auto problem = explained(error, xml, index < 0 ? 0 : static_cast<std::size_t>(index));
  const std::string text = problem.what + " at " + place_in(xml, problem.at);
  return problem.right.empty() ? text : text + ": " + problem.right;
}

std::string place_in(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace simulators::twilio
