#include "runtime/net/self_signed.hpp"

#include "runtime/core/assert.hpp"

#include <boost/algorithm/string/join.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <chrono>
#include <memory>

namespace runtime::net {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

constexpr long kValidSinceSeconds = 3600;

template <class Write>
std::string pem(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(write(bio.get()) == 1, "OpenSSL writes PEM");
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(bytes)};
}

void extend(X509* certificate, int kind, const std::string& value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  require(extension != nullptr, "the names read DNS:... or IP:...");
  X509_add_ext(certificate, extension.get(), -1);
}

}  // namespace

TlsIdentity make_self_signed(const std::vector<std::string>& names, Duration validity) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  require(key && certificate, "OpenSSL makes a key");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kValidSinceSeconds);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(validity).count();
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const std::string common_name = "linecheck";
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  extend(certificate.get(), NID_subject_alt_name, boost::algorithm::join(names, ","));
  extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");  // some libraries trust nothing else
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0, "the certificate is signed");
  return {pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }), pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

std::vector<std::string> local_names() {
  return {"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
}

}  // namespace runtime::net
