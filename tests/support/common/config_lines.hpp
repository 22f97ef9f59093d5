// SPDX-License-Identifier: MIT
// The stand-ins' configuration files: lines of key=value words, `#` starts a comment line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace standin {

using Words = std::map<std::string, std::string, std::less<>>;

// One line's key=value words; a value may stand in double quotes.
Words parse_words(std::string_view line);

// The lines of a file that are neither blank nor comments; none if it cannot be read.
std::vector<std::string> read_config_lines(const std::string& path);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

// The value of a word as a number; `fallback` if there is none or it is not one.
unsigned long long number_of(const Words& words, std::string_view key, unsigned long long fallback);
std::string text_of(const Words& words, std::string_view key, std::string_view fallback = "");

}  // namespace standin
