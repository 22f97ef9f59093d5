// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/option_table.hpp"

#include <algorithm>
#include <array>

namespace ollama_gpu::cli {
namespace {

using Kind = SettingChange::Kind;

constexpr unsigned kChange = kConfigure | kReset | kRollback | kDoctor;
constexpr std::string_view kGpuHeading = "GPUs";
constexpr std::string_view kSettingHeading = "Settings";
constexpr std::string_view kOtherHeading = "Any other variable";
constexpr std::string_view kFlowHeading = "How it is done";
constexpr std::string_view kDoctorHeading = "What is told, and how";
constexpr std::string_view kWaitHeading = "What to wait for";
constexpr std::string_view kGlobalHeading = "Global options";

// name, letter, arity, value name, fixed values, completion, commands, repeatable, excludes,
// heading, help, writes
// clang-format off
constexpr std::array kOptions{
  OptionSpec{"--gpus", "", Arity::value, "SELECTOR", "", Complete::nothing, kConfigure, false, "",
    kGpuHeading, "which GPUs Ollama may use: all, none, 0,2, 0-3, GPU-..., min-free=20GiB "
    "(see: ollama-gpu help selectors)"},
  OptionSpec{"--gpu-ids", "", Arity::value, "FORM", "auto|index|uuid", Complete::nothing,
    kConfigure, false, "", kGpuHeading, "how to write them: auto, index or uuid (default: auto)"},
  OptionSpec{"--spread", "", Arity::flag, "", "", Complete::nothing, kConfigure, false,
    "--no-spread", kGpuHeading, "spread every model over all of them",
    Writes{"OLLAMA_SCHED_SPREAD", Kind::set, "1"}},
  OptionSpec{"--no-spread", "", Arity::flag, "", "", Complete::nothing, kConfigure, false,
    "--spread", kGpuHeading, "not so: our line goes, or says 0 where another file sets it", Writes{"OLLAMA_SCHED_SPREAD", Kind::off, "0"}},
  OptionSpec{"--wait-for-gpus", "", Arity::optional_value, "SECONDS", "", Complete::nothing,
    kConfigure, false, "--no-wait-for-gpus", kGpuHeading, "before each start of Ollama wait until "
    "they can be used, at most so long (default: 60); then it starts all the same, but not with "
    "--require-gpu"},
  OptionSpec{"--no-wait-for-gpus", "", Arity::flag, "", "", Complete::nothing, kConfigure, false,
    "--wait-for-gpus", kGpuHeading, "no such wait"},
  OptionSpec{"--gpus", "", Arity::value, "SELECTOR", "", Complete::nothing, kWait, false, "",
    kWaitHeading, "the GPUs to wait for (default: those that are there, at least one)"},
  OptionSpec{"--timeout", "", Arity::value, "SECONDS", "", Complete::nothing, kWait, false, "",
    kWaitHeading, "at most so long (default: 60); 0: look once"},
  OptionSpec{"--keep-alive", "", Arity::optional_value, "DURATION", "", Complete::nothing,
    kConfigure, false, "--no-keep-alive", kSettingHeading,
    "keep models loaded for so long after their last use: 24h, 5m, 300 (seconds), 0; "
    "without a DURATION: for ever", Writes{"OLLAMA_KEEP_ALIVE", Kind::set, "-1"}},
  OptionSpec{"--no-keep-alive", "", Arity::flag, "", "", Complete::nothing, kConfigure, false,
    "--keep-alive", kSettingHeading, "Ollama's default of 5m, in the same way",
    Writes{"OLLAMA_KEEP_ALIVE", Kind::off, "5m"}},
  OptionSpec{"--num-parallel", "", Arity::value, "N", "", Complete::nothing, kConfigure, false, "",
    kSettingHeading, "requests a model answers at once",
    Writes{"OLLAMA_NUM_PARALLEL", Kind::set, ""}},
  OptionSpec{"--max-loaded-models", "", Arity::value, "N", "", Complete::nothing, kConfigure,
    false, "", kSettingHeading, "models loaded at the same time",
    Writes{"OLLAMA_MAX_LOADED_MODELS", Kind::set, ""}},
  OptionSpec{"--max-queue", "", Arity::value, "N", "", Complete::nothing, kConfigure, false, "",
    kSettingHeading, "requests that may wait", Writes{"OLLAMA_MAX_QUEUE", Kind::set, ""}},
  OptionSpec{"--context-length", "", Arity::value, "N", "", Complete::nothing, kConfigure, false,
    "", kSettingHeading, "default context, in tokens",
    Writes{"OLLAMA_CONTEXT_LENGTH", Kind::set, ""}},
  OptionSpec{"--flash-attention", "", Arity::value, "MODE", "on|off|auto", Complete::nothing,
    kConfigure, false, "", kSettingHeading, "on, off or auto (as Ollama decides)",
    Writes{"OLLAMA_FLASH_ATTENTION", Kind::set, ""}},
  OptionSpec{"--kv-cache-type", "", Arity::value, "TYPE",
    "f16|q8_0|q4_0|f32|bf16|q4_1|iq4_nl|q5_0|q5_1", Complete::nothing, kConfigure, false, "",
    kSettingHeading, "type of the context cache: f16, q8_0, q4_0, ...",
    Writes{"OLLAMA_KV_CACHE_TYPE", Kind::set, ""}},
  OptionSpec{"--listen", "", Arity::value, "HOST[:PORT]", "", Complete::nothing, kConfigure, false,
    "", kSettingHeading, "address that Ollama listens on", Writes{"OLLAMA_HOST", Kind::set, ""}},
  OptionSpec{"--models", "", Arity::value, "DIR", "", Complete::directory, kConfigure, false, "",
    kSettingHeading, "directory of the models", Writes{"OLLAMA_MODELS", Kind::set, ""}},
  OptionSpec{"--set", "", Arity::value, "K=V", "", Complete::nothing, kConfigure, true, "",
    kOtherHeading, "set K to V; one pair an option, may be repeated"},
  OptionSpec{"--unset", "", Arity::value, "K", "", Complete::nothing, kConfigure, true, "",
    kOtherHeading, "Ollama does not get K, whatever sets it; may be repeated"},
  OptionSpec{"--exact", "", Arity::flag, "", "", Complete::nothing, kConfigure, false, "",
    kOtherHeading, "just what is named here; without it, what is not named stays"},
  OptionSpec{"--config", "", Arity::value, "FILE", "", Complete::file, kConfigure, false, "",
    kFlowHeading, "take options from a TOML file; the command line wins"},
  OptionSpec{"--list", "", Arity::flag, "", "", Complete::nothing, kRollback, false, "--dry-run",
    kFlowHeading, "list the generations instead: what can be brought back"},
  OptionSpec{"--dry-run", "", Arity::flag, "", "", Complete::nothing, kChange, false, "",
    kFlowHeading, "show what would be done, change nothing"},
  OptionSpec{"--check", "", Arity::flag, "", "", Complete::nothing, kChange, false, "",
    kFlowHeading, "the same, and exit 10 if something would change"},
  OptionSpec{"--restart", "", Arity::value, "WHEN", "auto|never|always", Complete::nothing,
    kChange, false, "", kFlowHeading, "auto: only if Ollama does not have the settings already "
    "(default); never; always: also starts a stopped service"},
  OptionSpec{"--timeout", "", Arity::value, "SECONDS", "", Complete::nothing, kChange, false, "",
    kFlowHeading, "for Ollama to answer after a restart (default: 120)"},
  OptionSpec{"--settle", "", Arity::value, "SECONDS", "", Complete::nothing, kChange, false, "",
    kFlowHeading, "how long it must then stay healthy (default: 5; 15 where Ollama cannot be asked)"},
  OptionSpec{"--lock-timeout", "", Arity::value, "SECONDS", "", Complete::nothing, kChange, false,
    "", kFlowHeading, "wait for another ollama-gpu (default: 10)"},
  OptionSpec{"--when-idle", "", Arity::optional_value, "SECONDS", "", Complete::nothing, kChange,
    false, "", kFlowHeading, "before a restart, wait so long (default: 300) until Ollama seems idle: "
    "for three seconds its processes use under 5% of a core and of the GPUs, its GPU memory stays as "
    "it is, and no client is being sent an answer. Not idle in time: exit 9, nothing changed"},
  OptionSpec{"--preload", "", Arity::flag, "", "", Complete::nothing, kConfigure, false,
    "--no-verify", kFlowHeading, "after a restart, load the models again that it unloaded"},
  OptionSpec{"--no-rollback", "", Arity::flag, "", "", Complete::nothing, kChange, false, "",
    kFlowHeading, "leave the change in place if Ollama is not healthy with it"},
  OptionSpec{"--no-verify", "", Arity::flag, "", "", Complete::nothing, kChange, false, "",
    kFlowHeading, "do not wait for health, and do not put anything back"},
  OptionSpec{"--require-gpu", "", Arity::flag, "", "", Complete::nothing, kConfigure, false,
    "--no-verify", kFlowHeading, "put everything back if Ollama does not use just these GPUs"},
  OptionSpec{"--force", "", Arity::flag, "", "", Complete::nothing, kConfigure | kVerify, false,
    "", kFlowHeading, "configure: accept a value or a name that Ollama would misread; verify "
    "--load: go on though that may push out models that are loaded"},
  OptionSpec{"--load", "", Arity::value, "MODEL", "", Complete::nothing, kVerify, false, "",
    kFlowHeading, "have Ollama load this model, see on which GPUs it lies, and unload it again"},
  OptionSpec{"--watch", "", Arity::flag, "", "", Complete::nothing, kStatus, false, "",
    kFlowHeading, "draw it again every second, until Ctrl-C; with --json a line each time"},
  OptionSpec{"--fix", "", Arity::flag, "", "", Complete::nothing, kDoctor, false, "",
    kDoctorHeading, "mend what has one right spelling, and move settings from the installer's file "
    "into our drop-in; can be undone"},
  OptionSpec{"--ignore", "", Arity::value, "CODE", "", Complete::nothing, kDoctor, true, "",
    kDoctorHeading, "leave out what has this code (see: ollama-gpu help findings); may be repeated"},
  OptionSpec{"--fail-on", "", Arity::value, "SEVERITY", "error|warning", Complete::nothing, kDoctor,
    false, "", kDoctorHeading, "exit 11 for error only, or for warning too (default: warning)"},
  OptionSpec{"--format", "", Arity::value, "FORM", "text|github", Complete::nothing, kDoctor, false,
    "", kDoctorHeading, "text (default), or github: one line a finding, as GitHub's annotations"},
  OptionSpec{"--unit", "", Arity::value, "NAME", "", Complete::nothing, kEverywhere, false, "",
    kGlobalHeading, "the service (default: ollama.service)"},
  OptionSpec{"--user", "", Arity::flag, "", "", Complete::nothing, kEverywhere, false, "--root",
    kGlobalHeading, "a service of the user's own service manager"},
  OptionSpec{"--root", "", Arity::value, "DIR", "", Complete::directory, kEverywhere, false,
    "--user", kGlobalHeading, "work on the system mounted at DIR, offline"},
  OptionSpec{"--json", "", Arity::flag, "", "", Complete::nothing, kEverywhere, false, "",
    kGlobalHeading, "the result as one JSON object"},
  OptionSpec{"--quiet", "-q", Arity::flag, "", "", Complete::nothing, kEverywhere, false,
    "--verbose", kGlobalHeading, "no messages but errors"},
  OptionSpec{"--verbose", "-v", Arity::flag, "", "", Complete::nothing, kEverywhere, false,
    "--quiet", kGlobalHeading, "say more of what is done"},
  OptionSpec{"--color", "", Arity::value, "WHEN", "auto|always|never", Complete::nothing,
    kEverywhere, false, "", kGlobalHeading, "auto, always or never"},
  OptionSpec{"--version", "", Arity::flag, "", "", Complete::nothing, kEverywhere, false, "",
    kGlobalHeading, "print the version"},
  OptionSpec{"--help", "-h", Arity::flag, "", "", Complete::nothing, kEverywhere, false, "",
    kGlobalHeading, "print this help"},
};
// clang-format on

}  // namespace

std::span<const OptionSpec> all_options() { return kOptions; }

const CommandSpec* find_command(std::string_view name) {
  const auto commands = all_commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const CommandSpec& spec) { return spec.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

const OptionSpec* find_option(std::string_view name, unsigned command) {
  if (name.empty()) return nullptr;
  const auto found = std::find_if(kOptions.begin(), kOptions.end(), [&](const OptionSpec& spec) {
    return (spec.name == name || spec.letter == name) && (spec.commands & command) != 0;
  });
  return found == kOptions.end() ? nullptr : &*found;
}

const OptionSpec* find_option(std::string_view name) { return find_option(name, kEverywhere); }

}  // namespace ollama_gpu::cli
