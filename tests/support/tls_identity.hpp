#pragma once
#include "runtime/net/self_signed.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace tests {

/// The certificate that most tests use: this machine's. Made once.
inline const runtime::net::TlsIdentity& local_tls_identity() {
  static const auto identity =
      runtime::net::make_self_signed(runtime::net::local_names(), std::chrono::hours(1));
  return identity;
}

/// `key_pem` behind a passphrase, in PKCS #8 or as OpenSSL wrote keys before.
inline std::string locked(const std::string& key_pem, bool traditional) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  const auto* phrase = reinterpret_cast<const unsigned char*>("secret");
  if (traditional) {
    PEM_write_bio_PrivateKey_traditional(out.get(), key.get(), EVP_aes_256_cbc(), phrase, 6, nullptr,
                                         nullptr);
  } else {
    PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), phrase, 6, nullptr, nullptr);
  }
  const char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace tests
