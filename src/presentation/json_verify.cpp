// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "ollama_gpu/presentation/render.hpp"
#include "presentation/json_parts.hpp"

namespace ollama_gpu {
namespace {

Json load_json(const std::optional<app::LoadReport>& load) {
  if (!load) return nullptr;
  Json gpus = Json::array();
  for (const app::GpuLoad& entry : load->gpus) {
    gpus.push_back({{"index", json_optional(entry.gpu.index)},
                    {"uuid", entry.gpu.uuid.empty() ? Json(nullptr) : Json(entry.gpu.uuid)},
                    {"selected", entry.selected},
                    {"memory_total", json_optional(entry.gpu.memory_total)},
                    {"before", entry.before},
                    {"after", entry.after}});
  }
  return {{"model", load->model},
          {"was_loaded", load->was_loaded},
          {"unloaded", load->unloaded},
          {"seconds", load->seconds},
          {"size", load->size},
          {"size_vram", load->size_vram},
          {"spread", load->spread},
          {"gpus", std::move(gpus)},
          {"largest_to_mean", json_optional(load->largest_to_mean)}};
}

}  // namespace

std::string render_json(std::string_view command, const app::VerifyReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  out["unit"] = report.unit;
  out["evidence"] = json_of(report.evidence);
  out["memory"] = load_json(report.load);
  Json others = Json::array();
  for (const app::LoadReport& load : report.other_loads) {
    others.push_back(load_json(load));
    others.back()["unit"] = load.unit;
  }
  if (!others.empty()) out["memory_of_others"] = std::move(others);
  out["warnings"] = json_of(report.warnings);
  return dump(out);
}

}  // namespace ollama_gpu
