// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu {

// Every report as text for people (stdout) ...
// In text_change.cpp, text_generations.cpp, text_verify.cpp, text_status.cpp, text_show.cpp,
// text_gpus.cpp, text_wait.cpp, text_settings.cpp and text_doctor.cpp: one each, in this order.
void render_text(std::ostream& out, const Style& style, const app::ChangeReport& report);
void render_text(std::ostream& out, const Style& style, const app::GenerationsReport& report);
void render_text(std::ostream& out, const Style& style, const app::VerifyReport& report);
void render_text(std::ostream& out, const Style& style, const app::StatusReport& report);
void render_text(std::ostream& out, const Style& style, const app::ShowReport& report);
void render_text(std::ostream& out, const Style& style, const app::GpusReport& report);
void render_text(std::ostream& out, const Style& style, const app::WaitReport& report);
void render_text(std::ostream& out, const Style& style, const app::SettingsReport& report);
void render_text(std::ostream& out, const Style& style, const app::DoctorReport& report);

// What changes something, in two parts: the plan, which is read before anything is done, and what
// came of it. In full as render_text has it (text_change.cpp), or in brief (text_brief.cpp).
enum class Form { brief, full };
void render_plan(std::ostream& out, const Style& style, const app::ChangeReport& report, Form form);
void render_outcome(std::ostream& out, const Style& style, const app::ChangeReport& report,
                    Form form);

// In text_status.cpp. In full: every level of the evidence, and what the system sets.
void render_text(std::ostream& out, const Style& style, const app::StatusReport& report, Form form);

// In text_doctor.cpp: one line per finding, as GitHub's workflow commands: it then stands beside
// the line in question.
void render_github(std::ostream& out, const app::DoctorReport& report);

// ... and as one JSON object (docs/schema.json). `error` adds "ok": false and its fields; its exit
// code becomes "exit_code". Text that is not UTF-8 is replaced, never written raw.
// In json_verify.cpp, json_status.cpp and json_doctor.cpp: those of their reports. In
// json_reports.cpp: the others.
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

// In help_topics.cpp: the text of `help exit-codes`, `help selectors`.
std::string_view help_exit_codes();
std::string_view help_selectors();
// In help_schema.cpp: the JSON Schema of what --json prints, docs/schema.json word for word.
std::string_view help_schema();
// In text_doctor.cpp: the text of `help findings`, and of `help OGnnn`, wrapped at `width` columns.
std::string help_findings(std::size_t width);
std::string help_finding(const FindingKind& kind, std::size_t width);

}  // namespace ollama_gpu
