#include "runtime/net/http.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace runtime::net {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

auto find(const Headers& headers, std::string_view name) {
  return std::ranges::find_if(headers.fields, [&](const auto& f) { return same_name(f.first, name); });
}

struct Phrase {
  int status;
  std::string_view text;
};
// RFC 9110, 15, and those of RFC 6585 that a server of ours sends or meets.
constexpr std::array<Phrase, 47> kPhrases{{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  const auto found = find(*this, name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

bool Headers::has(std::string_view name) const {
  return find(*this, name) != fields.end();
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields, [&](const auto& f) { return same_name(f.first, name); });
  add(std::string(name), std::move(value));
}

HttpResponse make_response(int status, std::string_view content_type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", std::string(content_type));
  response.body = std::move(body);
  return response;
}

std::string_view reason_phrase(int status) {
  const auto* known = std::ranges::find(kPhrases, status, &Phrase::status);
  return known == kPhrases.end() ? std::string_view("Unknown") : known->text;
}

}  // namespace runtime::net
