// The contract of the fourth seam, the environment: what the process reads of files and variables comes to
// the same as parse_config() with both as values, which is the way of whoever runs a bridge inside of a
// process.
#include "bridge/app/config.hpp"
#include "tests/support/tls_identity.hpp"

#include <gmock/gmock.h>

#include <sys/wait.h>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>

namespace bridge::app {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

constexpr auto kLeast = "public_url: https://bridge.example.com\nopenai: {api_key: sk-test}\n";

/// A folder with the files of a test, gone with it.
class Folder {
 public:
  Folder() { fs::create_directory(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

 private:
  const fs::path path_ = fs::path(testing::TempDir()) / ("environment-" + std::to_string(::getpid()));
};

/// One implementation of the seam. `text` is the configuration, beside the folder's files. Gives what is in
/// effect, or what is wrong.
class EnvironmentWorld {
 public:
  virtual ~EnvironmentWorld() = default;
  virtual std::string read(const Folder& folder, const std::string& text, const Variables& variables) = 0;
};

/// The program itself, started as a supervisor starts it.
class EnvironmentOfAProcess final : public EnvironmentWorld {
 public:
  std::string read(const Folder& folder, const std::string& text, const Variables& variables) override {
    folder.write("bridge.yaml", text);
    std::string command = "cd / && env -i";
    for (const auto& [name, value] : variables) command += " " + name + "='" + value + "'";
    command += " " LINECHECK_BRIDGE " --print-config --config " + (folder.path() / "bridge.yaml").string();
    return output_of(command + " 2>&1");
  }

 private:
  static std::string output_of(const std::string& command) {
    std::string output;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return "cannot be started";
    for (int c = 0; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
    const int status = ::pclose(pipe);
    EXPECT_TRUE(WIFEXITED(status)) << command;
    return output;
  }
};

/// The same handed over as values, without a process.
class EnvironmentOfValues final : public EnvironmentWorld {
 public:
  std::string read(const Folder& folder, const std::string& text, const Variables& variables) override {
    const auto parsed =
        parse_config({(folder.path() / "bridge.yaml").string(), text, folder.path(), variables});
    if (const auto* errors = std::get_if<ConfigErrors>(&parsed)) return errors->text();
    return std::get<Config>(parsed).effective;
  }
};

struct WorldKind {
  const char* name;
  std::function<std::unique_ptr<EnvironmentWorld>()> make;
};

class EnvironmentContract : public testing::TestWithParam<WorldKind> {
 protected:
  /// The host's name is the machine's own unless a test says otherwise.
  std::string read(const std::string& text, Variables variables = {}) {
    variables.emplace("HOSTNAME", "some-host");
    return GetParam().make()->read(folder_, text, variables);
  }
  Folder folder_;
};
INSTANTIATE_TEST_SUITE_P(
    Both, EnvironmentContract,
    testing::Values(WorldKind{"Process", [] { return std::make_unique<EnvironmentOfAProcess>(); }},
                    WorldKind{"Values", [] { return std::make_unique<EnvironmentOfValues>(); }}),
    [](const auto& kind) { return kind.param.name; });

TEST_P(EnvironmentContract, TheLeastConfigurationComesToTheSame) {
  Variables variables{{"HOSTNAME", "some-host"}};
  EXPECT_EQ(read(kLeast), EnvironmentOfValues().read(folder_, kLeast, variables));
  EXPECT_THAT(read(kLeast), HasSubstr("public_url"));
}

TEST_P(EnvironmentContract, AVariableWinsOverTheFile) {
  const std::string text = std::string(kLeast) + "stream_token: {secret: too-short}\n";
  EXPECT_THAT(read(text), HasSubstr("shorter than 16 characters"));
  EXPECT_THAT(read(text, {{"LINECHECK_TOKEN_SECRET", "long-enough-for-a-secret"}}), HasSubstr("public_url"));
}

TEST_P(EnvironmentContract, ASecretMayBeAVariableAlone) {
  const std::string without = "public_url: https://bridge.example.com\n";
  EXPECT_THAT(read(without), HasSubstr("OPENAI_API_KEY"));
  const auto with = read(without, {{"OPENAI_API_KEY", "sk-of-a-variable"}});
  EXPECT_THAT(with, AllOf(HasSubstr("public_url"), Not(HasSubstr("sk-of-a-variable"))));
}

TEST_P(EnvironmentContract, AVariableThatNobodyNamedChangesNothing) {
  EXPECT_EQ(read(kLeast, {{"LINECHECK_PORT", "1"}, {"LANG", "he_IL.UTF-8"}}), read(kLeast));
}

TEST_P(EnvironmentContract, TheConfigurationMayNameVariablesOfItsOwn) {
  const std::string text = std::string(kLeast) +
                           "agent: {tools: {hosts: [orders], http: {ask: {description: d, url: "
                           "\"https://orders/\", bearer_env: ORDERS_TOKEN}}}}\n";
  EXPECT_THAT(read(text), HasSubstr("bridge.yaml:3:"));
  EXPECT_THAT(read(text), HasSubstr("ORDERS_TOKEN"));
  EXPECT_THAT(read(text, {{"ORDERS_TOKEN", "t"}}), HasSubstr("public_url"));
}

TEST_P(EnvironmentContract, AReplicaIsCalledAsItsHost) {
  EXPECT_THAT(read(kLeast, {{"HOSTNAME", "host-17"}}), HasSubstr("host-17"));
}

TEST_P(EnvironmentContract, FilesAreLookedForBesideTheConfiguration) {
  const std::string text = std::string(kLeast) + "listen: {tls: {certificate: own.pem, key: own.key}}\n";
  EXPECT_THAT(read(text), AllOf(HasSubstr("bridge.yaml:3:"), HasSubstr("own.pem")));
  const auto& identity = tests::local_tls_identity();
  folder_.write("own.pem", identity.certificate_chain_pem);
  folder_.write("own.key", identity.private_key_pem);
  EXPECT_THAT(read(text),
              AllOf(HasSubstr("own.pem"), Not(HasSubstr("PRIVATE KEY")), HasSubstr("public_url")));
}

TEST_P(EnvironmentContract, AllThatIsWrongIsSaidInTheSameWords) {
  const std::string text = "public_url: nowhere\nlisten: {prot: 1}\nfallback: none.wav\n";
  const auto said = read(text);
  EXPECT_EQ(said, EnvironmentOfValues().read(folder_, text, {{"HOSTNAME", "some-host"}}));
  for (const char* place : {"bridge.yaml:1:", "bridge.yaml:2:", "bridge.yaml:3:"})
    EXPECT_THAT(said, HasSubstr(place));
}

}  // namespace
}  // namespace bridge::app
