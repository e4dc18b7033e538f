#pragma once
#include "bridge/app/config.hpp"
#include "bridge/app/yaml_reader.hpp"

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace bridge::app {

/// Whether it is one that can be read to its end: no folder, and no pipe that waits for a writer.
bool is_plain_file(const std::filesystem::path& path);
/// It is there, and no such file.
bool is_special_file(const std::filesystem::path& path);
/// The content of a plain file; nullopt when it cannot be read.
std::optional<std::string> read_whole_file(const std::filesystem::path& path);

/// One configuration on its way from text to Config.
class ConfigParser {
 public:
  ConfigParser(const ConfigSource& source, Problems& problems) : source_(source), problems_(problems) {}

  Config parse(YAML::Node document);
  /// Of the problems: certificate and key that do not fit.
  std::size_t misfits() const { return misfits_; }

 private:
  void listen(Section& root);
  void identity(Section& tls);
  /// Of listen.tls, whose files could be read.
  void check_identity(Section& tls, const runtime::net::TlsIdentity& identity);
  void admin(Section& root);
  void host(Section& section, std::string& into);
  void public_url(Section& root);
  void twilio(Section section);
  void unsigned_parameters(Section& section);
  void replica(Section section);
  void openai(Section section);
  void agents(Section& root);
  void agent(Section section, call::Settings& into);
  void greeting(Section& section, call::Settings::Model& into);
  void turn_detection(Section turn, call::Settings::Model& into);
  void idle_timeout(Section& turn, openai::SessionSettings& session);
  void responses(Section& turn, call::Settings::Model& into);
  void dtmf(Section& parent, call::Settings& into);
  void idle(Section& parent, call::Settings& into);
  void numbers(Section& root);
  void tools(Section section, call::ToolSettings& into);
  void transfer_tool(Section section, call::ToolSettings::Transfer& into);
  void http_tool(Section section, const std::vector<std::string>& hosts, call::HttpTool& into);
  void schema_of(Section& section, call::HttpTool& into);
  void bearer_of(Section& section, call::HttpTool& into);
  /// A list of numbers and prefixes.
  std::vector<std::string> numbers_allowed(Section& section, std::string_view key);
  void twiml(Section section);
  void timing(Section& root);
  void retry(Section section);
  void azure(Section& section);
  /// Of the beta dialect: whose it is, and which deployment it names.
  void preview_url(Section& section, bool azure);
  void fallback(Section& root);
  void recording(Section section);
  /// The sound file that `key` names, or none.
  void clip(Section& section, std::string_view key, std::optional<runtime::audio::Clip>& into);
  /// Likewise, or the tones that are built in.
  void hold(Section& section, std::shared_ptr<const runtime::audio::Clip>& into);
  void secrets(Section& root);
  void outbound(Section outbound);
  void machine_detection(Section section);
  void operation(Section& root);
  void cross_check(Section& root);
  void check_ways_on(Section& root);
  void check_ways_without_account(Section& root);
  void look_at_transcription();

  /// The content of the file that `key` names; empty when absent or unreadable (which is reported).
  std::string file(Section& section, std::string_view key, std::string_view holds);
  std::optional<runtime::net::Url> url(Section& section, std::string_view key,
                                       std::initializer_list<std::string_view> schemes);
  /// Reads `model` of `section`, the name that the URL asks for.
  void model_of(Section& section, call::Settings& into);
  void ask_for_model(const std::string& name, call::Settings& into);
  /// A secret of the environment wins over the file's.
  void secret(Section& section, std::string_view key, const char* variable, std::string& into);
  /// Reports what is known to be no secret. `variable`: where it comes from; empty: from the file.
  void check_secret(Section& section, std::string_view key, std::string_view variable,
                    const std::string& value);
  std::filesystem::path resolve(const std::string& name) const {
    return source_.folder / std::filesystem::path(name);  // an absolute name wins
  }

  const ConfigSource& source_;
  Problems& problems_;
  Config config_;
  std::size_t misfits_ = 0;
  std::optional<bool> validate_;
  runtime::net::Url model_url_;  // of openai.url
  bool url_names_model_ = false;
};

}  // namespace bridge::app
