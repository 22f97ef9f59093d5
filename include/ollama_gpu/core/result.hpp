// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace ollama_gpu {

// What went wrong, as scripts see it: one `error.code` and one exit code each
// (docs/reference/exit-codes.md).
enum class Errc {
  failed,
  usage,
  permission,
  not_found,
  conflict,
  read_only,  // a conflict too: the file system is mounted read-only
  unhealthy_rolled_back,
  unhealthy,
  busy,
  would_change,
  not_verified,
  interrupted,
};

// A place in a text: line and column count from 1, columns in bytes; 0 means "no particular one".
struct Location {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string text = {};  // the line itself, shown with a caret below `column`

  friend bool operator==(const Location&, const Location&) = default;
};

// A failure: `message` says "cannot VERB OBJECT: reason", `hint` what to do next.
struct Error {
  Errc code = Errc::failed;
  std::string message = {};
  std::string hint = {};
  std::optional<Location> location = {};
  int signal = 0;  // with Errc::interrupted: the signal's number
};

// A value or an Error. A class of its own so that a dropped result is a warning everywhere.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Failure = tl::unexpected<Error>;

// An Error ready to be returned from a function that returns a Result.
inline Failure fail(Errc code, std::string message, std::string hint = {}) {
  return Failure(Error{code, std::move(message), std::move(hint)});
}

// The exit code of an error (docs/reference/exit-codes.md); 128+n for a signal.
int exit_code(const Error& error);
int exit_code(Errc code);

// The error's name in JSON: "conflict", "not_found"...
std::string_view error_name(Errc code);

}  // namespace ollama_gpu
