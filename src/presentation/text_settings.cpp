// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/table.hpp"
#include "presentation/text_parts.hpp"

namespace ollama_gpu {
namespace {

std::string versions_of(const Setting& setting) {
  std::string out;
  if (!setting.since.empty()) out += fmt::format("since {}", setting.since);
  if (!setting.until.empty())
    out += fmt::format("{}until {}", out.empty() ? "" : ", ", setting.until);
  return out;
}

void write_one(std::ostream& out, const Style& style, const Setting& setting) {
  constexpr std::size_t kIndent = 12;
  const auto line = [&](std::string_view label, std::string_view text) {
    if (text.empty()) return;
    out << fmt::format("  {:<8}  {}\n", label, wrap_indented(text, style.width, kIndent));
  };
  out << paint(style, Tone::bold, setting.name) << '\n';
  line("what", setting.summary);
  line("default", setting.default_value);
  line("accepts", setting.accepted);
  line("option", setting.option.empty() ? fmt::format("--set {}=VALUE", setting.name)
                                        : fmt::format("configure {}", setting.option));
  line("Ollama", versions_of(setting));
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::SettingsReport& report) {
  if (report.names.size() == 1) {
    if (const Setting* setting = find_setting(report.names.front())) {
      write_one(out, style, *setting);
    }
    return;
  }
  Table table(
      {{"SETTING"}, {"DEFAULT", false, 2}, {"OPTION", false, 1}, {"WHAT IT DOES", false, 3, 24}});
  for (const std::string& name : report.names) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr) continue;
    table.add({{name},
               {std::string(setting->default_value)},
               {std::string(setting->option)},
               {std::string(setting->summary)}});
  }
  out << table.render(style) << "\nMore about one: ollama-gpu settings NAME\n";
}

}  // namespace ollama_gpu
