#pragma once
#include "simulators/twilio/rest_form.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// Which part of a list a request asks for (PageSize, Page, PageToken), and how to ask for the others.
class RestPage {
 public:
  /// `path`: of the list; `query`: as on the request line. A wrong parameter is refused through `form`.
  RestPage(RestForm& form, std::string path, std::string_view query);

  /// Chooses among what the filters left, by their sids, in the list's order.
  void choose(const std::vector<std::string_view>& sids);
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }
  /// Adds page, page_size, start, end and the uris.
  void describe(nlohmann::ordered_json& body) const;

 private:
  std::string uri_of(std::size_t number, const std::string& token) const;

  const std::string path_;
  const std::string query_;
  std::string token_;
  std::size_t size_ = 0;
  std::size_t number_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string before_;  // token of the page before; empty: there is none
  std::string behind_;
};

}  // namespace simulators::twilio
