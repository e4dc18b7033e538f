#pragma once
#include "scenarios/engine/result.hpp"
#include "scenarios/engine/run.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace scenarios::report {

/// A name for a folder and an anchor: what file systems, URLs and artifact stores take everywhere.
std::string folder_name(std::string_view scenario);

/// Writes heard.wav, wires.jsonl, bridge.log and metrics.prom of one run. Each has a bound; of wires and log
/// the end is left out beyond it, and a last line says so. heard.wav is of the call that broke something, by
/// `result`, else of the first. The error names the file.
std::optional<std::string> write_folder(const std::filesystem::path& folder,
                                        const engine::Performance& performance, const engine::Result& result);
/// Of all that write_folder left there.
std::uintmax_t folder_bytes(const std::filesystem::path& folder);
/// Takes away what an earlier run left there; the folder too, when nothing else is in it.
void remove_folder(const std::filesystem::path& folder);

/// The error names the file and what the system said.
std::optional<std::string> write_file(const std::filesystem::path& file, std::string_view text);

}  // namespace scenarios::report
