#include "simulators/twilio/rest_page.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace simulators::twilio {
namespace {

constexpr long kPageSize = 50;
constexpr long kLargestPage = 1000;
/// A token names the item that the page lies behind, or before: what is added meanwhile moves nothing.
constexpr std::string_view kBehind = "PA";
constexpr std::string_view kBefore = "PB";

}  // namespace

RestPage::RestPage(RestForm& form, std::string path, std::string_view query)
    : path_(std::move(path)), query_(query), token_(form.text("PageToken")) {
  size_ = static_cast<std::size_t>(
      std::min(form.number("PageSize", 1, 1'000'000, 20001).value_or(kPageSize), kLargestPage));
  number_ = static_cast<std::size_t>(form.number("Page", 0, 1'000'000, 20001).value_or(0));
}

void RestPage::choose(const std::vector<std::string_view>& sids) {
  const std::string_view sid = std::string_view(token_).substr(std::min<std::size_t>(token_.size(), 2));
  const auto at = std::find(sids.begin(), sids.end(), sid);
  const auto index = static_cast<std::size_t>(at - sids.begin());
  begin_ = std::min(number_ * size_, sids.size());
  if (token_.starts_with(kBehind) && at != sids.end()) begin_ = index + 1;
  if (token_.starts_with(kBefore) && at != sids.end()) begin_ = index - std::min(index, size_);
  end_ = std::min(begin_ + size_, sids.size());
  if (token_.starts_with(kBefore) && at != sids.end()) end_ = index;
  if (end_ < sids.size() && end_ > begin_) behind_ = std::string(kBehind) + std::string(sids[end_ - 1]);
  if (number_ > 0 && begin_ < sids.size()) before_ = std::string(kBefore) + std::string(sids[begin_]);
}

std::string RestPage::uri_of(std::size_t number, const std::string& token) const {
  runtime::net::Form form;
  for (auto& [name, value] : runtime::net::decode_form(query_)) {
    if (name != "PageSize" && name != "Page" && name != "PageToken") form.emplace_back(name, value);
  }
  form.emplace_back("PageSize", std::to_string(size_));
  form.emplace_back("Page", std::to_string(number));
  if (!token.empty()) form.emplace_back("PageToken", token);
  return path_ + "?" + runtime::net::encode_form(form);
}

void RestPage::describe(nlohmann::ordered_json& body) const {
  body["page"] = number_;
  body["page_size"] = size_;
  body["start"] = number_ * size_;
  body["end"] = number_ * size_ + (end_ > begin_ ? end_ - begin_ - 1 : 0);
  body["uri"] = path_ + (query_.empty() ? "" : "?" + query_);
  body["first_page_uri"] = uri_of(0, "");
  body["next_page_uri"] = nullptr;
  if (!behind_.empty()) body["next_page_uri"] = uri_of(number_ + 1, behind_);
  body["previous_page_uri"] = nullptr;
  if (!before_.empty()) body["previous_page_uri"] = uri_of(number_ - 1, before_);
}

}  // namespace simulators::twilio
