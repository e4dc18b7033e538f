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
  /// Phone numbers (and what looks like one), mail addresses, sids, keys and tokens.
  std::string text(std::string_view text);
  /// The texts inside, and numbers as long as a phone's.
  nlohmann::json json(const nlohmann::json& value);

  std::size_t numbers() const { return numbers_.size(); }

 private:
  std::string number(const std::string& digits);

  std::map<std::string, std::string> numbers_;  // by their last digits: what stands for them
};

}  // namespace scenarios::recording
