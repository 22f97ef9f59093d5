// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <sstream>
#include <string>
#include <string_view>

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
  template <class Report>
  int finish(app::Outcome<Report> outcome) {
    const auto told = for_user(outcome.error);
    const Error* error = told ? &*told : nullptr;
    if (options().global.user) tell_user(outcome.report);
    if (options().json) return end(render_json(name(), outcome.report, error) + '\n', error);
    std::ostringstream text;
    if (is_shown(outcome.report, error != nullptr)) render(text, outcome.report);
    return end(text.str(), error);
  }
  int finish_error(const Error& error);
  int finish_text(std::string_view command, const std::string& text);
  int finish_text(const Result<std::string>& text);

 private:
  // What an error leaves to be shown; and --quiet, of a change that went well.
  bool is_shown(const app::ChangeReport& report, bool failed) const;
  template <class Report>
  bool is_shown(const Report& report, bool failed) const {
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
  }
  int end(const std::string& text, const Error* error);

  const Invocation& invocation_;
  Style style_;
  StreamMessages messages_;
};

}  // namespace ollama_gpu::cli
