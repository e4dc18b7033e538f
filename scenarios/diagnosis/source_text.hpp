#pragma once
#include <string>
#include <string_view>

namespace scenarios::diagnosis {

/// `bytes` without what a shell or an editor puts around the text of a scrape: a byte order mark, the head of
/// the HTTP answer (curl -i), UTF-16. What is no ASCII in UTF-16 becomes a question mark.
std::string bare_text(std::string_view bytes);

/// Whether `text`, or the beginning of one, is Prometheus' text format: its first line that is not blank is a
/// HELP or a TYPE, or the first that is no comment either is a sample.
bool holds_metrics(std::string_view text);

/// The command that unpacks what begins with `bytes`: "zcat". Empty: it is not compressed.
std::string_view unpacker_of(std::string_view bytes);

}  // namespace scenarios::diagnosis
