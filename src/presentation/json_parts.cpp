// SPDX-License-Identifier: MIT
#include "presentation/json_parts.hpp"

#include <nlohmann/json.hpp>

#include "ollama_gpu/core/text/command_in.hpp"
#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "presentation/text_parts.hpp"

namespace ollama_gpu {
namespace {

Json error_json(const Error& error) {
  Json location = nullptr;
  if (error.location) {
    location = {{"file", text_or_null(error.location->file)},
                {"line", number_or_null(error.location->line)},
                {"column", number_or_null(error.location->column)}};
  }
  return {{"code", error_name(error.code)},
          {"message", error.message},
          {"hint", text_or_null(error.hint)},
          {"command", text_or_null(command_in(error.hint))},
          {"location", std::move(location)}};
}

Json json_of_mig(const std::vector<MigDevice>& devices) {
  Json out = Json::array();
  for (const MigDevice& mig : devices) {
    out.push_back({{"uuid", mig.uuid},
                   {"name", mig.name},
                   {"memory_total", json_optional(mig.memory_total)},
                   {"memory_used", json_optional(mig.memory_used)},
                   {"memory_reserved", json_optional(mig.memory_reserved)}});
  }
  return out;
}

Json watts_of(const Gpu& gpu) { return gpu.power ? Json(*gpu.power / 1000.0) : Json(nullptr); }

Json json_of_processes(const std::vector<app::ProcessOnGpu>& processes) {
  Json out = Json::array();
  for (const app::ProcessOnGpu& process : processes) {
    out.push_back({{"pid", process.pid},
                   {"command", text_or_null(process.command)},
                   {"memory", json_optional(process.memory)},
                   {"of_ollama", json_optional(process.of_ollama)}});
  }
  return out;
}

}  // namespace

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json number_or_null(std::size_t number) { return number > 0 ? Json(number) : Json(nullptr); }

template <class Value>
Json json_optional(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}
template Json json_optional(const std::optional<bool>&);
template Json json_optional(const std::optional<unsigned>&);
template Json json_optional(const std::optional<std::int64_t>&);
template Json json_optional(const std::optional<std::uint64_t>&);
template Json json_optional(const std::optional<double>&);
template Json json_optional(const std::optional<std::string>&);

Json json_envelope(std::string_view command, const Error* error) {
  const int code = error != nullptr ? exit_code(*error) : 0;
  Json out = {{"schema", "ollama-gpu/1"},
              {"command", command.empty() ? Json(nullptr) : Json(command)},
              {"ok", code == 0},
              {"exit_code", code}};
  if (error != nullptr) out["error"] = error_json(*error);
  return out;
}

Json json_of(const std::vector<Evidence>& evidence) {
  Json out = Json::array();
  for (const Evidence& seen : evidence) {
    out.push_back({{"level", name_of(seen.level)},
                   {"status", name_of(seen.status)},
                   {"detail", seen.detail}});
    if (!seen.unit.empty()) out.back()["unit"] = seen.unit;
  }
  return out;
}

Json json_of(GpuFault fault) { return text_or_null(std::string(name_of(fault))); }

Json json_of(const std::optional<GateInForce>& found) {
  if (!found) return nullptr;
  const Gate& gate = found->gate;
  return {{"program", gate.program},
          {"gpus", text_or_null(gate.gpus)},
          {"timeout", gate.seconds},
          {"required", gate.required},
          {"source", json_of(found->source)}};
}

Json json_of(const Source& source) {
  return {{"file", text_or_null(source.file)},
          {"line", number_or_null(source.line)},
          {"directive", source.directive}};
}

Json json_of(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(text);
  return out;
}

Json json_of(const std::vector<app::GpuInReport>& gpus) {
  Json out = Json::array();
  for (const app::GpuInReport& entry : gpus) {
    const Gpu& gpu = entry.gpu;
    out.push_back({{"index", json_optional(gpu.index)},
                   {"uuid", text_or_null(gpu.uuid)},
                   {"pci", text_or_null(gpu.pci)},
                   {"vendor", name_of(gpu.vendor)},
                   {"name", gpu.name},
                   {"memory_total", json_optional(gpu.memory_total)},
                   {"memory_used", json_optional(gpu.memory_used)},
                   {"memory_reserved", json_optional(gpu.memory_reserved)},
                   {"utilization", json_optional(gpu.utilization)},
                   {"temperature", json_optional(gpu.temperature)},
                   {"power", watts_of(gpu)},
                   {"driver", text_or_null(gpu.driver)},
                   {"compute_capability", text_or_null(gpu.compute_capability)},
                   {"display_active", json_optional(gpu.display_active)},
                   {"mig", json_of_mig(gpu.mig)},
                   {"visible_to_ollama", json_optional(entry.visible_to_ollama)},
                   {"held_by_ollama", json_optional(entry.held_by_ollama)},
                   {"processes", json_of_processes(entry.processes)},
                   {"fault", json_of(gpu.fault)},
                   {"problem", text_or_null(gpu.problem)}});
  }
  return out;
}

std::string dump(const Json& json) {
  return printable_json(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace ollama_gpu
