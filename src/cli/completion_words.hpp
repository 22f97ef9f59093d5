// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/cli/option_table.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

// What the completion scripts offer, from the tables of options, commands, settings and findings.
namespace ollama_gpu::cli {

void append_word(std::string& out, std::string_view word);

std::string command_words();
std::string option_words(unsigned bit, bool global_only);
std::string setting_words();

// What may stand as the value of an option; empty where anything may, or where it has to be asked
// for (takes_gpus, --set).
std::string value_words(const OptionSpec& spec);
bool takes_gpus(const OptionSpec& spec);

// Values of a setting that make sense; empty where nothing can be proposed.
std::string setting_values(const Setting& setting);

// The same for every setting: `format` with its name as {0} and its values as {1}.
std::string value_cases(std::string_view format);

// What may stand as an operand of a command.
std::string operand_words(const CommandSpec& spec);

// Commands for a shell, run when their words are asked for: the numbers of the generations there
// are, and the indices and ids of the GPUs here.
inline constexpr std::string_view kGenerations =
    "ollama-gpu rollback --list --quiet 2>/dev/null | sed -n 's/^ *\\([0-9][0-9]*\\) .*/\\1/p'";
inline constexpr std::string_view kGpuIds =
    "ollama-gpu gpus --json 2>/dev/null | grep -oE '\"(index|uuid)\":\"?[^\",}]+' | "
    "sed 's/.*[:\"]//; /^null$/d'";
// The other words of a selector (docs/design.md); one that ends with "=" goes on.
inline constexpr std::string_view kSelectorWords =
    "all none min-free= min-total= max-util= name= vendor=nvidia vendor=amd count= not=";

// The scripts.
std::string bash_script();
std::string zsh_script();
std::string fish_script();

}  // namespace ollama_gpu::cli
