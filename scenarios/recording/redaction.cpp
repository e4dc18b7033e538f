#include "scenarios/recording/redaction.hpp"

#include "scenarios/report/redact.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace scenarios::recording {
namespace {

constexpr std::size_t kFewestDigits = 5;     // of a number that may name somebody
constexpr std::size_t kFewestOfPhone = 8;    // of a phone's
constexpr std::size_t kMostOfPhone = 15;     // E.164
constexpr std::size_t kNationalDigits = 10;  // by which +1 415... and 415... are one
constexpr std::size_t kSidDigits = 32;
constexpr std::size_t kStandIns = 9'999;  // what the fewest digits have room for behind the first
constexpr std::size_t kFictitious = 100;  // 555-0100 to 555-0199 are nobody's

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool hex(char c) {
  return digit(c) || (c >= 'a' && c <= 'f');
}

/// A number at the beginning of a text.
struct Written {
  std::size_t length = 0;  // characters; 0: there is none
  std::string digits;
};

Written without_groups(std::string_view text) {
  const auto length = static_cast<std::size_t>(std::ranges::find_if_not(text, digit) - text.begin());
  return {length, std::string(text.substr(0, length))};
}

/// As people write it, in groups; one as short as few phones' have none.
Written number_of(std::string_view text) {
  Written found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (digit(text[i])) {
      found.digits += text[i];
      found.length = i + 1;
    } else if (!((i == 0 && text[i] == '+') ||
                 std::string_view(" -().").find(text[i]) != std::string_view::npos)) {
      break;
    } else if (i > found.length + 1) {
      break;
    }
  }
  if (found.digits.size() < kFewestOfPhone) found = without_groups(text);
  const bool joined = found.length < text.size() && word(text[found.length]);
  return found.digits.size() >= kFewestDigits && !joined ? found : Written{};
}

std::size_t sid_length(std::string_view text) {
  static constexpr std::array kKinds{"AC", "CA", "MZ", "SK", "PN", "RE", "CF", "VE", "SM", "ZZ"};
  const bool kind = std::ranges::any_of(kKinds, [&](std::string_view k) { return text.starts_with(k); });
  if (!kind || text.size() < 2 + kSidDigits) return 0;
  const auto digits = text.substr(2, kSidDigits);
  return std::ranges::all_of(digits, hex) ? 2 + kSidDigits : 0;
}

/// Of a mail address that has its @ at `at`: where it begins and ends.
std::pair<std::size_t, std::size_t> mail_around(std::string_view text, std::size_t at) {
  const auto part = [](char c) { return word(c) || c == '.' || c == '-' || c == '+'; };
  std::size_t begin = at, end = at + 1;
  while (begin > 0 && part(text[begin - 1])) --begin;
  while (end < text.size() && part(text[end])) ++end;
  return {begin, end};
}

std::string without_mail(std::string text) {
  constexpr std::string_view kInstead = "name@example.com";
  for (auto at = text.find('@'); at != std::string::npos; at = text.find('@', at)) {
    const auto [begin, end] = mail_around(text, at);
    if (begin == at || end == at + 1) {
      ++at;
      continue;
    }
    text.replace(begin, end - begin, kInstead);
    at = begin + kInstead.size();
  }
  return text;
}

}  // namespace

std::string Redaction::number(const std::string& digits) {
  const auto key = digits.substr(digits.size() - std::min(digits.size(), kNationalDigits));
  const auto found = numbers_.find(key);
  if (found != numbers_.end()) return found->second;
  const auto line = std::to_string(100 + numbers_.size() % kFictitious);
  return numbers_.emplace(key, "+14155550" + line).first->second;
}

std::string Redaction::same_length(const std::string& digits) {
  const auto found = others_.find(digits);
  if (found != others_.end()) return found->second;
  const auto count = std::to_string(others_.size() % kStandIns + 1);
  auto made = std::string(digits.size(), '0');
  made.front() = '1';
  made.replace(made.size() - count.size(), count.size(), count);
  return others_.emplace(digits, std::move(made)).first->second;
}

std::string Redaction::in_place_of(const std::string& digits) {
  const bool phone = digits.size() >= kFewestOfPhone && digits.size() <= kMostOfPhone;
  return phone && !others_.contains(digits) ? number(digits) : same_length(digits);
}

std::string Redaction::keys(std::string_view keys) {
  std::string out;
  for (std::size_t at = 0; at < keys.size();) {
    const auto number = without_groups(keys.substr(at));
    out += number.digits.size() >= kFewestDigits ? same_length(number.digits) : number.digits;
    at += number.length;
    if (at < keys.size()) out += keys[at++];
  }
  return out;
}

std::string Redaction::party(const std::string& name) {
  if (name.starts_with("client:")) return "client:somebody";
  if (name.starts_with("sip:")) return "sip:somebody@example.com";
  std::string digits;
  std::ranges::copy_if(name, std::back_inserter(digits), digit);
  return digits.empty() ? name : number(digits);
}

std::string Redaction::text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins = at == 0 || !word(text[at - 1]);
    const auto rest = text.substr(at);
    if (const auto sid = begins ? sid_length(rest) : 0; sid > 0) {
      out += std::string(rest.substr(0, 2)) + std::string(kSidDigits, '0');
      at += sid;
    } else if (const auto number = begins && (digit(rest[0]) || rest[0] == '+' || rest[0] == '(')
                                       ? number_of(rest)
                                       : Written{};
               number.length > 0) {
      out += in_place_of(number.digits);
      at += number.length;
    } else {
      out.push_back(text[at++]);
    }
  }
  return without_mail(report::redacted(out));
}

nlohmann::json Redaction::json(const nlohmann::json& value) {
  if (value.is_string()) return text(value.get<std::string>());
  if (value.is_number_integer()) {
    const auto digits = value.dump();
    if (digits.size() < kFewestDigits || !std::ranges::all_of(digits, digit)) return value;
    const auto other = in_place_of(digits);
    return std::stoull(other.starts_with('+') ? other.substr(1) : other);
  }
  if (!value.is_structured()) return value;
  nlohmann::json out = value;
  if (value.is_object()) {
    // A field whose name says that it is a secret is one as a whole.
    const auto whole = nlohmann::json::parse(report::redacted(value.dump()), nullptr, false);
    if (whole.is_object()) out = whole;
  }
  for (auto& part : out) part = json(part);
  return out;
}

}  // namespace scenarios::recording
