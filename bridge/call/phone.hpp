#pragma once
#include <string>
#include <string_view>

namespace bridge::call {

/// + and 7 to 15 digits.
bool e164(std::string_view number);
/// "+14155551212" as "+1415*****12", also in the middle of other words: sip:+1415*****12@example.com.
/// What is no phone number (no_phone.hpp) stays readable.
std::string masked(std::string_view words);
/// Of what a peer gives as a number: all of it, though it might be a date.
std::string masked_number(std::string_view number);

}  // namespace bridge::call
