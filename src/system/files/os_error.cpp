// SPDX-License-Identifier: MIT
#include "system/files/os_error.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ollama_gpu {
namespace {

Errc code_of(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return Errc::permission;
    case ENOENT:
    case ESRCH:
      return Errc::not_found;
    case EROFS:
      return Errc::read_only;
    case ELOOP:  // these say what the file is, not that it could not be read
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ENXIO:
      return Errc::conflict;
    default:
      return Errc::failed;
  }
}

std::string hint_of(int error_number) {
  if ((error_number == EACCES || error_number == EPERM) && geteuid() != 0) {
    return "run it with sudo";
  }
  if (error_number == EROFS) return "the file system is mounted read-only";
  return {};
}

}  // namespace

std::string errno_text(int error_number) { return std::generic_category().message(error_number); }

Error os_error(std::string_view verb, std::string_view object, int error_number) {
  std::string message = "cannot ";
  message.append(verb).append(" ").append(object).append(": ").append(errno_text(error_number));
  return Error{code_of(error_number), std::move(message), hint_of(error_number)};
}

}  // namespace ollama_gpu
