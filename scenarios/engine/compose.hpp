#pragma once
#include "scenarios/engine/yaml.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// How an included file is read; absent: it cannot be.
using ReadText = std::function<std::optional<std::string>(const std::filesystem::path& file)>;
std::optional<std::string> read_text_file(const std::filesystem::path& file);

/// Puts what a document is made of in its place: the files of its `include:`, which know less than the
/// document itself (maps are merged, everything else is replaced), and the `fragments:` that its lists
/// `use:`. `source` keeps the included texts. False: something of what it includes is missing, and so may be
/// what it calls by a name. Else a list entry whose fragment is missing is a problem, and left out.
bool compose(Document& document, Source& source, std::vector<Problem>& problems,
             const ReadText& read = read_text_file);

}  // namespace scenarios::engine
