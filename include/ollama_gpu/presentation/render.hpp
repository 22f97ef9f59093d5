// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu {

// Every report as text for people (stdout) ...
void render_text(std::ostream& out, const Style& style, const app::ChangeReport& report);
void render_text(std::ostream& out, const Style& style, const app::GenerationsReport& report);
void render_text(std::ostream& out, const Style& style, const app::VerifyReport& report);
void render_text(std::ostream& out, const Style& style, const app::StatusReport& report);
void render_text(std::ostream& out, const Style& style, const app::ShowReport& report);
void render_text(std::ostream& out, const Style& style, const app::GpusReport& report);
void render_text(std::ostream& out, const Style& style, const app::WaitReport& report);
void render_text(std::ostream& out, const Style& style, const app::SettingsReport& report);
void render_text(std::ostream& out, const Style& style, const app::DoctorReport& report);

// One line per finding, as GitHub's workflow commands: it then stands beside the line in question.
void render_github(std::ostream& out, const app::DoctorReport& report);

// ... and as one JSON object (docs/schema.json). `error` adds "ok": false and its fields; its exit
// code becomes "exit_code". Text that is not UTF-8 is replaced, never written raw.
std::string render_json(std::string_view command, const app::ChangeReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::GenerationsReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::VerifyReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::StatusReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::ShowReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::GpusReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::WaitReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::SettingsReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const app::DoctorReport& report,
                        const Error* error);
// A command that failed before it had anything to report.
std::string render_json_error(std::string_view command, const Error& error);
// A command whose result is a text (help, completion, version).
std::string render_json_text(std::string_view command, std::string_view text);

// The text of `help exit-codes`, `help selectors`.
std::string_view help_exit_codes();
std::string_view help_selectors();
// The text of `help findings`, and of `help OGnnn`, wrapped at `width` columns.
std::string help_findings(std::size_t width);
std::string help_finding(const FindingKind& kind, std::size_t width);

}  // namespace ollama_gpu
