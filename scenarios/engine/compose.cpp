#include "scenarios/engine/compose.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

namespace scenarios::engine {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostFiles = 30;
constexpr std::size_t kMostSplices = 2000;  // fragments may use fragments

/// The values at and below `from` become known at `to`.
void copy_places(const Places& places, const std::string& from, const std::string& to, Places& into) {
  for (auto entry = places.lower_bound(from); entry != places.end() && entry->first.starts_with(from);
       ++entry) {
    const std::string below = entry->first.substr(from.size());
    if (below.empty() || below.front() == '/') into.emplace(to + below, entry->second);
  }
}

/// Nothing that an included file expects is lost because somebody expects more.
void append(Document& into, const Document& other, const std::string& pointer) {
  Json& mine = into.json[Json::json_pointer(pointer)];
  const Json& more = other.json[Json::json_pointer(pointer)];
  for (std::size_t i = 0; i < more.size(); ++i) {
    copy_places(other.places, child(pointer, i), child(pointer, mine.size()), into.places);
    mine.push_back(more[i]);
  }
}

void merge(Document& into, const Document& other, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  for (const auto& [key, value] : other.json[at].items()) {
    Json& mine = into.json[at];
    const std::string below = child(pointer, key);
    if (!mine.contains(key)) {
      mine[key] = value;
      copy_places(other.places, below, below, into.places);
    } else if (mine[key].is_object() && value.is_object()) {
      merge(into, other, below);
    } else if (below == "/expect" && mine[key].is_array() && value.is_array()) {
      append(into, other, below);
    }
  }
}

class Includer {
 public:
  Includer(Source& source, std::vector<Problem>& problems, const ReadText& read)
      : source_(source), problems_(problems), read_(read) {}

  /// `folder`: of the file that `document` stands in.
  void include(Document& document, const fs::path& folder) {
    if (!document.json.is_object() || !document.json.contains("include")) return;
    const Json named = document.json["include"];
    const auto names = named.is_array() ? named : Json::array({named});
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Mark at = document.place(named.is_array() ? child("/include", i) : "/include").value;
      if (names[i].is_string()) add(document, folder / names[i].get<std::string>(), at);
    }
  }

 private:
  void add(Document& document, const fs::path& file, Mark at) {
    const fs::path plain = file.lexically_normal();
    if (std::find(open_.begin(), open_.end(), plain) != open_.end()) {
      problems_.push_back({at, plain.string() + " includes itself", ""});
      return;
    }
    auto text = read_(plain);
    if (!text || ++files_ > kMostFiles) {
      problems_.push_back({at, text ? "too many files are included" : "there is no file " + plain.string(),
                           "a file is looked for beside the one that includes it"});
      return;
    }
    const auto included = std::make_shared<const Source>(plain, *std::move(text));
    auto part = read_yaml(*included, problems_, source_.include(included));
    if (!part) return;
    if (!part->json.is_object()) {
      problems_.push_back({at, plain.string() + " holds no keys of a scenario", ""});
      return;
    }
    for (const char* key : {"name", "matrix"}) {
      if (part->json.contains(key))
        problems_.push_back({part->place(child("", key)).key,
                             "'" + std::string(key) + "' belongs to the scenario itself", ""});
    }
    open_.push_back(plain);
    include(*part, plain.parent_path());
    open_.pop_back();
    part->json.erase("include");
    merge(document, *part, "");
  }

  Source& source_;
  std::vector<Problem>& problems_;
  const ReadText& read_;
  std::vector<fs::path> open_;
  std::size_t files_ = 0;
};

/// Copies a document, with the entries of a fragment where a list says `use:`.
class Splicer {
 public:
  Splicer(const Document& from, std::vector<Problem>& problems) : from_(from), problems_(problems) {}

  Document run() {
    Document out;
    out.json = copy(from_.json, "", "", out.places);
    return out;
  }

 private:
  Json copy(const Json& json, const std::string& from, const std::string& to, Places& places) {
    if (const auto known = from_.places.find(from); known != from_.places.end())
      places.emplace(to, known->second);
    if (json.is_object()) {
      Json object = Json::object();
      for (const auto& [key, value] : json.items())
        object[key] = copy(value, child(from, key), child(to, key), places);
      return object;
    }
    if (!json.is_array()) return json;
    Json array = Json::array();
    for (std::size_t i = 0; i < json.size(); ++i) splice(json[i], child(from, i), array, to, places);
    // Of unknown fragments alone: that the list is empty then is no error of its own.
    return array.empty() ? json : array;
  }

  void splice(const Json& entry, const std::string& from, Json& array, const std::string& to,
              Places& places) {
    const bool uses =
        entry.is_object() && entry.size() == 1 && entry.contains("use") && entry["use"].is_string();
    const bool in_fragments = from.starts_with("/fragments/") && open_.empty();
    if (!uses || in_fragments) {
      Json copied = copy(entry, from, child(to, array.size()), places);
      array.push_back(std::move(copied));
      return;
    }
    const auto name = entry["use"].get<std::string>();
    const Json* fragment = find(name, child(from, "use"));
    if (fragment == nullptr) return;
    open_.push_back(name);
    for (std::size_t i = 0; i < fragment->size(); ++i)
      splice((*fragment)[i], child(child("/fragments", name), i), array, to, places);
    open_.pop_back();
  }

  const Json* find(const std::string& name, const std::string& at) {
    const Mark mark = from_.place(at).value;
    const Json& root = from_.json;
    std::vector<std::string> names;
    if (root.contains("fragments") && root["fragments"].is_object()) {
      for (const auto& [other, unused] : root["fragments"].items()) names.push_back(other);
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const std::string near = nearest(name, names);
      problems_.push_back(
          {mark, "no fragment is called '" + name + "'",
           near.empty() ? "'fragments:' names lists that others 'use:'" : "did you mean '" + near + "'?"});
      return nullptr;
    }
    const bool circular = std::find(open_.begin(), open_.end(), name) != open_.end();
    if (circular || ++splices_ > kMostSplices) {
      problems_.push_back(
          {mark, circular ? "the fragment '" + name + "' uses itself" : "too many fragments", ""});
      return nullptr;
    }
    const Json& fragment = root["fragments"][name];
    return fragment.is_array() ? &fragment : nullptr;  // else the schema says what is wrong
  }

  const Document& from_;
  std::vector<Problem>& problems_;
  std::vector<std::string> open_;
  std::size_t splices_ = 0;
};

}  // namespace

std::optional<std::string> read_text_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file)) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

bool compose(Document& document, Source& source, std::vector<Problem>& problems, const ReadText& read) {
  if (!document.json.is_object()) return true;
  const std::size_t before = problems.size();
  Includer(source, problems, read).include(document, source.file().parent_path());
  const bool complete = problems.size() == before;
  std::vector<Problem> unknown;  // in what is missing it may have a name
  document = Splicer(document, complete ? problems : unknown).run();
  return complete;
}

}  // namespace scenarios::engine
