// SPDX-License-Identifier: MIT
// OG315: a device of LLAMA_ARG_DEVICE that llama-server does not have.
#include <fmt/format.h>

#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace ollama_gpu {

namespace {

// "CUDA1" is the second GPU that CUDA shows to it; of Vulkan's numbers nobody knows beforehand.
std::optional<std::uint64_t> cuda_number(std::string_view device) {
  constexpr std::string_view kCuda = "cuda";
  if (!ascii_lower(std::string(device)).starts_with(kCuda)) return std::nullopt;
  return parse_decimal(device.substr(kCuda.size()));
}

}  // namespace

void examine_llama_devices(const Examination& exam) {
  const EffectiveVariable* names = exam.variable("LLAMA_ARG_DEVICE");
  if (names == nullptr || !exam.facts.gpus || !exam.facts.gpus->problem.empty()) return;
  const std::size_t count =
      visible_devices(exam.value("CUDA_VISIBLE_DEVICES"), *exam.facts.gpus).size();
  for (const std::string_view device : split_at(names->value, ',')) {
    const auto number = cuda_number(device);
    if (!number || *number < count) continue;
    exam.add("OG315",
             fmt::format("LLAMA_ARG_DEVICE names {}, but CUDA shows Ollama {} GPU{}: no model can "
                         "be loaded",
                         device, count, count == 1 ? "" : "s"),
             count == 0 ? std::string("take it away")
                        : fmt::format("name CUDA0 to CUDA{}, or take it away", count - 1),
             locate(exam.snapshot, names->source));
    return;
  }
}

}  // namespace ollama_gpu
