// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "presentation/json_parts.hpp"
#include "presentation/text_parts.hpp"

namespace ollama_gpu {
namespace {

Json plan_json(const std::vector<PlanStep>& plan) {
  Json out = Json::array();
  for (const PlanStep& step : plan) {
    out.push_back({{"step", name_of(step.action)},
                   {"path", step.path},
                   {"reason", step.reason},
                   {"name", text_or_null(step.name)},
                   {"value", json_optional(step.value)},
                   {"was", json_optional(step.was)},
                   {"unit", text_or_null(step.unit)}});
  }
  return out;
}

Json variable_json(const EffectiveVariable& effective) {
  Json overridden = Json::array();
  for (const Assignment& beaten : effective.overridden) {
    overridden.push_back({{"value", beaten.value}, {"source", json_of(beaten.source)}});
  }
  return {{"value", effective.value},
          {"source", json_of(effective.source)},
          {"overridden", std::move(overridden)}};
}

bool asked_for(const app::ShowReport& report, const std::string& name) {
  if (report.only.empty()) return true;
  for (const std::string& wanted : report.only) {
    if (wanted == name) return true;
  }
  return false;
}

std::string_view type_name(SettingType type) {
  switch (type) {
    case SettingType::boolean:
      return "boolean";
    case SettingType::tri_state:
      return "tri_state";
    case SettingType::unsigned_integer:
      return "unsigned_integer";
    case SettingType::bytes:
      return "bytes";
    case SettingType::duration:
      return "duration";
    case SettingType::host:
      return "host";
    case SettingType::path:
      return "path";
    case SettingType::cache_type:
      return "cache_type";
    case SettingType::list:
      return "list";
    case SettingType::device_ids:
      return "device_ids";
    case SettingType::text:
      break;
  }
  return "text";
}

}  // namespace

std::string render_json(std::string_view command, const app::ChangeReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  out["unit"] = report.unit;
  out["preview"] = report.preview;
  out["changed"] = report.changed;
  out["applied"] = report.applied;
  out["restarted"] = report.restarted;
  out["rolled_back"] = report.rolled_back;
  out["generation"] = json_optional(report.generation);
  out["plan"] = plan_json(report.plan);
  out["diff"] = report.diff;
  out["evidence"] = json_of(report.evidence);
  out["journal"] = json_of(report.journal);
  out["summary"] = report.summary;
  out["warnings"] = json_of(report.warnings);
  out["undo"] = text_or_null(report.undo);
  return dump(out);
}

std::string render_json(std::string_view command, const app::GenerationsReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  Json generations = Json::array();
  for (const app::GenerationInReport& generation : report.generations) {
    generations.push_back({{"id", generation.id},
                           {"time", utc_time(generation.time)},
                           {"command", generation.command},
                           {"result", ports::name_of(generation.result)}});
  }
  out["unit"] = report.unit;
  out["generations"] = std::move(generations);
  out["warnings"] = json_of(report.warnings);
  return dump(out);
}

std::string render_json(std::string_view command, const app::ShowReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  Json environment = Json::object();
  for (const auto& [name, effective] : report.environment.variables) {
    if (asked_for(report, name)) environment[name] = variable_json(effective);
  }
  Json unset = Json::object();
  for (const auto& [name, source] : report.environment.unset) {
    if (asked_for(report, name)) unset[name] = {{"source", json_of(source.source)}};
  }
  Json unit_environment = Json::array();
  for (const Assignment& assignment : report.unit_environment) {
    unit_environment.push_back(assignment.name + '=' + assignment.value);
  }
  out["unit"] = report.unit;
  out["environment"] = std::move(environment);
  out["unset"] = std::move(unset);
  out["unit_environment"] = std::move(unit_environment);
  out["fragment"] = report.fragment;
  out["drop_ins"] = json_of(report.drop_ins);
  out["gate"] = json_of(report.gate);
  out["warnings"] = json_of(report.warnings);
  return dump(out);
}

std::string render_json(std::string_view command, const app::GpusReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  out["gpus"] = json_of(report.gpus);
  out["source"] = report.source;
  out["problem"] = report.problem;
  out["fault"] = json_of(report.fault);
  return dump(out);
}

std::string render_json(std::string_view command, const app::WaitReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  Json gpus = Json::array();
  for (const app::GpuWaitedFor& gpu : report.gpus) {
    gpus.push_back({{"index", json_optional(gpu.index)},
                    {"uuid", gpu.uuid.empty() ? Json(nullptr) : Json(gpu.uuid)},
                    {"pci", gpu.pci.empty() ? Json(nullptr) : Json(gpu.pci)},
                    {"name", gpu.name}});
  }
  out["ready"] = report.ready;
  out["waited"] = report.waited;
  out["timeout"] = report.limit;
  out["gpus"] = std::move(gpus);
  return dump(out);
}

std::string render_json(std::string_view command, const app::SettingsReport& report,
                        const Error* error) {
  Json out = json_envelope(command, error);
  Json settings = Json::array();
  for (const std::string& name : report.names) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr) continue;
    settings.push_back({{"name", setting->name},
                        {"type", type_name(setting->type)},
                        {"default", setting->default_value},
                        {"accepted", setting->accepted},
                        {"since", setting->since},
                        {"until", setting->until},
                        {"option", setting->option},
                        {"group", name_of(group_of(*setting))},
                        {"summary", setting->summary}});
  }
  out["settings"] = std::move(settings);
  return dump(out);
}

std::string render_json_error(std::string_view command, const Error& error) {
  return dump(json_envelope(command, &error));
}

std::string render_json_text(std::string_view command, std::string_view text) {
  Json out = json_envelope(command, nullptr);
  out["text"] = text;
  return dump(out);
}

}  // namespace ollama_gpu
