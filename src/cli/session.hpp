// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "cli/arguments.hpp"
#include "cli/wire.hpp"
#include "ollama_gpu/presentation/render.hpp"

namespace ollama_gpu::cli {

// A hint with --user: the same commands for the user's own manager, without sudo.
std::string hint_for_user(std::string hint);

// One run of a command: how it writes, and what it ends with.
class Session {
 public:
  explicit Session(const Invocation& invocation);

  const Options& options() const { return invocation_.options; }
  const Style& style() const { return style_; }  // of standard output

  // Runs a function of app with the live adapters, and ends with its outcome.
  template <class Function, class... Arguments>
  int run(Signals signals, Function function, const Arguments&... arguments) {
    return run_live(signals,
                    [&](app::Context& context) { return finish(function(context, arguments...)); });
  }
  // The same for what ends the run itself.
  int run_live(Signals signals, const std::function<int(app::Context&)>& function);

  // Each ends the run: writes, and gives the exit code.
  int finish(app::Outcome<app::ChangeReport> outcome);
  template <class Report>
  int finish(app::Outcome<Report> outcome) {
    const auto told = for_user(outcome.error);
    const Error* error = told ? &*told : nullptr;
    if (options().global.user) tell_user(outcome.report);
    if (options().json) return end(render_json(name(), outcome.report, error) + '\n', error);
    std::ostringstream text;
    if (is_shown(outcome.report, error != nullptr)) render(text, outcome.report);
    const bool counted = std::is_same_v<Report, app::DoctorReport> && !options().github;
    const bool is_verdict = error != nullptr && error->code == Errc::not_verified;
    return end(text.str(), error, is_verdict && (is_quiet() || counted));
  }
  int finish_error(const Error& error);
  int finish_text(std::string_view command, const std::string& text);
  int finish_text(const Result<std::string>& text);

 private:
  bool is_quiet() const { return options().verbosity == ports::Verbosity::quiet; }
  Form form_of(const app::ChangeReport& report) const;
  // Before anything is done; and asks.
  Result<void> show_plan(app::Context& context, app::ChangeReport report, bool confirm);

  // What an error leaves to be shown, and --quiet of a verdict: its exit code.
  template <class Report>
  bool is_shown(const Report& report, bool failed) const {
    constexpr bool kVerdict = std::is_same_v<Report, app::DoctorReport> ||
                              std::is_same_v<Report, app::VerifyReport> ||
                              std::is_same_v<Report, app::WaitReport>;
    if (is_quiet() && (kVerdict || options().status.exit_code)) return false;
    if constexpr (requires { report.evidence; }) return !failed || !report.evidence.empty();
    if constexpr (requires { report.fragment; }) return !failed || !report.fragment.empty();
    if constexpr (requires { report.findings; }) return !failed || !report.findings.empty();
    return !failed;
  }
  template <class Report>
  void render(std::ostream& out, const Report& report) const {
    render_text(out, style_, report);
  }
  void render(std::ostream& out, const app::DoctorReport& report) const;
  void render(std::ostream& out, const app::StatusReport& report) const;

  std::string_view name() const;
  std::optional<Error> for_user(std::optional<Error> error) const;
  // The remedies, and what stands in warnings and plans, are commands to paste too.
  template <class Report>
  static void tell_user(Report& report) {
    if constexpr (requires { report.findings; }) {
      for (auto& finding : report.findings) finding.remedy = hint_for_user(finding.remedy);
    }
    if constexpr (requires { report.warnings; }) {
      for (auto& warning : report.warnings) warning = hint_for_user(warning);
    }
    if constexpr (requires { report.plan; }) {
      for (auto& step : report.plan) step.reason = hint_for_user(step.reason);
    }
    if constexpr (requires { report.undo; }) {
      report.undo = hint_for_user(report.undo);
      report.look = hint_for_user(report.look);
    }
  }
  // `silent`: the exit code is all, or the text has said it.
  int end(const std::string& text, const Error* error, bool silent = false);

  const Invocation& invocation_;
  Style style_;
  StreamMessages messages_;
  bool plan_shown_ = false;
  Result<void> written_ = {};  // of the plan
};

}  // namespace ollama_gpu::cli
