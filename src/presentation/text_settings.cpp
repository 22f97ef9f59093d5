// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>

#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
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

std::string_view title_of(SettingGroup group) {
  switch (group) {
    case SettingGroup::main:
      return "With an option of configure";
    case SettingGroup::server:
      return "Ollama's server (--set NAME=VALUE)";
    case SettingGroup::runtime:
      return "CUDA, ROCm, Vulkan and llama-server (--set NAME=VALUE)";
    case SettingGroup::process:
      return "Of every process";
    case SettingGroup::client:
      return "Read by the client only";
    case SettingGroup::former:
      break;
  }
  return "No longer read";
}

// The name, and beside it in full what it does.
void write_group(std::ostream& out, const Style& style, const std::vector<std::string>& names,
                 SettingGroup group) {
  constexpr std::size_t kText = 34;
  bool first = true;
  for (const std::string& name : names) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr || group_of(*setting) != group) continue;
    if (first) out << paint(style, Tone::bold, title_of(group)) << '\n';
    first = false;
    std::string text(setting->summary);
    std::string more(setting->option);
    if (!setting->default_value.empty()) {
      more += fmt::format("{}default {}", more.empty() ? "" : "; ", setting->default_value);
    }
    if (!more.empty()) text += fmt::format(" ({})", more);
    out << fmt::format("  {:<30}  {}\n", name, wrap_indented(text, style.width, kText));
  }
  if (!first) out << '\n';
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::SettingsReport& report) {
  if (report.names.size() == 1) {
    if (const Setting* setting = find_setting(report.names.front())) {
      write_one(out, style, *setting);
    }
    return;
  }
  constexpr std::array kOrder{SettingGroup::main,    SettingGroup::server, SettingGroup::runtime,
                              SettingGroup::process, SettingGroup::client, SettingGroup::former};
  for (const SettingGroup group : kOrder) {
    const bool more = group == SettingGroup::client || group == SettingGroup::former;
    if (report.all || !more) write_group(out, style, report.names, group);
  }
  if (!report.all) out << "Those of the client, and those of the past: ollama-gpu settings --all\n";
  out << "More about one: ollama-gpu settings NAME\n";
}

}  // namespace ollama_gpu
