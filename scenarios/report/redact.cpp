#include "scenarios/report/redact.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace scenarios::report {
namespace {

constexpr std::string_view kInstead = "[redacted]";
constexpr std::size_t kLongestField = 40;
constexpr std::size_t kShortestKey = 8;
constexpr std::size_t kShortestSignature = 20;  // SHA-1 is longest without; a log says signature=missing

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// The word that ends where `text` does.
std::string_view last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && text.size() - begin < kLongestField && word_char(text[begin - 1])) --begin;
  return text.substr(begin);
}

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '_' || c == '-') continue;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

/// Whether the `length` bytes of a field with this name are a secret.
bool is_secret(std::string_view name, std::size_t length) {
  static constexpr std::array kEndings{std::string_view("apikey"),        std::string_view("token"),
                                       std::string_view("secret"),        std::string_view("password"),
                                       std::string_view("authorization"), std::string_view("bearer")};
  const std::string word = plain(name);
  if (word.ends_with("signature")) return length >= kShortestSignature;
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return word.ends_with(ending); });
}

/// How many bytes from `at` on are a secret's that the byte before `at` announces; 0: none.
class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text) {}

  std::size_t secret_at(std::size_t at) const {
    const char before = text_[at - 1];
    const auto head = text_.substr(0, at - 1);
    switch (before) {
      case '-':
        return ends_as_word(head, "sk") ? key_from(at) : 0;
      case '_':
        return ends_as_word(head, "ek") ? key_from(at) : 0;
      case ' ':
        if (head.ends_with("Bearer")) return up_to(at, " \t\r\n\"'\\,;<}");
        return head.ends_with("Basic") ? word_at(at) : if_secret(yaml_name(head), word_at(at));
      case '=':
        return if_secret(last_word(head), up_to(at, " \t\r\n\"'\\&,;<"));
      case '"':
        if (const auto name = name_of_value(head); !name.empty()) return if_secret(name, to_quote(at));
        return if_secret(yaml_name(head), word_at(at));
      case '\'':
        return if_secret(yaml_name(head), word_at(at));
      default:
        return 0;
    }
  }

 private:
  static bool ends_as_word(std::string_view head, std::string_view word) {
    return head.ends_with(word) && (head.size() == word.size() || !word_char(head[head.size() - 3]));
  }
  /// Without a quote at its end, and the backslash of one inside of a JSON string. False: there is none.
  static bool drop_quote(std::string_view& head) {
    if (!head.ends_with('"')) return false;
    head.remove_suffix(1);
    if (head.ends_with('\\')) head.remove_suffix(1);
    return true;
  }
  static std::size_t if_secret(std::string_view name, std::size_t length) {
    return is_secret(name, length) ? length : 0;
  }
  /// Of the JSON that `head` ends with, `"name":` with or without space, or of the parameter in TwiML,
  /// `name="..." value=`. Empty: neither.
  static std::string_view name_of_value(std::string_view head) {
    if (head.ends_with('\\')) head.remove_suffix(1);
    if (head.ends_with(" value=")) {
      head.remove_suffix(std::string_view(" value=").size());
    } else {
      while (head.ends_with(' ')) head.remove_suffix(1);
      if (!head.ends_with(':')) return {};
      head.remove_suffix(1);
    }
    return drop_quote(head) ? last_word(head) : std::string_view();
  }
  /// Of the YAML or the header that `head` ends with, `name:`.
  static std::string_view yaml_name(std::string_view head) {
    while (head.ends_with(' ')) head.remove_suffix(1);
    if (!head.ends_with(':')) return {};
    head.remove_suffix(1);
    return last_word(head);
  }
  /// To the end of a word that looks like no word of a language: `Basic checks`, `call_token: url_encoded`
  /// and `token: $token` hold no secret.
  std::size_t word_at(std::size_t at) const {
    const auto word = text_.substr(at, up_to(at, " \t\r\n\"'\\,;<{}[]"));
    const auto odd = word.find_first_of("0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1);
    const bool refers = word.starts_with('$');
    return word.size() >= kShortestKey && !refers && odd != std::string_view::npos ? word.size() : 0;
  }
  /// To the quote that closes the value; inside of a JSON string that one has a backslash of its own.
  std::size_t to_quote(std::size_t at) const {
    const bool inside = at >= 2 && text_[at - 2] == '\\';
    std::size_t end = at;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' && !inside ? 2 : 1;
    end = std::min(end, text_.size());
    return inside && end > at && text_[end - 1] == '\\' ? end - 1 - at : end - at;
  }
  std::size_t key_from(std::size_t at) const {
    std::size_t end = at;
    while (end < text_.size() && word_char(text_[end])) ++end;
    return end - at >= kShortestKey ? end - at : 0;
  }
  std::size_t up_to(std::size_t at, std::string_view stops) const {
    return std::min(text_.find_first_of(stops, at), text_.size()) - at;
  }

  std::string_view text_;
};

}  // namespace

std::string redacted(std::string_view text) {
  const Finder finder(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t secret = at > 0 ? finder.secret_at(at) : 0;
    if (secret == 0) {
      out.push_back(text[at++]);
      continue;
    }
    out += kInstead;
    at += secret;
  }
  return out;
}

}  // namespace scenarios::report
