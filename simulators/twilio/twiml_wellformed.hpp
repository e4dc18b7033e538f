#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// What keeps a document from being XML, and where; pugixml, which reads it, forgives much that Twilio's
/// parser does not. Empty when there is nothing.
std::string ill_formed(std::string_view xml);

/// "line 2, column 7"
std::string place_in(std::string_view text, std::size_t offset);

}  // namespace simulators::twilio
