#pragma once
#include <string>
#include <string_view>

namespace bridge::call {

/// + and 7 to 15 digits.
bool e164(std::string_view number);
/// "+14155551212" as "+1415*****12", also in the middle of other words: sip:+1415*****12@example.com.
/// Twilio's sids are left alone.
std::string masked(std::string_view words);

}  // namespace bridge::call
