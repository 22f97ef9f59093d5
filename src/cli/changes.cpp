// SPDX-License-Identifier: MIT
#include "cli/changes.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "ollama_gpu/app/commands.hpp"

// The commands that change something, but for configure.
namespace ollama_gpu::cli {
namespace {

Result<std::uint64_t> generation_of(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number == 0) {
    return fail(Errc::usage,
                fmt::format("rollback takes the number of a generation, not '{}'", text),
                "see their numbers: ollama-gpu rollback --list");
  }
  return number;
}

}  // namespace

void declare_when(Declare& add, app::ChangeOptions& change) {
  using app::RestartMode;
  add.heading("How it is done");
  add.flag("--dry-run", change.dry_run, "show what would be done, change nothing");
  add.flag("--check", change.check, "the same, and exit 10 if something would change");
  CLI::Option* confirm =
      add.flag("--confirm", change.confirm, "show the plan first, and do it only after a y");
  confirm->excludes(add.app().get_option("--dry-run"))->excludes(add.app().get_option("--check"));
  add.choice<RestartMode>("--restart", "WHEN", into(change.restart),
                          {{"auto", RestartMode::automatic},
                           {"never", RestartMode::never},
                           {"always", RestartMode::always}},
                          "auto: only if Ollama does not have the settings already (default); "
                          "never; always: also starts a stopped service");
  const auto timeout = [&change](double seconds) -> Result<void> {
    change.timeout = seconds;
    if (seconds > 0) return {};
    return fail(Errc::usage, "--timeout must be more than 0 seconds",
                "--no-verify does not wait at all");
  };
  add.seconds("--timeout", timeout,
              "for Ollama to answer after a restart (default: 180; finding its GPUs may take 150)");
  add.seconds("--settle", into(change.settle),
              "how long it must then stay healthy (default: 5; 15 where Ollama cannot be asked)");
  add.seconds("--lock-timeout", into(change.lock_timeout),
              "wait for another ollama-gpu (default: 10)");
  add.seconds("--when-idle", into(change.when_idle),
              "before a restart, wait so long (default: 300) until Ollama seems idle: for three "
              "seconds its processes use under 5% of a core and of the GPUs, its GPU memory stays "
              "as it is, and no client is being sent an answer. Not idle in time: exit 9, nothing "
              "changed")
      ->default_str("300");
}

void declare_undoing(Declare& add, app::ChangeOptions& change) {
  add.flag("--no-rollback", change.no_rollback,
           "leave the change in place if Ollama is not healthy with it");
  add.flag("--no-verify", change.no_verify, "do not wait for health, and do not put anything back");
}

namespace {

void declare_reset(Declare& add, Options& options) {
  declare_when(add, options.reset);
  declare_undoing(add, options.reset);
}

void declare_rollback(Declare& add, Options& options) {
  add.heading("How it is done");
  CLI::Option* list =
      add.flag("--list", options.list, "list the generations instead: what can be brought back");
  declare_when(add, options.rollback.change);
  declare_undoing(add, options.rollback.change);
  list->excludes(add.app().get_option("--dry-run"));
  const auto generation = [&options](const std::string& text) -> Result<void> {
    const auto number = generation_of(text);
    if (!number) return Failure(number.error());
    options.rollback.generation = *number;
    return {};
  };
  list->excludes(add.operands("generation", "[GENERATION]", 1, generation));
}

int run_rollback(Session& session) {
  const Options& options = session.options();
  if (options.list) return session.run(Signals::end_at_once, app::generations);
  return session.run(Signals::end_in_order, app::rollback, options.rollback);
}

void declare_doctor(Declare& add, Options& options) {
  app::DoctorOptions& doctor = options.doctor;
  declare_when(add, doctor.change);
  declare_undoing(add, doctor.change);
  const auto changing = add.app().get_options(
      [](const CLI::Option* option) { return option->get_group() == "How it is done"; });
  add.heading("What is told, and how");
  CLI::Option* fix = add.flag(
      "--fix", doctor.fix,
      "mend what has one right spelling, and move settings from the installer's file into our "
      "drop-in; can be undone");
  for (CLI::Option* other : changing) other->needs(fix);
  const auto ignore = [&doctor](const std::string& code) -> Result<void> {
    const FindingKind* kind = find_kind(code);
    if (kind == nullptr) {
      return fail(Errc::usage, fmt::format("there is no finding '{}'", code),
                  "codes: ollama-gpu help findings");
    }
    doctor.ignore.emplace_back(kind->code);
    return {};
  };
  add.value("--ignore", "CODE", ignore,
            "leave out what has this code (see: ollama-gpu help findings); may be repeated")
      ->take_all();
  add.choice<Severity>("--fail-on", "SEVERITY", into(doctor.fail_on),
                       {{"error", Severity::error}, {"warning", Severity::warning}},
                       "exit 11 for error only, or for warning too (default: warning)");
  const auto format = [add, &options](bool github) -> Result<void> {
    options.github = github;
    for (const char* other : {"--json", "--fix"}) {
      if (!github || !add.given(other)) continue;
      return fail(Errc::usage, fmt::format("--format github and {} contradict each other", other),
                  "give one of them");
    }
    return {};
  };
  add.choice<bool>("--format", "FORM", format, {{"text", false}, {"github", true}},
                   "text (default), or github: one line per finding, as GitHub's annotations");
}

int run_doctor(Session& session) {
  const app::DoctorOptions& doctor = session.options().doctor;
  return doctor.fix ? session.run(Signals::end_in_order, app::fix, doctor)
                    : session.run(Signals::end_at_once, app::doctor, doctor);
}

}  // namespace

const Command kReset{"reset",
                     "take our settings out again",
                     "Removes our drop-in, and nothing else; then as configure does.",
                     "sudo ollama-gpu reset",
                     declare_reset,
                     [](Session& session) {
                       return session.run(Signals::end_in_order, app::reset,
                                          session.options().reset);
                     }};

const Command kRollback{
    "rollback",
    "undo the last change, or go back to an earlier one",
    "Brings back the files as they were before the last change, or as they were right after "
    "GENERATION; then as configure does. Every change is a generation, this one too: rollback "
    "again redoes what it undid. A file that was not ours and was changed since is never "
    "overwritten. The last 20 generations are kept.",
    "sudo ollama-gpu rollback\n"
    "sudo ollama-gpu rollback --list\n"
    "sudo ollama-gpu rollback 3 --dry-run",
    declare_rollback,
    run_rollback};

const Command kDoctor{
    "doctor",
    "find what is wrong or risky about the configuration",
    "Everything in the unit, its drop-ins and environment files that is not read as it was meant, "
    "that hides GPUs, or that is risky: each with a code, its place, why it matters and what to "
    "do. "
    "Changes nothing without --fix. Exit code 11 if there is an error or a warning.",
    "ollama-gpu doctor\n"
    "sudo ollama-gpu doctor --fix --dry-run\n"
    "ollama-gpu doctor --ignore OG401 --fail-on error",
    declare_doctor,
    run_doctor};

}  // namespace ollama_gpu::cli
