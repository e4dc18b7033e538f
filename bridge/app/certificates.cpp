#include "bridge/app/certificates.hpp"

#include "bridge/app/config_parser.hpp"
#include "runtime/net/tls.hpp"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace bridge::app {
namespace {

bool same(const runtime::net::TlsIdentity& a, const runtime::net::TlsIdentity& b) {
  return a.certificate_chain_pem == b.certificate_chain_pem && a.private_key_pem == b.private_key_pem;
}

std::string in_utc(runtime::WallTime at) {
  return fmt::format("{:%F %T} UTC",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(
                         std::chrono::time_point_cast<std::chrono::system_clock::duration>(at))));
}

}  // namespace

std::string out_of_its_time(const runtime::net::TlsIdentity& identity, runtime::WallTime now) {
  const auto begin = runtime::net::certificate_begin(identity.certificate_chain_pem);
  const auto expiry = runtime::net::certificate_expiry(identity.certificate_chain_pem);
  constexpr std::string_view kMeans = "Twilio connects to no such host, and callers hear an error";
  if (expiry && *expiry <= now)
    return fmt::format("listen.tls.certificate ended on {}: {}", in_utc(*expiry), kMeans);
  if (begin && *begin > now)
    return fmt::format("listen.tls.certificate is valid from {} on: until then {}", in_utc(*begin), kMeans);
  return {};
}

CertificateKeeper::CertificateKeeper(Files files, runtime::net::TlsIdentity in_use, metrics::Book& book,
                                     spdlog::logger& log, Use use)
    : files_(std::move(files)), in_use_(std::move(in_use)), log_(log), use_(std::move(use)) {
  auto& sheet = book.add_sheet({"voicebridge_certificate_"});
  expiry_ = sheet.gauge("voicebridge_certificate_expiry_timestamp_seconds");
  loaded_ = sheet.counter("voicebridge_certificate_reloads_total", {"loaded"});
  failed_ = sheet.counter("voicebridge_certificate_reloads_total", {"failed"});
  show_expiry();
}

void CertificateKeeper::show_expiry() {
  const auto expiry = runtime::net::certificate_expiry(in_use_.certificate_chain_pem);
  if (expiry) expiry_.set(runtime::seconds(expiry->time_since_epoch()));
}

CertificateKeeper::Found CertificateKeeper::read() const {
  return {read_whole_file(files_.certificate), read_whole_file(files_.key)};
}

void CertificateKeeper::take(const Found& read, Why why) {
  const auto& [certificate, key] = read;
  runtime::net::TlsIdentity found{certificate.value_or(""), key.value_or("")};
  if (same(found, in_use_)) {
    if (why == Why::asked) log_.info("the certificate {} has not changed", files_.certificate.string());
    return;
  }
  const auto used = use_(found);
  if (used) {
    in_use_ = std::move(found);
    loaded_.add();
    show_expiry();
    log_.info("the certificate {} is in use now: new connections get it", files_.certificate.string());
    return;
  }
  if (why == Why::by_the_clock && same(found, refused_)) return;
  refused_ = std::move(found);
  failed_.add();
  if (!certificate || !key) {
    log_.error("the {} {} cannot be read: the certificate in use stays", certificate ? "key" : "certificate",
               (certificate ? files_.key : files_.certificate).string());
    return;
  }
  log_.error(
      "the certificate {} with the key {} cannot be used ({}): the old one stays; expected two PEM files "
      "that "
      "belong together",
      files_.certificate.string(), files_.key.string(), used.error().message());
}

}  // namespace bridge::app
