#include "simulators/twilio/user_info.hpp"

#include "runtime/core/encoding.hpp"
#include "runtime/net/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace simulators::twilio {
namespace {

/// As `url` writes it, with its @; empty: none.
std::string user_info_in(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || !parsed->has_userinfo()) return {};
  return std::string(std::string_view(parsed->encoded_userinfo())) + "@";
}

}  // namespace

std::string without_user_info(std::string_view url) {
  std::string bare(url);
  if (const auto info = user_info_in(url); !info.empty()) bare.erase(bare.find("://") + 3, info.size());
  return bare;
}

std::string basic_authorization(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || !parsed->has_userinfo()) return {};
  return "Basic " + runtime::base64_encode(parsed->user() + ":" + parsed->password());
}

std::optional<std::string> resolve_web_url(std::string_view base, std::string_view reference) {
  const auto bare = without_user_info(reference);
  const auto absolute = runtime::net::parse_url(bare);
  const auto from = runtime::net::parse_url(without_user_info(base));
  const auto url = from ? runtime::net::resolve_url(*from, bare) : absolute;
  if (!url || (url->scheme != "http" && url->scheme != "https")) return std::nullopt;
  const bool own_host = absolute || bare.starts_with("//");
  const auto info = user_info_in(own_host ? reference : base);
  return url->text().insert(url->scheme.size() + 3, info);
}

}  // namespace simulators::twilio
