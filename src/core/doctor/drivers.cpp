// SPDX-License-Identifier: MIT
// OG313: NVIDIA GPUs that Ollama's own build for CUDA leaves out.
#include <fmt/format.h>

#include <charconv>

#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace ollama_gpu {

namespace {

// Ollama docs/gpu.mdx; discover/cuda_compat.go from 0.30 on.
constexpr unsigned kOldestCapability = 5;
constexpr unsigned kDriver = 550;             // from 0.30.11 on
constexpr unsigned kDriverForOldCards = 570;  // below capability 7.0, from 0.30.0 on
constexpr unsigned kOldCards = 7;
constexpr OllamaVersion kDriverIsAsked{0, 30, 11};

// "550" of "550.54.14", "8" of "8.9"; nothing where that is not told.
std::optional<unsigned> leading_number(std::string_view text) {
  const auto number = parse_decimal(text.substr(0, text.find('.')));
  if (!number || *number > 100'000) return std::nullopt;
  return static_cast<unsigned>(*number);
}

std::string why_left_out(const Gpu& gpu, const std::optional<OllamaVersion>& version) {
  if (gpu.fault == GpuFault::lost) return "the driver has lost it";
  const auto capability = leading_number(gpu.compute_capability);
  if (capability && *capability < kOldestCapability) {
    return fmt::format("its compute capability is {}, and Ollama needs 5.0",
                       gpu.compute_capability);
  }
  const auto driver = leading_number(gpu.driver);
  if (!driver || !version || *version < kLlamaServer) return "";
  if (capability && *capability < kOldCards && *driver < kDriverForOldCards) {
    return fmt::format(
        "its driver is {}, and Ollama from 0.30 on needs 570 for a GPU of compute "
        "capability {}",
        gpu.driver, gpu.compute_capability);
  }
  if (*version < kDriverIsAsked || *driver >= kDriver) return "";
  return fmt::format("its driver is {}, and Ollama from 0.30.11 on needs 550", gpu.driver);
}

}  // namespace

void examine_drivers(const Examination& exam) {
  if (!exam.facts.gpus) return;
  const auto version = parse_ollama_version(exam.facts.ollama_version);
  const EffectiveVariable* list = exam.variable("CUDA_VISIBLE_DEVICES");
  for (const SelectedDevice& device :
       visible_devices(exam.value("CUDA_VISIBLE_DEVICES"), *exam.facts.gpus)) {
    const Gpu& gpu = exam.facts.gpus->gpus[device.gpu];
    const std::string why = why_left_out(gpu, version);
    if (why.empty()) continue;
    const std::string name = gpu.name.empty() ? "" : fmt::format(" ({})", gpu.name);
    exam.add("OG313",
             fmt::format("Ollama leaves GPU {}{} out: {}", gpu.index.value_or(0), name, why),
             gpu.fault == GpuFault::lost ? "see why: journalctl -k -g NVRM; a restart of the "
                                           "machine mostly brings it back"
             : gpu.driver.empty() || why.starts_with("its compute")
                 ? "select the other GPUs: configure --gpus"
                 : "update the NVIDIA driver",
             list == nullptr ? Location{} : locate(exam.snapshot, list->source));
  }
}

}  // namespace ollama_gpu
