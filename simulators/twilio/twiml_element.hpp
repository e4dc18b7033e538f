#pragma once
#include "simulators/twilio/twiml.hpp"

#include <pugixml.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// An attribute that Twilio knows, and the code of a value that it does not take.
struct AttributeRule {
  std::string_view name;
  int bad_value = 12200;
};
/// What may stand in an element of TwiML.
struct ElementRule {
  std::string_view name;
  std::span<const AttributeRule> attributes;
  int bad_child = 12200;
};
/// The rule of an element that is known here. Null for others.
const ElementRule* element_rule(std::string_view name);

/// One element of a document, read under its rule: every value is checked, and one that Twilio does not take
/// is replaced by the default, with a warning that says what would be right.
class Element {
 public:
  /// Warns of unknown attributes. `rule` is the element's own.
  Element(pugi::xml_node node, const ElementRule& rule, std::vector<Finding>& findings);

  std::string text(const char* attribute, std::string_view fallback = "") const;
  std::string method(const char* attribute) const;
  /// A whole number from `least` on.
  unsigned count(const char* attribute, unsigned fallback, unsigned least = 1) const;
  /// Whole seconds, from `least` on.
  runtime::Duration seconds(const char* attribute, runtime::Duration fallback, unsigned least = 1) const;
  bool flag(const char* attribute, bool fallback) const;
  /// One of `choices`, separated by blanks.
  std::string choice(const char* attribute, std::string_view fallback, std::string_view choices) const;
  /// Several of `choices`, separated by blanks.
  std::vector<std::string> choices(const char* attribute, std::string_view fallback,
                                   std::string_view choices) const;
  /// Only characters of `allowed`.
  std::string keys(const char* attribute, std::string_view fallback, std::string_view allowed) const;

  bool has(const char* attribute) const { return !node_.attribute(attribute).empty(); }
  /// The text inside, without blanks at its ends. Elements in it are reported and left out with all that they
  /// hold, but for the `markup`: names, separated by blanks, whose text belongs to it.
  std::string content(std::string_view markup = "") const;
  /// Reports what is inside: nothing may be.
  void must_be_empty() const;
  /// Its elements; text between them is reported.
  std::vector<pugi::xml_node> children() const;
  /// The first child of this name; null: there is none.
  pugi::xml_node child(const char* name) const { return node_.child(name); }
  /// A child of a name that has no place here.
  void reject_child(const pugi::xml_node& child, std::string_view allowed) const;
  void warn(int code, std::string text) const;
  std::string tag() const { return "<" + std::string(rule_.name) + ">"; }

 private:
  int code_of(std::string_view attribute) const;
  void collect_text(const pugi::xml_node& node, const std::vector<std::string>& markup,
                    std::string& into) const;
  /// Warns of a value and says what would be right.
  void bad(const char* attribute, std::string_view value, std::string_view right) const;

  pugi::xml_node node_;
  const ElementRule& rule_;
  std::vector<Finding>& findings_;
};

}  // namespace simulators::twilio
