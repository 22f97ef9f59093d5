// SPDX-License-Identifier: MIT
// OG501 to OG509: what works, but may not end well.
#include <fmt/format.h>

#include <algorithm>

#include "core/doctor/facts.hpp"
#include "core/doctor/parts.hpp"
#include "core/systemd/login_environment.hpp"
#include "core/systemd/time_span.hpp"
#include "core/text/ascii.hpp"
#include "core/text/unicode_space.hpp"
#include "ollama_gpu/core/drop_in/first_advice.hpp"
#include "ollama_gpu/core/drop_in/ready_word.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/systemd/reachability.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

bool is_everywhere(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::" || host == "[::]";
}

void examine_exposure(const Examination& exam) {
  const EffectiveVariable* host = exam.variable("OLLAMA_HOST");
  const EffectiveVariable* origins = exam.variable("OLLAMA_ORIGINS");
  if (host == nullptr || origins == nullptr) return;
  if (!is_everywhere(parse_ollama_host(host->value).endpoint.host)) return;
  const std::string list = trim_like_ollama(origins->value);
  for (const std::string_view origin : split_at(list, ',')) {
    const std::string_view plain = trim_unicode_space(origin);
    if (plain != "*" && plain != "http://*" && plain != "https://*") continue;
    exam.add(
        "OG501",
        fmt::format("OLLAMA_HOST={} with OLLAMA_ORIGINS={}: every web page may use this Ollama",
                    host->value, origins->value),
        "name the origins that are meant, or listen on 127.0.0.1 behind a proxy",
        locate(exam.snapshot, origins->source));
    return;
  }
}

// The memory of the GPUs that Ollama may use; nothing where one of them does not tell.
std::optional<std::uint64_t> visible_memory(const Examination& exam) {
  if (!exam.facts.gpus) return std::nullopt;
  const auto value = exam.value("CUDA_VISIBLE_DEVICES");
  std::uint64_t sum = 0;
  for (const SelectedDevice& device : visible_devices(value, *exam.facts.gpus)) {
    const auto memory = exam.facts.gpus->gpus[device.gpu].memory_total;
    if (!memory) return std::nullopt;
    sum += *memory;
  }
  if (sum == 0) return std::nullopt;
  return sum;
}

void examine_keep_alive(const Examination& exam) {
  const EffectiveVariable* keep = exam.variable("OLLAMA_KEEP_ALIVE");
  const auto memory = visible_memory(exam);
  if (keep == nullptr || !memory || parse_keep_alive(keep->value) != kForeverNs) return;
  constexpr std::uint64_t kLargeShare = 8;  // from an eighth of the memory on
  std::uint64_t sum = 0;
  std::size_t count = 0;
  for (const StoredModel& model : exam.facts.models) {
    if (model.size < *memory / kLargeShare) continue;
    sum += model.size;
    ++count;
  }
  if (count < 2 || sum <= *memory) return;
  exam.add("OG502",
           fmt::format("models stay for ever, but the {} large ones need {} of {} GPU memory",
                       count, format_size(sum), format_size(*memory)),
           "a keep-alive such as 30m lets go of those that nobody uses",
           locate(exam.snapshot, keep->source));
}

void examine_restarts(const Examination& exam) {
  constexpr std::uint32_t kFlood = 5;
  constexpr std::int64_t kHour = 3600;  // seconds
  if (!exam.facts.loaded) return;
  const LoadedUnit& loaded = *exam.facts.loaded;
  const bool flood = loaded.restarts >= kFlood && loaded.uptime && *loaded.uptime < kHour;
  if (!loaded.failing && !flood) return;
  std::string what = "the service fails";
  if (loaded.restarts >= kFlood) {
    what = fmt::format("systemd has restarted the service {} times", loaded.restarts);
  }
  std::string why = loaded.failure;
  const auto& fault = exam.facts.start_fault;
  if (fault) why = fault->message;
  Finding& found = exam.add(
      "OG506", why.empty() ? what : fmt::format("{}: {}", what, why),
      fault ? fault->hint
            : fmt::format("see why: journalctl -u {} -n 50", shell_word(exam.snapshot.on_disk.id)),
      fault ? fault->location.value_or(Location{}) : Location{});
  if (loaded.failing) found.severity = Severity::error;
}

// Of a service that does not fail: its next start would. An image may not be complete yet.
void examine_start(const Examination& exam) {
  if (!exam.facts.loaded || exam.facts.loaded->failing) return;
  const auto& fault = exam.facts.start_fault;
  // OG112 tells of an environment file.
  if (fault && exam.facts.missing_environment_files.empty()) {
    exam.add("OG506", fmt::format("the service could not be started again: {}", fault->message),
             fault->hint, fault->location.value_or(Location{}));
  } else if (exam.facts.unmet_condition) {
    exam.add("OG506", "systemd skips every start of the service while this is not met",
             "see to it that it is met, or take the line out", *exam.facts.unmet_condition);
  }
}

// Ollama's sources have no sd_notify. A script that starts it may say the word itself.
void examine_notify(const Examination& exam) {
  const auto commands = exec_start_of(exam.snapshot);
  if (commands.empty() || !commands.front().program.ends_with("/ollama")) return;
  if (const auto fault = find_ready_fault(exam.snapshot)) {
    exam.add("OG508", fault->message, fault->hint, *fault->location);
  }
  const auto watchdog = service_setting(exam.snapshot, "WatchdogSec");
  const auto span = watchdog ? parse_time_span(watchdog->value) : std::nullopt;
  if (!span || *span == 0 || *span == kNoLimit) return;
  exam.add("OG508",
           fmt::format("WatchdogSec={}: systemd kills Ollama, which never says that it is alive",
                       watchdog->value),
           "write WatchdogSec=0 in a drop-in", watchdog->place);
}

void examine_reach(const Examination& exam) {
  const EffectiveVariable* host = exam.variable("OLLAMA_HOST");
  const Endpoint endpoint = parse_ollama_host(host == nullptr ? "" : host->value).endpoint;
  const std::string why = why_unreachable(exam.snapshot, endpoint.connectable().host);
  if (why.empty()) return;
  exam.add("OG507", why, "nothing to do if that is meant", {});
}

std::string what_happens(const ShutPath& shut, const std::string& path) {
  switch (shut.fate) {
    case PathFate::hidden:
      return fmt::format("{} hides {}", shut.directive, path);
    case PathFate::read_only:
      return fmt::format("{} forbids writing to {}", shut.directive, path);
    case PathFate::fleeting:
      break;
  }
  return fmt::format("with {} what Ollama writes to {} is gone when it stops", shut.directive,
                     path);
}

// ReadWritePaths= with a path that is not there ends the start (226/NAMESPACE).
std::string how_to_open(const ShutPath& shut, const std::string& path) {
  if (shut.fate == PathFate::read_only) {
    std::string line = fmt::format("add ReadWritePaths={} in a drop-in", path);
    if (shut.exists) return line;
    return fmt::format("make {} for the service's user first, then {}", path, line);
  }
  if (shut.directive == "ProtectHome=tmpfs") {
    return fmt::format("add BindPaths={} in a drop-in, or use another directory", path);
  }
  if (shut.directive.starts_with("ProtectHome=")) {
    return "write ProtectHome=no in a drop-in, or use a directory outside the home directories";
  }
  return fmt::format("take {}= back in a drop-in, or use another directory",
                     shut.directive.substr(0, shut.directive.find('=')));
}

void examine_sandbox(const Examination& exam, const std::string& models) {
  const auto& shut = exam.facts.models_shut;
  if (!shut) return;
  exam.add("OG504", what_happens(*shut, models), how_to_open(*shut, models), shut->place);
}

// The key that Ollama keeps in its home.
void examine_key(const Examination& exam) {
  const auto& obstacle = exam.facts.home_obstacle;
  const EffectiveVariable* home = exam.variable("HOME");
  if (const auto& shut = exam.facts.home_shut) {
    const std::string key = "the .ollama in Ollama's home";
    exam.add("OG505", what_happens(*shut, key),
             "set HOME= to a directory that the service may write to, or open this one",
             shut->place);
  } else if (obstacle && home != nullptr && !exam.facts.answers) {
    exam.add("OG505",
             fmt::format("HOME={} cannot be used: at {} {}", home->value, obstacle->path,
                         obstacle->reason),
             fmt::format("make it for {}, or write another HOME", exam.facts.user->name),
             locate(exam.snapshot, home->source));
  }
}

void examine_home(const Examination& exam) {
  const auto commands = exec_start_of(exam.snapshot);
  const bool ollama = !commands.empty() && commands.front().program.ends_with("/ollama");
  const EffectiveVariable* home = exam.variable("HOME");
  const bool own = home != nullptr && !home->value.empty() && !comes_from_user(home->source);
  if (!ollama || own || exam.facts.user_manager) return;
  const auto user = service_setting(exam.snapshot, "User");
  const auto dynamic = service_setting(exam.snapshot, "DynamicUser");
  if (!user && !(dynamic && is_yes(dynamic->value))) {
    exam.add("OG505", "without User= systemd sets no HOME, which Ollama needs",
             "set User=ollama, or Environment=HOME=/var/lib/ollama", commands.front().place);
  } else if (user && exam.facts.home_missing && exam.facts.user) {
    exam.add("OG505",
             fmt::format("the home of {}, {}, does not exist", user->value, exam.facts.user->home),
             fmt::format("sudo install -d -o {0} -g {0} {1}", user->value, exam.facts.user->home),
             user->place);
  }
}

// What brings people here: several cards, and one of them at work.
void examine_first_look(const Examination& exam) {
  const bool runs = exam.facts.loaded && exam.facts.loaded->uptime;
  if (exam.facts.drop_in || !runs || !exam.facts.gpus) return;
  const auto usable = usable_devices(exam.value("CUDA_VISIBLE_DEVICES"),
                                     exam.value("ROCR_VISIBLE_DEVICES"), *exam.facts.gpus);
  std::string advice = first_advice(exam.snapshot.effective, usable.size());
  if (advice.empty()) return;
  exam.add("OG509", std::move(advice),
           first_command(exam.snapshot.effective, exam.snapshot.on_disk.id), {});
}

}  // namespace

void examine_models_path(const Examination& exam) {
  if (!container_program(exam.snapshot).empty()) return;
  examine_home(exam);
  examine_key(exam);
  const std::string home = exam.facts.user ? exam.facts.user->home : "";
  const std::string models = models_directory(exam.snapshot, home);
  if (!models.starts_with('/')) return;  // OG206
  examine_sandbox(exam, models);
  const auto& obstacle = exam.facts.models_obstacle;
  // A server that runs with it has got through: by an access list, which mode bits do not show.
  if (!obstacle || exam.facts.answers || (exam.facts.home_missing && obstacle->path == "/")) return;
  const EffectiveVariable* variable = exam.variable("OLLAMA_MODELS");
  const auto user = service_setting(exam.snapshot, "User");
  Location place{exam.snapshot.on_disk.fragment, 0, 0, ""};
  if (user) place = user->place;
  if (variable != nullptr) place = locate(exam.snapshot, variable->source);
  exam.add("OG503",
           fmt::format("the models in {} cannot be used: at {} {}", models, obstacle->path,
                       obstacle->reason),
           fmt::format("give {} access to {}, or move the models", exam.facts.user->name,
                       obstacle->path),
           std::move(place));
}

void examine_risks(const Examination& exam) {
  examine_exposure(exam);
  examine_keep_alive(exam);
  examine_restarts(exam);
  examine_start(exam);
  examine_notify(exam);
  examine_reach(exam);
  examine_first_look(exam);
}

}  // namespace ollama_gpu
