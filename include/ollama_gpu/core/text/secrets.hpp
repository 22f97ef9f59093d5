// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace ollama_gpu {

// True for a variable that by its name holds a secret: KEY, TOKEN, SECRET, CREDENTIAL, PASSWD,
// PASSWORD in it, in any case.
bool looks_secret(std::string_view name);

// True when showing the value gives a secret away: by its name, or by the user and password of a
// URL in it.
bool gives_secret_away(std::string_view name, std::string_view value);

// The value as it may stand in a log: "***" for a secret; URLs without their user and password.
std::string masked_value(std::string_view name, std::string_view value);

// "http://user:password@host" as "http://***@host", wherever such URLs stand in a text.
std::string without_userinfo(std::string_view text);

// A text of assignments, such as a diff, with every such value masked. Lines stay lines.
std::string mask_assignments(std::string_view text);

// A line of somebody's file, which may be broken: what follows such a name is masked too where no
// '=' stands between them.
std::string mask_line(std::string_view line);

}  // namespace ollama_gpu
