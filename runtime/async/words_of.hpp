#pragma once
#include <exception>
#include <string>

namespace runtime {

/// What an exception says of itself, whatever was thrown.
std::string words_of(const std::exception_ptr& failure);

}  // namespace runtime
