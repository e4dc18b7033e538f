#pragma once
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace runtime {
using boost::system::error_code;
/// Outcome of an operation that can fail in production: a value or an error_code, never an exception.
template <class T>
using Result = boost::system::result<T>;
}  // namespace runtime
