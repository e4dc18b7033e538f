#pragma once
#include "metrics/sheet.hpp"
#include "runtime/core/time.hpp"
#include "runtime/net/network.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace spdlog {
class logger;
}

namespace bridge::app {

/// Why nobody will take this certificate at `now`: it has ended, or not begun. Empty: they will.
std::string out_of_its_time(const runtime::net::TlsIdentity& identity, runtime::WallTime now);

/// Keeps the public listener's certificate up to date with its files. Renewals replace two files, not at
/// once: a pair that does not fit together is left for the next look, and the old certificate stays in use.
class CertificateKeeper {
 public:
  struct Files {
    std::filesystem::path certificate, key;
  };
  /// Gives a new identity to the listeners; an error says why they cannot use it.
  using Use = std::function<runtime::Result<void>(const runtime::net::TlsIdentity&)>;

  /// `in_use`: what the listeners have been given already. `log` and `book` outlive this.
  CertificateKeeper(Files files, runtime::net::TlsIdentity in_use, metrics::Book& book, spdlog::logger& log,
                    Use use);

  /// What the files hold; nullopt: one that cannot be read.
  struct Found {
    std::optional<std::string> certificate, key;
  };
  /// A disk may make it wait. Any thread.
  Found read() const;
  /// If they hold another identity than the one in use, puts that to use. `asked`: by an operator, who is
  /// told also that there is nothing new.
  enum class Why { asked, by_the_clock };
  void take(const Found& found, Why why);

 private:
  void show_expiry();

  const Files files_;
  runtime::net::TlsIdentity in_use_;
  runtime::net::TlsIdentity refused_;  // what was last complained about: said once
  spdlog::logger& log_;
  Use use_;
  metrics::Gauge expiry_;
  metrics::Counter loaded_, failed_;
};

}  // namespace bridge::app
