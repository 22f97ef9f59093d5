// SPDX-License-Identifier: MIT
#include "ollama_gpu/app/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ollama_gpu::app {

namespace {

std::size_t count_of(const std::vector<Finding>& findings, Severity severity) {
  return static_cast<std::size_t>(std::ranges::count(findings, severity, &Finding::severity));
}

}  // namespace

std::string count_findings(const std::vector<Finding>& findings, Severity least) {
  std::string out;
  for (const Severity severity : {Severity::error, Severity::warning, Severity::info}) {
    const std::size_t count = severity < least ? 0 : count_of(findings, severity);
    if (count == 0) continue;
    const bool plural = count > 1 && severity != Severity::info;
    out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", count, name_of(severity),
                       plural ? "s" : "");
  }
  return out.empty() ? "nothing" : out;
}

}  // namespace ollama_gpu::app
