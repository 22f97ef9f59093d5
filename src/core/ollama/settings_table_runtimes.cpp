// SPDX-License-Identifier: MIT
#include <array>

#include "core/ollama/settings_table.hpp"

// What Ollama hands on to the GPU runtimes and to llama-server, which read it by their own rules:
// CUDA programming guide (environment variables), ROCm manual (GPU isolation), llama.cpp
// common/arg.cpp.
namespace ollama_gpu {

namespace {

constexpr std::string_view kDevices = "GPU indices or UUIDs joined by commas, or -1 for none";
constexpr std::string_view kNumbers = "numbers joined by commas, or -1 for none";
using Type = SettingType;

// name, type, default, accepted, since, until, option, summary
// clang-format off
constexpr std::array<Setting, 27> kRuntimeSettings = {{
  {"CUDA_VISIBLE_DEVICES", Type::device_ids, "all GPUs", kDevices,
   "", "", "--gpus", "NVIDIA GPUs that may be used, in this order"},
  {"CUDA_DEVICE_ORDER", Type::text, "FASTEST_FIRST", "PCI_BUS_ID or FASTEST_FIRST",
   "", "", "", "how CUDA numbers GPUs; PCI_BUS_ID is nvidia-smi's way"},
  {"ROCR_VISIBLE_DEVICES", Type::device_ids, "all GPUs", kDevices,
   "", "", "", "AMD GPUs that may be used, as ROCm's runtime names them"},
  {"HIP_VISIBLE_DEVICES", Type::device_ids, "all GPUs", kNumbers,
   "", "", "", "AMD GPUs that may be used, among those ROCR_VISIBLE_DEVICES leaves"},
  {"GPU_DEVICE_ORDINAL", Type::device_ids, "all GPUs", kNumbers,
   "", "", "", "AMD GPUs that may be used, as HIP_VISIBLE_DEVICES"},
  {"GGML_VK_VISIBLE_DEVICES", Type::device_ids, "all GPUs", kNumbers,
   "0.12.6", "", "", "GPUs that may be used through Vulkan"},
  {"HSA_OVERRIDE_GFX_VERSION", Type::text, "", "a version such as 10.3.0",
   "", "", "", "treat AMD GPUs as this type"},
  {"GGML_CUDA_ENABLE_UNIFIED_MEMORY", Type::text, "", "1; unset to switch off",
   "", "", "", "let models spill from the GPU into main memory"},
  {"GGML_CUDA_DISABLE_GRAPHS", Type::text, "", "1; unset to switch off",
   "", "", "", "do not use CUDA graphs"},
  {"GGML_CUDA_NO_PINNED", Type::text, "", "1; unset to switch off",
   "", "", "", "do not use pinned main memory"},
  {"CUDA_ERROR_LEVEL", Type::text, "", "a number",
   "", "", "", "how much CUDA reports"},
  {"LLAMA_ARG_FIT", Type::text, "on", "on or off (also 1, true, enabled, 0, false, disabled)",
   "0.30.0", "", "", "fit models to the free memory"},
  {"LLAMA_ARG_FIT_TARGET", Type::list, "1024",
   "MiB, one number or one for each GPU, joined by commas",
   "0.30.0", "", "", "memory to leave free on each GPU; takes the reserve of vision models away"},
  {"LLAMA_ARG_SPLIT_MODE", Type::text, "layer", "none, layer, row or tensor",
   "0.30.0", "", "--split-mode", "how a model is split over GPUs"},
  {"LLAMA_ARG_TENSOR_SPLIT", Type::list, "by free memory", "shares joined by commas, such as 3,1",
   "0.30.0", "", "", "share of each GPU; what does not fit then fails"},
  {"LLAMA_ARG_MAIN_GPU", Type::text, "0", "a GPU's index",
   "0.30.0", "", "", "GPU for a model that is not split"},
  {"LLAMA_ARG_DEVICE", Type::list, "all devices", "device names joined by commas",
   "0.30.0", "", "", "devices that llama-server uses; a name that is not there fails every load"},
  {"LD_LIBRARY_PATH", Type::text, "", "directories joined by colons",
   "", "", "", "where shared libraries are looked for first"},
  {"PATH", Type::text, "", "directories joined by colons",
   "", "", "", "where programs are looked for"},
  {"HOME", Type::path, "", "an absolute path",
   "", "", "", "home of the service's user: Ollama keeps its key there"},
  {"JETSON_JETPACK", Type::text, "", "5 or 6",
   "", "", "", "JetPack release of a Jetson board"},
  {"HTTP_PROXY", Type::text, "", "a URL",
   "", "", "", "proxy for HTTP; Ollama logs it, password included"},
  {"HTTPS_PROXY", Type::text, "", "a URL",
   "", "", "", "proxy for HTTPS; Ollama logs it, password included"},
  {"NO_PROXY", Type::list, "", "hosts joined by commas",
   "", "", "", "hosts reached without a proxy"},
  {"http_proxy", Type::text, "", "a URL",
   "", "", "", "as HTTP_PROXY"},
  {"https_proxy", Type::text, "", "a URL",
   "", "", "", "as HTTPS_PROXY"},
  {"no_proxy", Type::list, "", "hosts joined by commas",
   "", "", "", "as NO_PROXY"},
}};
// clang-format on

}  // namespace

std::span<const Setting> runtime_settings() { return kRuntimeSettings; }

}  // namespace ollama_gpu
