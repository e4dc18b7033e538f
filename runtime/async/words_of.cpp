#include "runtime/async/words_of.hpp"

namespace runtime {

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "no standard exception";
  }
}

}  // namespace runtime
