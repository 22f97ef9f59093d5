// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

namespace {

constexpr int kSignalBase = 128;  // what a shell reports for a process that a signal ended
constexpr int kSigint = 2;        // for an interruption whose signal is not known

}  // namespace

int exit_code(Errc code) {
  switch (code) {
    case Errc::failed:
      return 1;
    case Errc::usage:
      return 2;
    case Errc::permission:
      return 4;
    case Errc::not_found:
      return 5;
    case Errc::conflict:
    case Errc::read_only:
      return 6;
    case Errc::unhealthy_rolled_back:
      return 7;
    case Errc::unhealthy:
      return 8;
    case Errc::busy:
      return 9;
    case Errc::would_change:
      return 10;
    case Errc::not_verified:
      return 11;
    case Errc::interrupted:
      return kSignalBase + kSigint;
  }
  return 1;
}

int exit_code(const Error& error) {
  if (error.code == Errc::interrupted && error.signal > 0) return kSignalBase + error.signal;
  return exit_code(error.code);
}

std::string_view error_name(Errc code) {
  switch (code) {
    case Errc::failed:
      return "failed";
    case Errc::usage:
      return "usage";
    case Errc::permission:
      return "permission";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
    case Errc::read_only:
      return "conflict";
    case Errc::unhealthy_rolled_back:
      return "unhealthy_rolled_back";
    case Errc::unhealthy:
      return "unhealthy";
    case Errc::busy:
      return "busy";
    case Errc::would_change:
      return "would_change";
    case Errc::not_verified:
      return "not_verified";
    case Errc::interrupted:
      return "interrupted";
  }
  return "failed";
}

}  // namespace ollama_gpu
