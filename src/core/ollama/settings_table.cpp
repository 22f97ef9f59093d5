// SPDX-License-Identifier: MIT
#include <array>

#include "core/ollama/settings_table.hpp"

// What Ollama's server reads: envconfig/config.go, and the places that call os.Getenv themselves.
namespace ollama_gpu {

namespace {

constexpr std::string_view kBool = "1 or 0 (also t, true, f, false)";
constexpr std::string_view kNumber = "a whole number";
constexpr std::string_view kDuration =
    "a duration: 300 (seconds), 5m, 24h, 1h30m, 0, or -1 for ever";
constexpr std::string_view kTexts = "texts joined by commas";
using Type = SettingType;

// name, type, default, accepted, since, until, option, summary
// clang-format off
constexpr std::array<Setting, 38> kSettings = {{
  {"OLLAMA_SCHED_SPREAD", Type::boolean, "0", kBool,
   "0.1.45", "", "--spread", "spread every model over all GPUs"},
  {"OLLAMA_KEEP_ALIVE", Type::duration, "5m", kDuration,
   "", "", "--keep-alive", "how long a model stays loaded after its last use"},
  {"OLLAMA_NUM_PARALLEL", Type::unsigned_integer, "1", kNumber,
   "0.1.33", "", "--num-parallel", "requests a model answers at once; memory grows with it"},
  {"OLLAMA_MAX_LOADED_MODELS", Type::unsigned_integer, "0 (3 for each GPU)", kNumber,
   "0.1.33", "", "--max-loaded-models", "models loaded at the same time"},
  {"OLLAMA_MAX_QUEUE", Type::unsigned_integer, "512", kNumber,
   "0.1.34", "", "--max-queue", "requests that may wait for a model to be loaded, before 503"},
  {"OLLAMA_CONTEXT_LENGTH", Type::unsigned_integer, "0 (by the size of the GPUs' memory; 4096 before 0.15.5)", kNumber,
   "0.5.13", "", "--context-length", "default context in tokens"},
  {"OLLAMA_FLASH_ATTENTION", Type::tri_state, "auto",
   "1 or 0 (also t, true, f, false); unset for auto",
   "0.1.39", "", "--flash-attention", "flash attention: less memory for long contexts"},
  {"OLLAMA_KV_CACHE_TYPE", Type::cache_type, "f16",
   "f32, f16, bf16, q8_0, q4_0, q4_1, iq4_nl, q5_0 or q5_1",
   "0.5.0", "", "--kv-cache-type", "type of the context cache; quantised: needs flash attention"},
  {"OLLAMA_HOST", Type::host, "127.0.0.1:11434", "HOST, HOST:PORT, :PORT or [IPV6]:PORT",
   "", "", "--listen", "address that Ollama listens on"},
  {"OLLAMA_MODELS", Type::path, "~/.ollama/models", "an absolute path",
   "", "", "--models", "directory of the models"},
  {"OLLAMA_LOAD_TIMEOUT", Type::duration, "5m", kDuration,
   "0.3.10", "", "", "how long loading a model may stall; 0 or less: for ever"},
  {"OLLAMA_GPU_OVERHEAD", Type::bytes, "0", "a number of bytes",
   "0.3.10", "", "", "memory to leave free on each GPU (from 0.30: LLAMA_ARG_FIT_TARGET)"},
  {"OLLAMA_VULKAN", Type::boolean, "1 (0 before 0.30)", kBool,
   "0.12.11", "", "", "use GPUs through Vulkan, those too that CUDA_VISIBLE_DEVICES hides"},
  {"OLLAMA_IGPU_ENABLE", Type::tri_state, "unset",
   "1 or 0 (also t, true, f, false); unset to decide by the GPU",
   "0.30.0", "", "", "use integrated GPUs"},
  {"OLLAMA_LLM_LIBRARY", Type::text, "",
   "a name such as cuda_v12, cuda_v13, rocm_v7_2, vulkan, cpu or mlx_cuda_v13",
   "", "", "", "use just this library of Ollama's"},
  {"OLLAMA_DEBUG", Type::text, "0", "1 or true for debug, 2 for trace, 0 or false",
   "", "", "", "how much Ollama logs"},
  {"OLLAMA_DEBUG_LOG_REQUESTS", Type::boolean, "0", kBool,
   "0.18.3", "", "", "write the bodies of requests to files in a temporary directory"},
  {"OLLAMA_NOPRUNE", Type::boolean, "0", kBool,
   "", "", "", "do not remove unused blobs at start"},
  {"OLLAMA_ORIGINS", Type::list, "localhost, 127.0.0.1 and 0.0.0.0",
   "origins joined by commas, no blanks: http://HOST, https://HOST, one * in each at most",
   "", "", "", "web origins that may use the API, besides the built-in ones (also app://, file://, tauri://)"},
  {"OLLAMA_REMOTES", Type::list, "ollama.com", kTexts,
   "0.12.0", "", "", "hosts that models may run on remotely"},
  {"OLLAMA_NO_CLOUD", Type::boolean, "0", kBool,
   "0.16.2", "", "", "switch off what runs in Ollama's cloud"},
  {"OLLAMA_AUTH", Type::boolean, "0", kBool,
   "0.8.0", "", "", "the client signs its requests; no server asks for it"},
  {"OLLAMA_GO_TEMPLATE", Type::boolean, "1", kBool,
   "0.30.0", "", "", "render prompts with Ollama's own templates"},
  {"OLLAMA_MAX_TRANSFER_STREAMS", Type::unsigned_integer, "4", kNumber,
   "0.23.3", "", "", "parallel streams when a safetensors model is pulled or pushed"},
  {"OLLAMA_EXPERIMENT", Type::list, "", kTexts,
   "0.6.0", "", "", "experiments to switch on; from 0.31.2 there are none"},
  {"OLLAMA_CLOUD_BASE_URL", Type::text, "", "a URL with scheme and host",
   "0.18.0", "", "", "where Ollama's cloud is"},
  {"OLLAMA_LLAMA_CPP_COMPAT", Type::text, "1", "0 to switch off; all else leaves it on",
   "0.30.0", "", "", "accept models made for older Ollama"},
  {"OLLAMA_CREATE_REMOTE", Type::boolean, "0", kBool,
   "0.34.1", "", "", "the client creates models through the server's API; the server does not read it"},
  {"OLLAMA_EDITOR", Type::text, "", "a command",
   "0.16.0", "", "", "editor of the client; the server does not read it"},
  {"OLLAMA_NOHISTORY", Type::boolean, "0", kBool,
   "", "", "", "no history in the client; the server does not read it"},
  {"OLLAMA_MAX_VRAM", Type::bytes, "0", "a number of bytes",
   "", "0.6.8", "", "memory limit; without effect since 0.2.8"},
  {"OLLAMA_TMPDIR", Type::path, "", "an absolute path",
   "", "0.5.1", "", "directory for temporary files; Ollama no longer reads it"},
  {"OLLAMA_RUNNERS_DIR", Type::path, "", "an absolute path",
   "", "0.3.10", "", "directory of the runners; Ollama no longer reads it"},
  {"OLLAMA_INTEL_GPU", Type::boolean, "0", kBool,
   "0.1.45", "0.12.10", "", "Intel GPU detection; without effect since 0.12.4"},
  {"OLLAMA_NEW_ESTIMATES", Type::boolean, "0", kBool,
   "0.11.5", "0.11.10", "", "new estimates of GPU memory; Ollama no longer reads it"},
  {"OLLAMA_REGISTRY_MAXSTREAMS", Type::unsigned_integer, "0", kNumber,
   "0.5.13", "0.31.1", "", "parallel streams of a pull; Ollama no longer reads it"},
  {"OLLAMA_MULTIUSER_CACHE", Type::boolean, "0", kBool,
   "0.3.13", "0.24", "", "prompt cache for several users; Ollama no longer reads it"},
  {"OLLAMA_NEW_ENGINE", Type::boolean, "0", kBool,
   "0.5.12", "0.24", "", "the Go engine; Ollama no longer reads it"},
}};
// clang-format on

}  // namespace

std::span<const Setting> ollama_settings() { return kSettings; }

}  // namespace ollama_gpu
