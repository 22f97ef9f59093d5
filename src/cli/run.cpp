// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <sstream>

#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/cli/arguments.hpp"
#include "ollama_gpu/cli/help.hpp"
#include "ollama_gpu/cli/output.hpp"
#include "ollama_gpu/cli/style.hpp"
#include "ollama_gpu/cli/user_hint.hpp"
#include "ollama_gpu/cli/watch.hpp"
#include "ollama_gpu/cli/wire.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/suggest.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/stream_messages.hpp"

namespace ollama_gpu::cli {
namespace {

bool has_something(const app::ChangeReport& report) {
  return !report.plan.empty() || !report.diff.empty() || !report.evidence.empty() ||
         !report.journal.empty();
}
bool has_something(const app::GenerationsReport&) { return false; }
bool has_something(const app::VerifyReport& report) { return !report.evidence.empty(); }
bool has_something(const app::StatusReport& report) { return !report.evidence.empty(); }
bool has_something(const app::ShowReport& report) { return !report.fragment.empty(); }
bool has_something(const app::GpusReport&) { return false; }
bool has_something(const app::WaitReport&) { return false; }
bool has_something(const app::SettingsReport&) { return false; }
bool has_something(const app::DoctorReport& report) { return !report.findings.empty(); }

// --quiet leaves out the account of a change that went well.
bool is_talk(const app::ChangeReport& report) { return !report.preview; }
template <class Report>
bool is_talk(const Report&) {
  return false;
}

// One run: how it writes, and what it ends with.
class Run {
 public:
  Run(const Invocation& invocation, bool json)
      : invocation_(invocation),
        json_(json),
        out_style_(derive_style(facts_of(STDOUT_FILENO), invocation.color, process_environment)),
        messages_(std::cerr,
                  derive_style(facts_of(STDERR_FILENO), invocation.color, process_environment),
                  invocation.verbosity) {}

  StreamMessages& messages() { return messages_; }
  const Style& out_style() const { return out_style_; }

  template <class Report>
  int finish(const app::Outcome<Report>& outcome) {
    const auto told = for_user(outcome.error);
    const Error* error = told ? &*told : nullptr;
    if (json_) return end(render_json(name(), outcome.report, error) + '\n', error);
    const bool quiet = invocation_.verbosity == ports::Verbosity::quiet && is_talk(outcome.report);
    std::ostringstream text;
    if (error == nullptr ? !quiet : has_something(outcome.report)) {
      render(text, outcome.report);
    }
    return end(text.str(), error);
  }

  int finish_error(const Error& error, std::string_view command) {
    return end(json_ ? render_json_error(command, error) + '\n' : std::string(), &error);
  }

  int finish_text(std::string_view command, const std::string& text) {
    return end(json_ ? render_json_text(command, text) + '\n' : text, nullptr);
  }

 private:
  template <class Report>
  void render(std::ostream& out, const Report& report) const {
    render_text(out, out_style_, report);
  }
  void render(std::ostream& out, const app::DoctorReport& report) const {
    if (invocation_.github) return render_github(out, report);
    render_text(out, out_style_, report);
  }

  std::optional<Error> for_user(std::optional<Error> error) const {
    if (error && invocation_.global.user) error->hint = hint_for_user(std::move(error->hint));
    return error;
  }

  std::string_view name() const {
    return invocation_.command != nullptr ? invocation_.command->name : "";
  }

  int end(const std::string& text, const Error* error) {
    const auto written = write_all(STDOUT_FILENO, text);
    const bool silent = json_ && invocation_.verbosity == ports::Verbosity::quiet && written;
    if (error != nullptr && !silent) messages_.error(*error);
    if (!written) messages_.error(written.error());
    if (error != nullptr) return exit_code(*error);
    return written ? 0 : exit_code(written.error());
  }

  const Invocation& invocation_;
  bool json_;
  Style out_style_;
  StreamMessages messages_;
};

app::Outcome<app::SettingsReport> settings(const Invocation& invocation) {
  app::Outcome<app::SettingsReport> outcome;
  if (invocation.operands.empty()) {
    for (const Setting& setting : known_settings()) outcome.report.names.emplace_back(setting.name);
    return outcome;
  }
  const std::string& name = invocation.operands.front();
  if (find_setting(name) != nullptr) {
    outcome.report.names.push_back(name);
    return outcome;
  }
  std::vector<std::string> names;
  for (const Setting& setting : known_settings()) names.emplace_back(setting.name);
  auto meant = near_miss(name);
  if (!meant) meant = closest_match(name, names);
  const std::string question = meant ? fmt::format("; did you mean {}?", *meant) : "";
  outcome.error = Error{Errc::usage, fmt::format("{} is no setting known here{}", name, question),
                        "see ollama-gpu settings", std::nullopt, 0};
  return outcome;
}

int watch(app::Context& context, const Invocation& invocation, Run& run) {
  if (!invocation.json && !run.out_style().terminal) {
    return run.finish_error(
        {Errc::usage, "--watch redraws a terminal, and this is none",
         "write status --watch --json for one JSON object a line", std::nullopt, 0},
        "status");
  }
  // What is wrong from the start, such as a unit that does not exist, is told as status tells it.
  const auto first = app::status(context, {false, 1.0});
  if (first.error) return run.finish(first);
  const auto signal = watch_status(context, invocation.json, invocation.color);
  if (!signal) return run.finish_error(signal.error(), "status");
  return exit_code(Error{Errc::interrupted, "", "", std::nullopt, *signal});
}

int run_live(const Invocation& invocation, Run& run) {
  auto live = Live::create(invocation, run.messages());
  if (!live) return run.finish_error(live.error(), invocation.command->name);
  app::Context& context = (*live)->context();
  switch (invocation.command->bit) {
    case kConfigure:
      return run.finish(app::configure(context, invocation.configure));
    case kReset:
      return run.finish(app::reset(context, invocation.configure.change));
    case kRollback:
      if (invocation.list) return run.finish(app::generations(context));
      return run.finish(
          app::rollback(context, {invocation.configure.change, invocation.generation}));
    case kStatus:
      return invocation.watch ? watch(context, invocation, run) : run.finish(app::status(context));
    case kShow:
      return run.finish(app::show(context, {invocation.operands}));
    case kVerify:
      return run.finish(app::verify(context, invocation.verify));
    case kWait:
      return run.finish(app::wait(context, invocation.wait));
    case kDoctor:
      if (invocation.doctor.fix) return run.finish(app::fix(context, invocation.doctor));
      return run.finish(app::doctor(context, invocation.doctor));
    default:
      return run.finish(app::gpus(context));
  }
}

int print(Run& run, std::string_view command, const Result<std::string>& text) {
  return text ? run.finish_text(command, *text) : run.finish_error(text.error(), command);
}

int dispatch(const Invocation& invocation, Run& run) {
  if (invocation.version) return run.finish_text("version", version_text());
  if (invocation.help) {
    return run.finish_text("help", help_text(invocation.command, run.out_style()));
  }
  switch (invocation.command->bit) {
    case kSettings:
      return run.finish(settings(invocation));
    case kCompletion:
      return print(run, "completion", completion_script(invocation.operands.front()));
    case kHelp:
      return print(run, "help",
                   invocation.operands.empty()
                       ? Result<std::string>(help_text(nullptr, run.out_style()))
                       : help_on(invocation.operands.front(), run.out_style()));
    default:
      return run_live(invocation, run);
  }
}

std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  return argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>();
}

// Without a look at anything else: it must be quick.
int print_version() {
  const auto written = write_all(STDOUT_FILENO, version_text());
  if (!written) StreamMessages(std::cerr, {}, ports::Verbosity::normal).error(written.error());
  return written ? 0 : exit_code(written.error());
}

// How errors of the arguments themselves are told, when they were not understood.
Invocation for_errors(const std::vector<std::string>& arguments) {
  Invocation invocation;
  for (const std::string& argument : arguments) {
    if (argument == "-q" || argument == "--quiet") invocation.verbosity = ports::Verbosity::quiet;
    if (argument == "--color=always") invocation.color = "always";
    if (argument == "--color=never") invocation.color = "never";
  }
  return invocation;
}

}  // namespace

int run(int argc, const char* const* argv) {
  open_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): a closed pipe is an error of write(2)
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    return print_version();
  }
  const std::vector<std::string> arguments = arguments_of(argc, argv);
  const auto invocation = parse_arguments(arguments);
  if (!invocation) {
    const Invocation guess = for_errors(arguments);
    return Run(guess, wants_json(arguments))
        .finish_error(invocation.error(), command_named(arguments));
  }
  Run run(*invocation, invocation->json);
  return dispatch(*invocation, run);
}

int report_exception(int argc, const char* const* argv, const char* what) {
  const std::vector<std::string> arguments = arguments_of(argc, argv);
  const Invocation guess = for_errors(arguments);
  const Error error{Errc::failed, what, "this is a bug in ollama-gpu: please report it",
                    std::nullopt, 0};
  return Run(guess, wants_json(arguments)).finish_error(error, command_named(arguments));
}

}  // namespace ollama_gpu::cli
