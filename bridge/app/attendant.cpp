#include "bridge/app/attendant.hpp"
#include "runtime/async/words_of.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <functional>
#include <string>
#include <utility>
#include <variant>

namespace bridge::app {
namespace {

/// Between two looks at the certificate's files.
constexpr runtime::Duration kCertificateLook = 10s;
/// Of a process that has drained: for its log, its recordings and its threads' end.
constexpr runtime::Duration kLeaves = 10s;

}  // namespace

Attendant::Attendant(Workers& workers, const Config& config, Seams seams,
                     std::function<Reloader::Loaded()> load)
    : workers_(workers),
      seams_(seams),
      reloader_(workers.executor(), std::move(load), [this](const auto& loaded) { use(loaded); }),
      signals_(workers.executor(), SIGTERM, SIGINT, SIGHUP),
      tasks_(workers.executor(), [this](std::exception_ptr failure) {
        seams_.log.critical("the process' own affairs ended by exception: {}", runtime::words_of(failure));
      }) {
  if (config.listen.tls) keep_certificate(config);
  await_signal();
}

void Attendant::keep_certificate(const Config& config) {
  certificate_.emplace(
      CertificateKeeper::Files{config.listen.certificate_file, config.listen.key_file}, *config.listen.tls,
      seams_.book, seams_.log,
      [this](const runtime::net::TlsIdentity& identity) { return workers_.use_identity(identity); });
  const auto read = [this]() -> std::function<void()> {
    return [this, found = certificate_->read()] {
      const bool asked = std::exchange(certificate_asked_, false);
      using Why = CertificateKeeper::Why;
      certificate_->take(found, asked ? Why::asked : Why::by_the_clock);
    };
  };
  certificate_read_.emplace(workers_.executor(), read, [this](const std::string& why) {
    seams_.log.error("the certificate is {}: the one in use stays", why);
  });
}

void Attendant::ready() {
  supervisor_.ready();
  if (certificate_read_) tasks_.spawn(watch_certificate());
  if (const auto beat = supervisor_.beat()) tasks_.spawn(show_life(*beat));
}

void Attendant::stop() {
  signals_.cancel();
  tasks_.cancel();
}

void Attendant::await_signal() {
  signals_.async_wait([this](boost::system::error_code error, int which) {
    if (error) return;
    signalled(which);
    await_signal();
  });
}

void Attendant::signalled(int which) {
  if (which == SIGHUP) {
    if (ends_asked_ == 0) supervisor_.reloading(seams_.clock.now());
    if (certificate_read_) {
      certificate_asked_ = true;
      certificate_read_->ask();
    }
    reloader_.ask();
    return;
  }
  // The first one drains, the second ends the grace period.
  if (++ends_asked_ == 1) {
    supervisor_.draining(workers_.control().longest_drain() + kLeaves);
    workers_.control().drain();
  } else {
    workers_.control().cut();
  }
}

void Attendant::use(const Reloader::Loaded& loaded) {
  std::visit([this](const auto& outcome) { workers_.control().reload(outcome); }, loaded);
  if (ends_asked_ == 0) supervisor_.ready();  // else it has heard of the end
}

boost::asio::awaitable<void> Attendant::watch_certificate() {
  for (;;) {
    const bool slept = co_await seams_.clock.sleep_until(seams_.clock.now() + kCertificateLook);
    if (!slept) co_return;
    certificate_read_->ask();
  }
}

boost::asio::awaitable<void> Attendant::show_life(runtime::Duration beat) {
  for (;;) {
    // A worker that hangs keeps its calls silent: then there is no sign of life, and systemd restarts us.
    workers_.when_all_respond([this] { supervisor_.alive(); });
    const bool slept = co_await seams_.clock.sleep_until(seams_.clock.now() + beat);
    if (!slept) co_return;
  }
}

}  // namespace bridge::app
