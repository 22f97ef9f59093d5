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

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string hint_for_user(std::string hint) {
  if (hint == "run it with sudo") return {};
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
  return live ? function((*live)->context()) : finish_error(live.error());
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

bool Session::is_shown(const app::ChangeReport& report, bool failed) const {
  if (!failed) return options().verbosity != ports::Verbosity::quiet || report.preview;
  return !report.plan.empty() || !report.diff.empty() || !report.evidence.empty() ||
         !report.journal.empty();
}

void Session::render(std::ostream& out, const app::DoctorReport& report) const {
  if (options().github) return render_github(out, report);
  render_text(out, style_, report);
}

std::string_view Session::name() const {
  return invocation_.command != nullptr ? invocation_.command->name : "";
}

std::optional<Error> Session::for_user(std::optional<Error> error) const {
  if (error && options().global.user) error->hint = hint_for_user(std::move(error->hint));
  return error;
}

int Session::end(const std::string& text, const Error* error) {
  const auto written = write_out(text);
  const bool silent = options().json && options().verbosity == ports::Verbosity::quiet && written;
  if (error != nullptr && !silent) messages_.error(*error);
  if (!written) messages_.error(written.error());
  if (error != nullptr) return exit_code(*error);
  return written ? 0 : exit_code(written.error());
}

}  // namespace ollama_gpu::cli
