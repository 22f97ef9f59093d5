// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "cli/program.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

// What the completion scripts offer, from the program's options and the tables of commands,
// settings and findings.
namespace ollama_gpu::cli {

void append_word(std::string& out, std::string_view word);

std::string command_words();
// The options of a command and the global ones; null: the global ones.
std::vector<OptionView> options_for(const Program& program, const Command* command);
// Every option there is, once.
std::vector<OptionView> every_option(const Program& program);
std::string option_words(const Program& program, const Command* command);
std::string setting_words();

// What may stand as the value of an option; empty where anything may, or where it has to be asked
// for (takes_gpus, --set).
std::string value_words(const Program& program, const OptionView& option);
bool takes_gpus(const OptionView& option);

// Of every setting for which some values can be proposed: `format` with its name as {0} and them as
// {1}.
std::string value_cases(const Program& program, std::string_view format);

// What may stand as an operand of a command.
std::string operand_words(const Program& program, const Command& command);

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

}  // namespace ollama_gpu::cli
