// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ollama_gpu/cli/config_file.hpp"
#include "ollama_gpu/cli/convert.hpp"

namespace ollama_gpu::cli {
namespace {

const GivenOption* find_given(const ParsedWords& words, std::string_view name) {
  const auto found =
      std::find_if(words.options.begin(), words.options.end(),
                   [&](const GivenOption& given) { return given.spec->name == name; });
  return found == words.options.end() ? nullptr : &*found;
}

bool given(const ParsedWords& words, std::string_view name) {
  return find_given(words, name) != nullptr;
}

std::string value_of(const ParsedWords& words, std::string_view name,
                     const std::string& otherwise) {
  const GivenOption* option = find_given(words, name);
  return option != nullptr && option->value ? *option->value : otherwise;
}

// An option given twice in the same words is one; in other words, an error.
Result<void> drop_repeats(std::vector<GivenOption>& options) {
  std::vector<GivenOption> kept;
  for (GivenOption& option : options) {
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const GivenOption& earlier) {
      return earlier.spec == option.spec &&
             (!option.spec->repeatable || earlier.value == option.value);
    });
    if (same == kept.end()) {
      kept.push_back(std::move(option));
    } else if (same->value != option.value) {
      return fail(Errc::usage,
                  fmt::format("{} is given twice, with different values", option.spec->name),
                  "give it once");
    }
  }
  options = std::move(kept);
  return {};
}

Failure no_command(const ParsedWords& words) {
  for (const GivenOption& option : words.options) {
    if (is_global(*option.spec)) continue;
    return fail(Errc::usage,
                fmt::format("no command was given; {} belongs to configure", option.spec->name),
                fmt::format("write ollama-gpu configure {} ...", option.spec->name));
  }
  return fail(Errc::usage, "no command was given",
              "start with: ollama-gpu status, or ollama-gpu --help");
}

Result<void> read_globals(const ParsedWords& words, Invocation& out) {
  out.json = given(words, "--json");
  if (given(words, "--quiet")) out.verbosity = ports::Verbosity::quiet;
  if (given(words, "--verbose")) out.verbosity = ports::Verbosity::verbose;
  out.color = value_of(words, "--color", "auto");
  out.global.unit = value_of(words, "--unit", out.global.unit);
  out.global.user = given(words, "--user");
  out.global.root = value_of(words, "--root", "");
  if (given(words, "--root") && out.global.root.empty()) {
    return fail(Errc::usage, "--root needs a directory", "write --root DIR");
  }
  if (given(words, "--unit") && out.global.unit.empty()) {
    return fail(Errc::usage, "--unit needs a name", "write --unit ollama.service");
  }
  return {};
}

// `rollback N`, `rollback --list`.
Result<void> read_rollback(const ParsedWords& words, Invocation& out) {
  out.list = given(words, "--list");
  if (words.operands.empty()) return {};
  const std::string& text = words.operands.front();
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number == 0) {
    return fail(Errc::usage,
                fmt::format("rollback takes the number of a generation, not '{}'", text),
                "see their numbers: ollama-gpu rollback --list");
  }
  if (out.list) return fail(Errc::usage, "rollback --list takes no generation", "give one of them");
  out.generation = number;
  return {};
}

// The file of --config, held to the same table as the command line.
Result<std::vector<GivenOption>> file_options(const ParsedWords& words) {
  const GivenOption* config = find_given(words, "--config");
  if (config == nullptr) return std::vector<GivenOption>{};
  auto read = read_config(*config->value);
  if (!read) return read;
  ParsedWords file{words.command, std::move(*read), {}};
  if (auto checked = check_with_cli11(file); !checked) return Failure(checked.error());
  return without_overridden(std::move(file.options), words.options);
}

Result<void> read_change_options(const ParsedWords& words, Invocation& out) {
  auto options = file_options(words);
  if (!options) return Failure(options.error());
  options->insert(options->end(), words.options.begin(), words.options.end());
  auto converted = convert_options(*options);
  if (!converted) return Failure(converted.error());
  out.configure = std::move(*converted);
  return {};
}

Result<void> read_doctor_options(const ParsedWords& words, Invocation& out) {
  out.github = value_of(words, "--format", "text") == "github";
  if (out.github && out.json) {
    return fail(Errc::usage, "--format github and --json contradict each other",
                "give one of them");
  }
  out.doctor.fix = given(words, "--fix");
  out.doctor.change = out.configure.change;
  for (const GivenOption& option : words.options) {
    const bool of_a_change = (option.spec->commands & (kDoctor | kReset)) == (kDoctor | kReset) &&
                             !is_global(*option.spec);
    if (!of_a_change || out.doctor.fix || out.command->bit != kDoctor) continue;
    return fail(Errc::usage, fmt::format("doctor takes {} only with --fix", option.spec->name),
                "without --fix it changes nothing");
  }
  if (out.doctor.fix && out.github) {
    return fail(Errc::usage, "--fix and --format github contradict each other", "give one of them");
  }
  if (value_of(words, "--fail-on", "warning") == "error") out.doctor.fail_on = Severity::error;
  for (const GivenOption& option : words.options) {
    if (option.spec->name != "--ignore" || !option.value) continue;
    const FindingKind* kind = find_kind(*option.value);
    if (kind == nullptr) {
      return fail(Errc::usage, fmt::format("there is no finding '{}'", *option.value),
                  "codes: ollama-gpu help findings");
    }
    out.doctor.ignore.emplace_back(kind->code);
  }
  return {};
}

Result<void> read_wait_options(const ParsedWords& words, Invocation& out) {
  if (!out.global.root.empty()) {
    return fail(Errc::usage, "wait looks at the GPUs of this machine: it has no use for --root",
                "leave --root out");
  }
  out.wait.timeout = parse_seconds(value_of(words, "--timeout", "")).value_or(kGateSeconds);
  auto selector = parse_selector(value_of(words, "--gpus", "all"));
  if (!selector) return Failure(selector.error());
  if (selector->none) {
    return fail(Errc::usage, "wait --gpus none has nothing to wait for", "name the GPUs");
  }
  out.wait.gpus = std::move(*selector);
  return {};
}

}  // namespace

Result<Invocation> parse_arguments(const std::vector<std::string>& arguments) {
  auto words = read_words(arguments);
  if (!words) return Failure(words.error());
  if (auto once = drop_repeats(words->options); !once) return Failure(once.error());
  Invocation out;
  out.command = words->command;
  out.help = given(*words, "--help");
  out.version = given(*words, "--version");
  if (out.command == nullptr && !out.help && !out.version) return no_command(*words);
  if (auto checked = check_with_cli11(*words); !checked) return Failure(checked.error());
  if (auto read = read_globals(*words, out); !read) return Failure(read.error());
  if (out.help || out.version) return out;
  if (out.command->bit == kCompletion && words->operands.empty()) {
    return fail(Errc::usage, "completion needs a shell",
                "write ollama-gpu completion bash|zsh|fish");
  }
  if (out.command->bit == kRollback) {
    if (auto read = read_rollback(*words, out); !read) return Failure(read.error());
  }
  out.operands = std::move(words->operands);
  out.watch = given(*words, "--watch");
  out.verify = {value_of(*words, "--load", ""), given(*words, "--force")};
  if (given(*words, "--load") && out.verify.load.empty()) {
    return fail(Errc::usage, "--load needs a model", "see which there are: ollama list");
  }
  if (out.command->bit == kVerify && out.verify.force && out.verify.load.empty()) {
    return fail(Errc::usage, "--force without --load has no meaning here",
                "write verify --load MODEL --force");
  }
  if (out.command->bit == kWait) {
    if (auto read = read_wait_options(*words, out); !read) return Failure(read.error());
  }
  out.global.command_line = masked_command_line(arguments);
  if (auto read = read_change_options(*words, out); !read) return Failure(read.error());
  if (auto read = read_doctor_options(*words, out); !read) return Failure(read.error());
  return out;
}

bool wants_json(const std::vector<std::string>& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::find(arguments.begin(), end, "--json") != end;
}

std::string_view command_named(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (const CommandSpec* command = find_command(argument)) return command->name;
  }
  return "";
}

}  // namespace ollama_gpu::cli
