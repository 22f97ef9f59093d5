// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr double kLongest = 365.0 * 24 * 3600;

// The same failure, at the place of the file's option.
Failure at_place(Error error, const GivenOption& given) {
  if (given.place) error.location = given.place;
  return Failure(std::move(error));
}

class Converter {
 public:
  Result<app::ConfigureOptions> convert(const std::vector<GivenOption>& options) {
    for (const GivenOption& given : options) {
      if (auto taken = take(given); !taken) return at_place(taken.error(), given);
    }
    if (out_.request.gate) out_.request.gate->required = out_.change.require_gpu;
    for (const Change& change : changes_) {
      if (auto checked = check_change(change.change, out_.request.force); !checked) {
        return at_place(checked.error(), *change.given);
      }
      if (auto alone = check_alone(change); !alone) return at_place(alone.error(), *change.given);
      out_.request.changes.push_back(change.change);
    }
    return std::move(out_);
  }

 private:
  struct Change {
    SettingChange change;
    const GivenOption* given;
  };

  Result<void> take(const GivenOption& given) {
    const OptionSpec& spec = *given.spec;
    if (spec.writes && given.value && given.value->empty()) {
      return fail(Errc::usage, fmt::format("{} needs a value", given.name()),
                  fmt::format("--unset {} takes it away", spec.writes->variable));
    }
    if (spec.name == "--flash-attention") return flash_attention(given);
    if (spec.writes) {
      return add(given, {spec.writes->kind, std::string(spec.writes->variable),
                         given.value.value_or(std::string(spec.writes->value)), given.name()});
    }
    if (spec.name == "--set") return set(given);
    if (spec.name == "--unset") {
      return add(given, {SettingChange::Kind::unset, *given.value, "", given.name()});
    }
    if (spec.name == "--gpus") return gpus(given);
    if (spec.name == "--when-idle") return when_idle(given);
    if (spec.name == "--wait-for-gpus") return wait_for_gpus(given);
    if (spec.name == "--timeout" && spec.commands == kWait) return {};  // read_wait_options
    if (spec.arity == Arity::value) return value(spec.name, *given.value);
    flag(spec.name);
    return {};
  }

  Result<void> when_idle(const GivenOption& given) {
    constexpr double kPatience = 300;
    const auto seconds = given.value ? parse_seconds(*given.value) : kPatience;
    if (!seconds) {
      return fail(Errc::usage,
                  fmt::format("{} takes seconds, not '{}'", given.name(), *given.value),
                  "write --when-idle=600, or --when-idle for 300 seconds");
    }
    out_.change.when_idle = seconds;
    return {};
  }

  Result<void> wait_for_gpus(const GivenOption& given) {
    const double seconds = given.value ? parse_seconds(*given.value).value_or(0) : kGateSeconds;
    const auto whole = static_cast<unsigned>(std::min(seconds, 1e6));
    if (whole < 1 || whole > kLongestGate || static_cast<double>(whole) != seconds) {
      return fail(Errc::usage,
                  fmt::format("{} takes whole seconds from 1 to {}, not '{}'", given.name(),
                              kLongestGate, given.value.value_or("")),
                  "write --wait-for-gpus=120, or --wait-for-gpus for 60 seconds");
    }
    out_.request.gate = GateRequest{true, whole, false};
    return {};
  }

  Result<void> flash_attention(const GivenOption& given) {
    using Kind = SettingChange::Kind;
    const std::string name = "OLLAMA_FLASH_ATTENTION";
    if (*given.value == "auto") return add(given, {Kind::unset, name, "", given.name()});
    return add(given, {Kind::set, name, *given.value == "on" ? "1" : "0", given.name()});
  }

  Result<void> set(const GivenOption& given) {
    const std::string& pair = *given.value;
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      constexpr std::string_view kFullWidth = "\xEF\xBC\x9D";  // U+FF1D
      const bool full_width = pair.find(kFullWidth) != std::string::npos;
      return fail(Errc::usage, fmt::format("--set takes K=V, not '{}'", pair),
                  full_width    ? "that is a full-width equals sign: type '=' instead"
                  : equals == 0 ? "a name must stand before the '='"
                                : fmt::format("write --set {}=VALUE, or --unset {}", pair, pair));
    }
    return add(given, {SettingChange::Kind::set, pair.substr(0, equals), pair.substr(equals + 1),
                       given.name()});
  }

  Result<void> gpus(const GivenOption& given) {
    auto selector = parse_selector(*given.value);
    if (!selector) return Failure(selector.error());
    out_.request.gpus = std::move(*selector);
    return {};
  }

  // Two options may say the same of a variable, but nothing else.
  Result<void> add(const GivenOption& given, SettingChange change) {
    for (const Change& earlier : changes_) {
      if (earlier.change.name != change.name) continue;
      if (earlier.change.kind == change.kind && earlier.change.value == change.value) return {};
      return fail(Errc::usage,
                  fmt::format("{} is given twice: by {} and by {}", change.name,
                              earlier.change.option, change.option),
                  "give it once");
    }
    changes_.push_back({std::move(change), &given});
    return {};
  }

  Result<void> check_alone(const Change& change) const {
    if (!out_.request.gpus || change.change.name != "CUDA_VISIBLE_DEVICES") return {};
    return fail(
        Errc::usage, "--gpus already decides CUDA_VISIBLE_DEVICES",
        fmt::format("give --gpus or {} CUDA_VISIBLE_DEVICES, not both", change.change.option));
  }

  Result<void> value(std::string_view name, const std::string& text) {
    app::ChangeOptions& change = out_.change;
    if (name == "--gpu-ids") {
      out_.request.gpu_ids = text == "index"  ? GpuIds::index
                             : text == "uuid" ? GpuIds::uuid
                                              : GpuIds::automatic;
    } else if (name == "--restart") {
      change.restart = text == "never"    ? app::RestartMode::never
                       : text == "always" ? app::RestartMode::always
                                          : app::RestartMode::automatic;
    } else if (name == "--timeout") {
      change.timeout = parse_seconds(text).value_or(0);
      if (change.timeout <= 0) {
        return fail(Errc::usage, "--timeout must be more than 0 seconds",
                    "--no-verify does not wait at all");
      }
    } else if (name == "--settle") {
      change.settle = parse_seconds(text);
    } else if (name == "--lock-timeout") {
      change.lock_timeout = parse_seconds(text).value_or(0);
    }
    return {};
  }

  void flag(std::string_view name) {
    app::ChangeOptions& change = out_.change;
    if (name == "--dry-run") change.dry_run = true;
    if (name == "--check") change.check = true;
    if (name == "--no-rollback") change.no_rollback = true;
    if (name == "--no-verify") change.no_verify = true;
    if (name == "--require-gpu") change.require_gpu = true;
    if (name == "--preload") change.preload = true;
    if (name == "--exact") out_.request.exact = true;
    if (name == "--force") out_.request.force = true;
    if (name == "--no-wait-for-gpus") out_.request.gate = GateRequest{false, 0, false};
  }

  app::ConfigureOptions out_ = {};
  std::vector<Change> changes_ = {};
};

// What an option decides: the variable that it writes, or itself.
std::string subject_of(const GivenOption& given) {
  if (given.spec->writes) return std::string(given.spec->writes->variable);
  if (given.spec->name == "--set" && given.value)
    return given.value->substr(0, given.value->find('='));
  if (given.spec->name == "--unset" && given.value) return *given.value;
  // An option and its counterpart decide the same.
  const bool denies = given.spec->name.starts_with("--no-");
  return denies ? "--" + std::string(given.spec->name.substr(5)) : std::string(given.spec->name);
}

}  // namespace

std::optional<double> parse_seconds(std::string_view text) {
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.") == text.npos &&
                     text.front() != '.' && text.back() != '.';
  if (!plain) return std::nullopt;
  double seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (seconds > kLongest) return std::nullopt;
  return seconds;
}

std::vector<GivenOption> without_overridden(std::vector<GivenOption> file,
                                            const std::vector<GivenOption>& command_line) {
  std::erase_if(file, [&](const GivenOption& given) {
    return std::any_of(command_line.begin(), command_line.end(), [&](const GivenOption& typed) {
      return subject_of(typed) == subject_of(given);
    });
  });
  return file;
}

Result<app::ConfigureOptions> convert_options(const std::vector<GivenOption>& options) {
  return Converter().convert(options);
}

}  // namespace ollama_gpu::cli
