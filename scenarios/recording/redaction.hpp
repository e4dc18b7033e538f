#pragma once
#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <string_view>

namespace scenarios::recording {

/// Takes out of texts what names a person or opens a door. The same number is always replaced by the same
/// one.
class Redaction {
 public:
  /// A party of the call: a number, client:NAME, sip:USER@HOST, anonymous.
  std::string party(const std::string& name);
  /// Numbers from five digits on, a phone's as another phone's; mail addresses, sids, keys and tokens.
  std::string text(std::string_view text);
  /// Keys of a phone: each number from five digits on becomes another one of its length, there and in texts.
  std::string keys(std::string_view keys);
  /// The texts inside, and such numbers.
  nlohmann::json json(const nlohmann::json& value);

  std::size_t numbers() const { return numbers_.size(); }

 private:
  std::string number(const std::string& digits);
  std::string same_length(const std::string& digits);
  std::string in_place_of(const std::string& digits);

  std::map<std::string, std::string> numbers_;  // phones, by their last digits: what stands for them
  std::map<std::string, std::string> others_;   // by all of their digits
};

}  // namespace scenarios::recording
