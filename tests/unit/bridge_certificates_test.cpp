// The certificate's files, looked at again: what is said of those that cannot be used.
#include "bridge/app/certificates.hpp"

#include "bridge/app/logging.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/net/tls.hpp"
#include "tests/support/tls_identity.hpp"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <unistd.h>
#include <fstream>
#include <sstream>

namespace bridge::app {
namespace {

using testing::HasSubstr;

class Certificate : public testing::Test {
 protected:
  Certificate() { std::filesystem::create_directories(folder_); }
  ~Certificate() override { std::filesystem::remove_all(folder_); }
  void write(const char* name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  double failed() { return book_.value("voicebridge_certificate_reloads_total", {"failed"}); }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("linecheck-certificates-" + std::to_string(::getpid()));
  runtime::SystemClock clock_;
  std::ostringstream text_;
  metrics::Book book_;
  std::unique_ptr<spdlog::logger> log_ =
      make_direct_log(Config::Log(), clock_, std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
  CertificateKeeper keeper_{{folder_ / "cert.pem", folder_ / "key.pem"},
                            tests::local_tls_identity(),
                            book_,
                            *log_,
                            [](const runtime::net::TlsIdentity& identity) -> runtime::Result<void> {
                              if (auto usable = runtime::net::make_tls_server(identity); !usable)
                                return usable.error();
                              return {};
                            }};
};

TEST_F(Certificate, WhoseFileIsMissingIsNamedAndTheOldOneStays) {
  write("cert.pem", tests::local_tls_identity().certificate_chain_pem);
  keeper_.take(keeper_.read(), CertificateKeeper::Why::asked);

  EXPECT_EQ(failed(), 1);
  EXPECT_THAT(text_.str(), HasSubstr("the key " + (folder_ / "key.pem").string() + " cannot be read"));
}

TEST_F(Certificate, ThatDoesNotFitItsKeyIsComplainedAboutOnceByTheClockAndEachTimeItIsAskedFor) {
  write("cert.pem", tests::local_tls_identity().certificate_chain_pem);
  write("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  keeper_.take(keeper_.read(), CertificateKeeper::Why::by_the_clock);
  keeper_.take(keeper_.read(), CertificateKeeper::Why::by_the_clock);
  EXPECT_EQ(failed(), 1);
  keeper_.take(keeper_.read(), CertificateKeeper::Why::asked);

  EXPECT_EQ(failed(), 2);
  EXPECT_THAT(text_.str(), HasSubstr("expected two PEM files that belong together"));
}

TEST_F(Certificate, ThatHasNotChangedIsSaidToAnOperatorWhoAsks) {
  write("cert.pem", tests::local_tls_identity().certificate_chain_pem);
  write("key.pem", tests::local_tls_identity().private_key_pem);
  keeper_.take(keeper_.read(), CertificateKeeper::Why::by_the_clock);
  EXPECT_EQ(text_.str(), "");
  keeper_.take(keeper_.read(), CertificateKeeper::Why::asked);

  EXPECT_THAT(text_.str(), HasSubstr("has not changed"));
  EXPECT_EQ(failed(), 0);
}

}  // namespace
}  // namespace bridge::app
