// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "ollama_gpu/presentation/messages.hpp"
#include "ollama_gpu/presentation/report.hpp"

namespace ollama_gpu {

// Every report as text for people (stdout) ...
// In text_change.cpp, text_generations.cpp, text_verify.cpp, text_status.cpp, text_show.cpp,
// text_gpus.cpp, text_wait.cpp, text_settings.cpp and text_doctor.cpp: one each, in this order.
void render_text(std::ostream& out, const Style& style, const ChangeReport& report);
void render_text(std::ostream& out, const Style& style, const GenerationsReport& report);
void render_text(std::ostream& out, const Style& style, const VerifyReport& report);
void render_text(std::ostream& out, const Style& style, const StatusReport& report);
void render_text(std::ostream& out, const Style& style, const ShowReport& report);
void render_text(std::ostream& out, const Style& style, const GpusReport& report);
void render_text(std::ostream& out, const Style& style, const WaitReport& report);
void render_text(std::ostream& out, const Style& style, const SettingsReport& report);
void render_text(std::ostream& out, const Style& style, const DoctorReport& report);

// In text_doctor.cpp: one line per finding, as GitHub's workflow commands: it then stands beside
// the line in question.
void render_github(std::ostream& out, const DoctorReport& report);

// ... and as one JSON object (docs/schema.json). `error` adds "ok": false and its fields; its exit
// code becomes "exit_code". Text that is not UTF-8 is replaced, never written raw.
// In json_verify.cpp, json_status.cpp and json_doctor.cpp: those of their reports. In
// json_reports.cpp: the others.
std::string render_json(std::string_view command, const ChangeReport& report, const Error* error);
std::string render_json(std::string_view command, const GenerationsReport& report,
                        const Error* error);
std::string render_json(std::string_view command, const VerifyReport& report, const Error* error);
std::string render_json(std::string_view command, const StatusReport& report, const Error* error);
std::string render_json(std::string_view command, const ShowReport& report, const Error* error);
std::string render_json(std::string_view command, const GpusReport& report, const Error* error);
std::string render_json(std::string_view command, const WaitReport& report, const Error* error);
std::string render_json(std::string_view command, const SettingsReport& report, const Error* error);
std::string render_json(std::string_view command, const DoctorReport& report, const Error* error);
// A command that failed before it had anything to report.
std::string render_json_error(std::string_view command, const Error& error);
// A command whose result is a text (help, completion, version).
std::string render_json_text(std::string_view command, std::string_view text);

// In help_topics.cpp: the text of `help exit-codes`, `help selectors`.
std::string_view help_exit_codes();
std::string_view help_selectors();
// In text_doctor.cpp: the text of `help findings`, and of `help OGnnn`, wrapped at `width` columns.
std::string help_findings(std::size_t width);
std::string help_finding(const FindingKind& kind, std::size_t width);

// "2 errors, 1 warning"; "nothing" where there is none of that severity or above.
std::string count_findings(const std::vector<Finding>& findings, Severity least);

}  // namespace ollama_gpu
