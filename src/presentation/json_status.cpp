// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "presentation/json_parts.hpp"

namespace ollama_gpu {
namespace {

Json unit_json(const app::UnitReport& unit) {
  return {{"id", unit.id},
          {"load_state", unit.load_state},
          {"active_state", unit.active_state},
          {"sub_state", unit.sub_state},
          {"fragment", unit.fragment},
          {"drop_ins", json_of(unit.drop_ins)},
          {"main_pid", unit.main_pid},
          {"n_restarts", unit.n_restarts},
          {"need_daemon_reload", unit.need_daemon_reload},
          {"uptime", json_optional(unit.uptime)},
          {"version", unit.version.empty() ? Json(nullptr) : Json(unit.version)},
          {"address", unit.address.empty() ? Json(nullptr) : Json(unit.address)},
          {"gate", json_of(unit.gate)}};
}

Json settings_json(const std::vector<app::SettingInForce>& settings) {
  Json out = Json::array();
  for (const app::SettingInForce& setting : settings) {
    out.push_back({{"name", setting.name},
                   {"value", masked_value(setting.name, setting.value)},
                   {"source", json_of(setting.source)},
                   {"ours", setting.ours},
                   {"in_process", json_optional(setting.in_process)}});
  }
  return out;
}

Json models_json(const std::optional<std::vector<app::ModelReport>>& models) {
  if (!models) return nullptr;
  Json out = Json::array();
  for (const app::ModelReport& model : *models) {
    out.push_back({{"name", model.name},
                   {"size", model.size},
                   {"size_vram", model.size_vram},
                   {"expires_in", json_optional(model.expires_in)}});
    if (!model.unit.empty()) out.back()["unit"] = model.unit;
  }
  return out;
}

Json entry_json(const std::optional<app::EntryReport>& entry) {
  if (!entry) return nullptr;
  Json servers = Json::array();
  for (const app::ServerInReport& server : entry->servers) {
    servers.push_back({{"unit", server.unit},
                       {"address", server.address},
                       {"active_state", server.active_state},
                       {"gpus", server.gpus},
                       {"in_entry", text_or_null(server.in_entry)},
                       {"under_way", json_optional(server.under_way)},
                       {"answered", json_optional(server.answered)},
                       {"models", models_json(server.models)}});
  }
  return {{"unit", entry->unit},
          {"address", entry->address},
          {"active_state", entry->active_state},
          {"waiting", json_optional(entry->waiting)},
          {"servers", std::move(servers)}};
}

}  // namespace

std::string render_json(std::string_view command, const app::StatusReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  out["unit"] = unit_json(report.unit);
  out["entry"] = entry_json(report.entry);
  out["settings"] = settings_json(report.settings);
  out["gpus"] = json_of(report.gpus);
  out["gpu_problem"] = report.gpu_problem;
  out["models"] = models_json(report.models);
  out["evidence"] = json_of(report.evidence);
  out["warnings"] = json_of(report.warnings);
  return dump(out);
}

}  // namespace ollama_gpu
