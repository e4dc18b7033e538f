#include "scenarios/report/redact.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>

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

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_' && c != '-') out.push_back(small(c));
  }
  return out;
}

/// Whether the `length` bytes of a field with this name are a secret.
bool is_secret(std::string_view name, std::size_t length) {
  static constexpr std::array kEndings{std::string_view("apikey"),        std::string_view("token"),
                                       std::string_view("secret"),        std::string_view("password"),
                                       std::string_view("authorization"), std::string_view("bearer")};
  const std::string word = plain(name);
  if (name == "bad_token" || name == "no_token") return false;  // reasons, of our metrics and scenarios
  if (word.ends_with("signature")) return length >= kShortestSignature;
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return word.ends_with(ending); });
}

/// Whether `text` ends with `word`, which is in small letters, in whatever letters.
bool ends_as(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::ranges::equal(text.substr(text.size() - word.size()), word, std::ranges::equal_to(), small);
}

/// What a value belongs to: `name: `, `name=`, `name => `, `"name": `, `<Parameter name="name" value=`.
struct Field {
  std::string_view name;  // empty: it belongs to nothing
  bool quoted = false;    // a program's own writing: prose has no quotes there
  bool equals = false;
};

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
        if (ends_as(head, "bearer") || ends_as(head, "basic")) return credentials_at(at, head);
        return if_secret(field_before(head).name, word_at(at));
      case '=':
        if (const auto length = if_secret(last_word(head), up_to(at, " \t\r\n\"'\\&,;<")); length > 0)
          return length;
        return if_secret(field_before(text_.substr(0, at)).name, word_at(at));
      case ':':
        if (const auto password = password_at(at, head); password > 0) return password;
        return if_secret(field_before(text_.substr(0, at)).name, word_at(at));
      case '>':
        return head.ends_with('=') ? if_secret(field_before(text_.substr(0, at)).name, word_at(at)) : 0;
      case '"':
      case '\'':
        return quoted_at(at, field_before(head));
      default:
        return 0;
    }
  }

 private:
  static bool ends_as_word(std::string_view head, std::string_view word) {
    return head.ends_with(word) && (head.size() == word.size() || !word_char(head[head.size() - 3]));
  }
  static std::size_t if_secret(std::string_view name, std::size_t length) {
    return is_secret(name, length) ? length : 0;
  }
  static void drop_spaces(std::string_view& head) {
    while (head.ends_with(' ')) head.remove_suffix(1);
  }
  /// Without a quote at its end, and the backslash of one inside of a JSON string. False: there is none.
  static bool drop_quote(std::string_view& head) {
    if (!head.ends_with('"') && !head.ends_with('\'')) return false;
    head.remove_suffix(1);
    if (head.ends_with('\\')) head.remove_suffix(1);
    return true;
  }
  static bool drop(std::string_view& head, std::string_view end) {
    if (!head.ends_with(end)) return false;
    head.remove_suffix(end.size());
    return true;
  }
  /// Of the value that begins where `head` ends.
  static Field field_before(std::string_view head) {
    if (head.ends_with('\\')) head.remove_suffix(1);  // of a quote inside of a JSON string
    if (drop(head, " value=")) return drop_quote(head) ? Field{last_word(head), true, true} : Field{};
    drop_spaces(head);
    const bool equals = drop(head, "=>") || drop(head, "=");
    if (!equals && !drop(head, ":")) return {};
    drop_spaces(head);
    const bool quoted = drop_quote(head);
    return {last_word(head), quoted, equals};
  }
  std::size_t quoted_at(std::size_t at, const Field& field) const {
    return if_secret(field.name, field.quoted || field.equals ? to_quote(at) : word_at(at));
  }
  /// Behind `Bearer` and `Basic`, in whatever letters; `head` ends with one of them.
  std::size_t credentials_at(std::size_t at, std::string_view head) const {
    if (head.ends_with("Bearer")) return up_to(at, kCredentialsEnd);
    const bool bearer = ends_as(head, "bearer");
    head.remove_suffix(std::string_view(bearer ? "bearer" : "basic").size());
    drop_quote(head);
    const auto length = if_secret(field_before(head).name, up_to(at, kCredentialsEnd));
    return length > 0 ? length : word_at(at);
  }
  /// Of `scheme://user:password@host`; `head` ends with the user.
  std::size_t password_at(std::size_t at, std::string_view head) const {
    const auto slash = head.find_last_of("/ \t\r\n\"'");
    if (slash == std::string_view::npos || !head.substr(0, slash + 1).ends_with("://")) return 0;
    const std::size_t end = at + up_to(at, "@/ \t\r\n\"'");
    if (end >= text_.size() || text_[end] != '@') return 0;
    // It may hold one that should have been escaped: the host stands behind the last.
    const auto host = text_.substr(end, up_to(end, "/?# \t\r\n\"'\\,;&<>"));
    return end + host.rfind('@') - at;
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
    const char quote = text_[at - 1];
    const bool inside = at >= 2 && text_[at - 2] == '\\';
    std::size_t end = at;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' && !inside ? 2 : 1;
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

  static constexpr std::string_view kCredentialsEnd = " \t\r\n\"'\\,;<}";
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
