// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/result.hpp"

#include <array>

namespace ollama_gpu {

namespace {

constexpr int kSignalBase = 128;  // what a shell reports for a process that a signal ended
constexpr int kSigint = 2;        // for an interruption whose signal is not known

struct ErrorKind {
  Errc code;
  int exit_code;
  std::string_view name;
};

constexpr std::array kErrorKinds{
    ErrorKind{Errc::failed, 1, "failed"},
    ErrorKind{Errc::usage, 2, "usage"},
    ErrorKind{Errc::permission, 4, "permission"},
    ErrorKind{Errc::not_found, 5, "not_found"},
    ErrorKind{Errc::conflict, 6, "conflict"},
    ErrorKind{Errc::read_only, 6, "conflict"},
    ErrorKind{Errc::unhealthy_rolled_back, 7, "unhealthy_rolled_back"},
    ErrorKind{Errc::unhealthy, 8, "unhealthy"},
    ErrorKind{Errc::busy, 9, "busy"},
    ErrorKind{Errc::would_change, 10, "would_change"},
    ErrorKind{Errc::not_verified, 11, "not_verified"},
    ErrorKind{Errc::interrupted, kSignalBase + kSigint, "interrupted"},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kErrorKinds.size(); ++i) {
    if (kErrorKinds[i].code != static_cast<Errc>(i)) return false;
  }
  return kErrorKinds.back().code == Errc::interrupted;
}
static_assert(is_in_order(), "the table has every Errc at its own place");

const ErrorKind& kind_of(Errc code) { return kErrorKinds[static_cast<std::size_t>(code)]; }

}  // namespace

int exit_code(Errc code) { return kind_of(code).exit_code; }

int exit_code(const Error& error) {
  if (error.code == Errc::interrupted && error.signal > 0) return kSignalBase + error.signal;
  return exit_code(error.code);
}

std::string_view error_name(Errc code) { return kind_of(code).name; }

}  // namespace ollama_gpu
