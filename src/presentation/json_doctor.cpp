// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "ollama_gpu/core/text/command_in.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "presentation/json_parts.hpp"

namespace ollama_gpu {
namespace {

Json finding_json(const Finding& finding) {
  const Location& place = finding.place;
  return {{"code", finding.code},
          {"severity", name_of(finding.severity)},
          {"message", finding.message},
          {"why", finding.why},
          {"remedy", finding.remedy},
          {"command", text_or_null(command_in(finding.remedy))},
          {"file", place.file.empty() ? Json(nullptr) : Json(place.file)},
          {"line", number_or_null(place.line)},
          {"column", number_or_null(place.column)},
          {"fixable", finding.fixable()}};
}

}  // namespace

std::string render_json(std::string_view command, const app::DoctorReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  Json findings = Json::array();
  for (const Finding& finding : report.findings) findings.push_back(finding_json(finding));
  out["unit"] = report.unit;
  out["findings"] = std::move(findings);
  out["ignored"] = report.ignored;
  out["not_seen"] = json_of(report.not_seen);
  return dump(out);
}

}  // namespace ollama_gpu
