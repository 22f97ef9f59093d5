// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/core/text/size.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/table.hpp"
#include "presentation/text_parts.hpp"

// `status`: one page.
namespace ollama_gpu {
namespace {

Tone tone_of_state(const app::UnitReport& unit) {
  if (unit.active_state == "active") return Tone::good;
  if (unit.active_state == "failed" || unit.sub_state == "auto-restart") return Tone::bad;
  return Tone::caution;
}

std::string state_of(const app::UnitReport& unit) {
  if (unit.active_state.empty()) return "not seen";
  std::string out = unit.active_state;
  if (!unit.sub_state.empty()) out += " (" + unit.sub_state + ')';
  return printable(out);
}

std::string answer_of(const app::UnitReport& unit) {
  const std::string address = printable(unit.address);
  if (!unit.version.empty())
    return printable(unit.version) + (address.empty() ? "" : " at " + address);
  if (unit.active_state == "active") return "does not answer at " + address;
  return "its address is " + address;
}

void write_title(std::ostream& out, const Style& style, const app::UnitReport& unit) {
  out << paint(style, Tone::bold, printable(unit.id)) << "  "
      << paint(style, tone_of_state(unit), state_of(unit));
  if (unit.uptime) out << " for " << format_duration(static_cast<double>(*unit.uptime));
  if (unit.main_pid > 0) out << ", pid " << unit.main_pid;
  out << restarts_of(unit) << '\n';
}

void write_unit(std::ostream& out, const Style& style, const app::UnitReport& unit) {
  if (!unit.load_state.empty() && unit.load_state != "loaded") {
    out << "  load     " << paint(style, Tone::bad, printable(unit.load_state)) << '\n';
  }
  if (!unit.version.empty() || !unit.address.empty()) {
    out << "  Ollama   " << answer_of(unit) << '\n';
  }
  if (!unit.fragment.empty()) out << "  unit     " << printable(unit.fragment) << '\n';
  for (const std::string& drop_in : unit.drop_ins) {
    out << "  drop-in  " << printable(drop_in) << '\n';
  }
  write_gate(out, unit.gate);
  if (unit.need_daemon_reload) {
    out << "  " << paint(style, Tone::caution, "systemd has not loaded these files as they are now")
        << '\n';
  }
}

Cell process_cell(const app::SettingInForce& setting) {
  if (!setting.in_process) return {};
  return *setting.in_process ? Cell{} : Cell{"not in the process", Tone::caution};
}

// The file's name and the line: where the file lies is said above.
std::string short_place(const Source& source) {
  const std::string place = place_of(source);
  return place.substr(place.find_last_of('/') + 1);
}

// What distributions and systemd set for every service.
bool is_of_system(const app::SettingInForce& setting) {
  return !setting.ours && (setting.name == "HOME" || setting.name == "PATH");
}

void write_settings(std::ostream& out, const Style& style,
                    std::vector<app::SettingInForce> settings, Form form) {
  if (form == Form::brief) std::erase_if(settings, is_of_system);
  heading(out, style, "Settings");
  if (settings.empty()) {
    out << "  none: Ollama's defaults\n";
    return;
  }
  Table table({{"", false, 0, 28}, {}, {}, {}}, 2);
  for (const app::SettingInForce& setting : settings) {
    table.add(
        {{printable(setting.name) + '=' + printable(masked_value(setting.name, setting.value))},
         {setting.ours ? "ours" : "", Tone::good},
         {short_place(setting.source), Tone::dim},
         process_cell(setting)});
  }
  out << table.render(style);
}

// The rest of the line is for names and figures.
std::size_t bar_width(const Style& style) {
  constexpr std::size_t kFigures = 68;
  const std::size_t room = style.width > kFigures ? style.width - kFigures : 0;
  return std::clamp<std::size_t>(room, 8, 24);
}

std::vector<Cell> row_of(const Style& style, const app::GpuInReport& entry) {
  const Gpu& gpu = entry.gpu;
  const bool hidden = entry.visible_to_ollama && !*entry.visible_to_ollama;
  const auto parts = parts_of(gpu, entry.held_by_ollama.value_or(0));
  Cell held{"?", Tone::dim};
  if (entry.held_by_ollama) held = {format_size(*entry.held_by_ollama)};
  if (hidden && entry.held_by_ollama.value_or(0) == 0) held = {"hidden", Tone::dim};
  Cell others{parts ? format_size(parts->others) : "?"};
  if (parts && !entry.held_by_ollama) others = {"?", Tone::dim};
  return {{gpu.index ? std::to_string(*gpu.index) : "?"},
          {printable(gpu.name)},
          {parts ? bar_of(style, *parts, bar_width(style)) : "", Tone::plain},
          held,
          others,
          {parts ? format_size(parts->free) : "?"},
          {gpu.utilization ? fmt::format("{}%", *gpu.utilization) : ""}};
}

void write_gpus(std::ostream& out, const Style& style, const app::StatusReport& report) {
  out << '\n' << paint(style, Tone::bold, "GPUs");
  if (!report.gpus.empty()) out << "  " << bar_legend(style, "Ollama", "others");
  out << '\n';
  if (report.gpus.empty()) out << "  none found\n";
  Table table({{"GPU", true},
               {"NAME", false, 0, 12},
               {"", false, 2},
               {"OLLAMA", true},
               {"OTHERS", true, 1},
               {"FREE", true},
               {"BUSY", true, 3}},
              2);
  if (!report.live) table.fold();  // one line a GPU where the page is as high as the window
  for (const app::GpuInReport& entry : report.gpus) table.add(row_of(style, entry));
  if (!report.gpus.empty()) out << table.render(style);
  for (const app::GpuInReport& entry : report.gpus) {
    if (entry.gpu.problem.empty()) continue;
    out << "  GPU " << (entry.gpu.index ? std::to_string(*entry.gpu.index) : "?") << ": "
        << wrap_indented(printable(entry.gpu.problem), style.width, 9) << '\n';
  }
  if (!report.gpu_problem.empty()) {
    out << "  " << wrap_indented(printable(report.gpu_problem), style.width, 2) << '\n';
  }
}

std::string placement(const app::ModelReport& model) {
  if (model.size == 0 || model.size_vram >= model.size) return "all on the GPU";
  if (model.size_vram == 0) return "all on the CPU";
  const double share = static_cast<double>(model.size_vram) / static_cast<double>(model.size);
  // Never rounded to "100%": something is not on the GPU.
  return fmt::format("{}% on the GPU", std::clamp(static_cast<int>(share * 100), 1, 99));
}

void write_models(std::ostream& out, const Style& style, const app::StatusReport& report) {
  heading(out, style, "Models loaded");
  if (!report.models) {
    out << "  Ollama could not be asked\n";
    return;
  }
  if (report.models->empty()) out << "  none\n";
  Table table({{"", false, 0, 16}, {"", true, 1}, {}, {}, {"", false, 2}}, 2);
  for (const app::ModelReport& model : *report.models) {
    table.add(
        {{printable(model.name)},
         {format_size(model.size)},
         {placement(model), model.size_vram >= model.size ? Tone::good : Tone::caution},
         {model.expires_in ? "for another " + format_duration(*model.expires_in) : "for ever"},
         {printable(model.unit), Tone::dim}});
  }
  out << table.render(style);
}

void write_servers(std::ostream& out, const Style& style, const app::StatusReport& report) {
  if (report.entry) write_entry(out, style, *report.entry);
  write_models(out, style, report);
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::StatusReport& report) {
  render_text(out, style, report, Form::brief);
}

void render_text(std::ostream& out, const Style& style, const app::StatusReport& report,
                 Form form) {
  if (report.brief) return write_overview(out, style, report);
  if (report.live) {
    write_title(out, style, report.unit);
    write_gpus(out, style, report);
    write_servers(out, style, report);
    out << '\n';
    write_unit(out, style, report.unit);
  } else {
    write_title(out, style, report.unit);
    write_unit(out, style, report.unit);
  }
  write_settings(out, style, report.settings, form);
  if (!report.live) {
    write_gpus(out, style, report);
    write_servers(out, style, report);
  }
  if (!report.evidence.empty()) {
    heading(out, style, "Evidence");
    if (form == Form::full) write_evidence(out, style, report.evidence, true);
    if (form == Form::brief) write_evidence_briefly(out, style, report.evidence, 2);
  }
  write_warnings(out, style, report.warnings);
  if (report.advice.empty()) return;
  out << "\nnote: " << wrap_indented(report.advice, style.width, 6) << "\nnext: " << report.next
      << '\n';
}

}  // namespace ollama_gpu
