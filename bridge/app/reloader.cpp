#include "bridge/app/reloader.hpp"

#include <memory>
#include <string>
#include <utility>

namespace bridge::app {
namespace {

BackgroundJob::Read read_of(std::function<Reloader::Loaded()> load,
                            std::function<void(const Reloader::Loaded&)> use) {
  return [load = std::move(load), use = std::move(use)] {
    auto loaded = std::make_shared<const Reloader::Loaded>(load());
    return [loaded = std::move(loaded), use] { use(*loaded); };
  };
}

}  // namespace

Reloader::Reloader(boost::asio::any_io_executor executor, std::function<Loaded()> load,
                   std::function<void(const Loaded&)> use)
    : job_(std::move(executor), read_of(std::move(load), use), [use](std::string why) {
        ConfigErrors errors;
        errors.problems.push_back(std::move(why));
        use(errors);
      }) {}

}  // namespace bridge::app
