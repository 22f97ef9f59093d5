// SPDX-License-Identifier: MIT
#include "cli/session.hpp"

#include <iostream>

#include "ollama_gpu/presentation/style.hpp"
#include "ollama_gpu/system/host/terminal.hpp"

namespace ollama_gpu::cli {
namespace {

Style style_of(int descriptor, const Options& options) {
  const StreamFacts facts = facts_of(descriptor);
  return derive_style(facts.terminal, facts.columns, options.color, own_variable);
}

constexpr std::string_view kWithSudo = "run it with sudo";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string hint_for_user(std::string hint) {
  if (hint == kWithSudo) return {};
  replace_all(hint, "sudo ", "");
  for (const std::string_view program : {"systemctl ", "journalctl ", "ollama-gpu "}) {
    replace_all(hint, program, std::string(program) + "--user ");
  }
  replace_all(hint, "--user --user", "--user");
  return hint;
}

Session::Session(const Invocation& invocation)
    : invocation_(invocation),
      style_(style_of(1, invocation.options)),
      messages_(std::cerr, style_of(2, invocation.options), invocation.options.verbosity) {}

int Session::run_live(Signals signals, const std::function<int(app::Context&)>& function) {
  auto live = Live::create(options().global, signals, messages_);
  if (!live) return finish_error(live.error());
  app::Context& context = (*live)->context();
  context.planned = [&](const app::ChangeReport& report, bool confirm) {
    return show_plan(context, report, confirm);
  };
  return function(context);
}

Form Session::form_of(const app::ChangeReport& report) const {
  const bool full = report.preview || options().verbosity == ports::Verbosity::verbose;
  return full ? Form::full : Form::brief;
}

Result<void> Session::show_plan(app::Context& context, app::ChangeReport report, bool confirm) {
  if (confirm && options().json) {
    return fail(Errc::usage, "--confirm and --json contradict each other",
                "see the plan with --dry-run --json");
  }
  if (options().json || (is_quiet() && !confirm)) return {};
  if (options().global.user) tell_user(report);
  messages_.done_waiting();
  std::ostringstream text;
  if (plan_shown_) text << '\n';
  render_plan(text, style_, report, form_of(report));
  plan_shown_ = true;
  written_ = write_out(text.str());
  if (!confirm) return {};
  if (!written_) {
    return fail(Errc::failed, "the plan cannot be shown: " + written_.error().message,
                "nothing was changed");
  }
  const auto stopped = [&] { return context.clock.pending_signal() != 0; };
  if (ask("Do it? [y/N] ", stopped)) return {};
  return fail(Errc::failed, "not confirmed: nothing was changed", "");
}

int Session::finish(app::Outcome<app::ChangeReport> outcome) {
  const auto told = for_user(outcome.error);
  const Error* error = told ? &*told : nullptr;
  app::ChangeReport& report = outcome.report;
  if (options().global.user) tell_user(report);
  if (options().json) return end(render_json(name(), report, error) + '\n', error);
  std::ostringstream text;
  const bool anything = error == nullptr || !report.plan.empty() || !report.diff.empty() ||
                        !report.evidence.empty() || !report.journal.empty();
  if (anything && !is_quiet()) {
    const Form form = form_of(report);
    const bool changes = report.preview || form == Form::full || !report.summary.empty();
    if (!plan_shown_ && changes) render_plan(text, style_, report, form);
    render_outcome(text, style_, report, form);
  }
  // A failure begins with its reason.
  const bool first = error != nullptr && !report.preview;
  if (first) messages_.error(*error);
  return end(text.str(), error, first || (is_quiet() && report.preview));
}

int Session::finish_error(const Error& error) {
  return end(options().json ? render_json_error(name(), error) + '\n' : std::string(), &error);
}

int Session::finish_text(std::string_view command, const std::string& text) {
  return end(options().json ? render_json_text(command, text) + '\n' : text, nullptr);
}

int Session::finish_text(const Result<std::string>& text) {
  return text ? finish_text(name(), *text) : finish_error(text.error());
}

void Session::render(std::ostream& out, const app::DoctorReport& report) const {
  if (options().github) return render_github(out, report);
  render_text(out, style_, report);
}

void Session::render(std::ostream& out, const app::StatusReport& report) const {
  const bool full = options().verbosity == ports::Verbosity::verbose;
  render_text(out, style_, report, full ? Form::full : Form::brief);
}

std::string_view Session::name() const {
  return invocation_.command != nullptr ? invocation_.command->name : "";
}

std::optional<Error> Session::for_user(std::optional<Error> error) const {
  if (!error) return error;
  const std::string& typed = options().global.command_line;
  const bool has_secret = typed.find("***") != std::string::npos;
  if (options().global.user) {
    error->hint = hint_for_user(std::move(error->hint));
  } else if (error->hint == kWithSudo && !has_secret) {
    error->hint += ": sudo " + typed;
  }
  return error;
}

int Session::end(const std::string& text, const Error* error, bool silent) {
  auto written = write_out(text);
  if (!written_) written = written_;
  silent = silent || (options().json && is_quiet() && written);
  if (error != nullptr && !silent) messages_.error(*error);
  if (!written) messages_.error(written.error());
  if (error != nullptr) return exit_code(*error);
  return written ? 0 : exit_code(written.error());
}

}  // namespace ollama_gpu::cli
