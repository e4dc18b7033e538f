#pragma once
#include <string>
#include <string_view>

namespace bridge::call {

/// + and 7 to 15 digits.
bool e164(std::string_view number);
/// "+14155551212" as "+1415*****12"; text that is no number is left alone.
std::string masked(std::string_view number);

}  // namespace bridge::call
