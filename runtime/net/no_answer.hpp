#pragma once
#include "runtime/net/http.hpp"

namespace runtime::net {

/// What a Service returns to have the connection cut without an answer, as a program that dies does.
inline HttpResponse no_answer() {
  HttpResponse response;
  response.status = 0;
  return response;
}
inline bool is_no_answer(const HttpResponse& response) {
  return response.status == 0;
}

}  // namespace runtime::net
