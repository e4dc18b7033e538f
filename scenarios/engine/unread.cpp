#include "scenarios/engine/unread.hpp"

#include <algorithm>
#include <string_view>

namespace scenarios::engine {
namespace {

/// Read before the loader, or by nobody but editors.
constexpr std::string_view kElsewhere[] = {"/linecheck", "/matrix", "/variables", "/include", "/fragments"};

class Search {
 public:
  Search(const Document& document, const Looked& looked, std::vector<Problem>& problems)
      : document_(document), looked_(looked), problems_(problems) {}

  void below(const Json& json, const std::string& pointer) {
    // Taken as it is, unless its entries were only counted up to be read one by one.
    if (looked_.taken.contains(pointer) && !asked_below(pointer)) return;
    if (json.is_array()) {
      for (std::size_t i = 0; i < json.size(); ++i) below(json[i], child(pointer, i));
    }
    if (!json.is_object()) return;
    for (const auto& [key, value] : json.items()) {
      const std::string at = child(pointer, key);
      if (std::ranges::find(kElsewhere, at) != std::ranges::end(kElsewhere)) continue;
      if (looked_.asked.contains(at) || looked_.taken.contains(pointer)) {
        below(value, at);
      } else {
        problems_.push_back({document_.place(at).key, "'" + key + "' has no effect here", ""});
      }
    }
  }

 private:
  bool asked_below(const std::string& pointer) const {
    const auto first = looked_.asked.lower_bound(pointer + "/");
    return first != looked_.asked.end() && first->starts_with(pointer + "/");
  }

  const Document& document_;
  const Looked& looked_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_unread(const Document& document, const Looked& looked, std::vector<Problem>& problems) {
  Search(document, looked, problems).below(document.json, "");
}

}  // namespace scenarios::engine
