// SPDX-License-Identifier: MIT
#include <array>

#include "core/doctor/finding_tables.hpp"

namespace ollama_gpu {

namespace {

// code, severity, title, why, explanation
// clang-format off
constexpr std::array kValues{
  FindingKind{"OG201", Severity::error, "a switch that Ollama reads as on",
    "Ollama takes every word that it does not know for true, even off and no",
    "Switches such as OLLAMA_SCHED_SPREAD take 1, t, true or 0, f, false (Go's strconv.ParseBool). Any "
    "other text counts as true without a word in the log: off, no and 2 all switch it on."},
  FindingKind{"OG202", Severity::error, "a duration that Ollama does not read",
    "Ollama then takes its default of five minutes without a word",
    "OLLAMA_KEEP_ALIVE and OLLAMA_LOAD_TIMEOUT take Go's durations (300ms, 90s, 5m, 24h, 1h30m) or whole "
    "seconds; negative is for ever. There are no days or weeks: one day is 24h."},
  FindingKind{"OG203", Severity::error, "a number that Ollama does not read",
    "Ollama then warns in its log and takes its default",
    "Counts and sizes are decimal digits only: no unit (1G), no sign, no separators. Sizes are bytes."},
  FindingKind{"OG204", Severity::error, "a cache type that does not exist",
    "Ollama hands it to llama-server unchecked, and then no model loads",
    "OLLAMA_KV_CACHE_TYPE is one of f32, f16, bf16, q8_0, q4_0, q4_1, iq4_nl, q5_0, q5_1. Versions before "
    "0.30 know f16, q8_0 and q4_0 only."},
  FindingKind{"OG205", Severity::error, "an address that Ollama does not read",
    "Ollama then listens somewhere else than was meant",
    "OLLAMA_HOST is HOST, HOST:PORT, :PORT or [IPV6]:PORT. With a port that it cannot read, Ollama warns "
    "in its log and takes 11434."},
  FindingKind{"OG206", Severity::error, "a path that is not absolute",
    "nothing replaces ~ or $HOME in a unit's environment",
    "Ollama takes the path as it stands, from its working directory. Write it from / on."},
  FindingKind{"OG207", Severity::error, "a value that its reader does not know",
    "the program that reads it takes its default or refuses to start",
    "ollama-gpu settings NAME shows which values a setting takes."},
  FindingKind{"OG208", Severity::error, "a name that nobody reads",
    "Ollama ignores variables that it does not know, without a word",
    "The name is near to one that Ollama reads (an error), or has Ollama's prefix and is read by no Ollama that "
    "is known (a warning; an info where a script starts Ollama, or where it is newer than this program). "
    "ollama-gpu settings lists the names there are."},
  FindingKind{"OG209", Severity::warning, "a setting that this Ollama no longer reads",
    "the variable has no effect in this version",
    "Settings go with new versions of Ollama. ollama-gpu settings NAME shows the last one that reads it."},
  FindingKind{"OG210", Severity::warning, "a setting that this Ollama does not read yet",
    "the variable has no effect before its version",
    "ollama-gpu settings NAME shows the first version that reads it."},
  FindingKind{"OG211", Severity::warning, "a port that is easily overlooked",
    "an address with http:// and no port means port 80, with https:// 443; port 0 is a new one at every start",
    "Clients look for Ollama at port 11434. Write OLLAMA_HOST=0.0.0.0:11434 instead of an URL."},
  FindingKind{"OG212", Severity::warning, "a queue with no room",
    "0 does not mean without a limit: requests for a model that is not loaded get 503 while another loads, and unloading may hang",
    "OLLAMA_MAX_QUEUE is the number of requests that may wait for a model to be loaded; those for a loaded one "
    "wait without a limit. Leave it out for 512."},
  FindingKind{"OG213", Severity::warning, "a quantised cache without flash attention",
    "without flash attention no model loads with a quantised cache; before 0.30 Ollama uses f16 instead",
    "Take OLLAMA_FLASH_ATTENTION=0 away, or use OLLAMA_KV_CACHE_TYPE=f16."},
  FindingKind{"OG214", Severity::info, "a log level that hides the GPUs",
    "below 0 Ollama does not log which GPUs it found, so that nobody can verify it",
    "OLLAMA_DEBUG=0 is the usual level, 1 is debug, 2 is trace."},
  FindingKind{"OG215", Severity::error, "split mode tensor without flash attention",
    "llama-server then ends at every load: no model can be used",
    "LLAMA_ARG_SPLIT_MODE=tensor works only with flash attention, which it switches on by itself where "
    "nothing is set. Take OLLAMA_FLASH_ATTENTION=0 away, or configure --no-split-mode."},
  FindingKind{"OG216", Severity::warning, "split mode tensor without effect",
    "it works where a model lies on several GPUs, and only there",
    "Ollama puts a model that fits on one GPU on one GPU, and llama-server has nothing to cut then. "
    "OLLAMA_SCHED_SPREAD=1 puts every model on all GPUs."},
  FindingKind{"OG217", Severity::warning, "models that split mode tensor does not load",
    "not every architecture can be cut so, a quantised cache often not, and what does not fit on the GPUs fails to load",
    "llama.cpp refuses architectures that it cannot cut (among them mamba, deepseek2, gemma3n, olmo2, nemotron_h "
    "and their like), and does not fit a model to the free memory in this mode. verify --load MODEL shows whether "
    "one loads; configure --no-split-mode lets all of them load again."},
  FindingKind{"OG218", Severity::info, "GPUs on which split mode tensor gives less",
    "every layer is computed on all GPUs at once: the smallest and the slowest link set the pace",
    "Measure it on this machine: ollama run MODEL --verbose prints tokens per second, with and without."},
  FindingKind{"OG219", Severity::error, "several assignments in one value",
    "within quotes everything up to the closing one is the value of the first variable",
    "Each assignment of an Environment= line is quoted by itself: Environment=\"A=1\" \"B=2\". In an environment file "
    "each stands on a line of its own."},
};

constexpr std::array kGpus{
  FindingKind{"OG301", Severity::error, "an empty list hides every GPU",
    "an empty list is a list of no GPU: Ollama computes on the CPU",
    "For CUDA and ROCm a variable that is set to nothing is not the same as one that is not set. Remove "
    "the line to use all GPUs, or write -1 to use none on purpose."},
  FindingKind{"OG302", Severity::error, "a list of GPUs that the driver does not read",
    "the driver ignores the first entry that it cannot read, and everything after it",
    "CUDA_VISIBLE_DEVICES takes either indices or UUIDs, joined by commas, without blanks and quotes: 0,1 or "
    "GPU-58a8...,GPU-c94d.... A UUID starts with GPU-. CUDA reads a number as far as it goes, so that the "
    "PCI address 00000000:41:00.0 means GPU 0; a GPU that stands there twice leaves no GPU at all."},
  FindingKind{"OG303", Severity::error, "a GPU that is not there",
    "the driver ignores an id that no GPU has, and everything after it",
    "ollama-gpu gpus lists the GPUs of this machine. Ids of cards change when a card is replaced; "
    "sudo ollama-gpu configure --gpus ... writes those that are there."},
  FindingKind{"OG304", Severity::error, "an id that fits two GPUs",
    "the driver takes an abbreviated UUID only if it fits just one GPU, and ignores everything after it",
    "Write more of the UUID, or all of it: ollama-gpu gpus."},
  FindingKind{"OG305", Severity::warning, "numbers that may mean other GPUs",
    "CUDA counts the fastest GPU first, not as nvidia-smi does",
    "Where the GPUs are of different kinds, CUDA's order differs from nvidia-smi's unless "
    "CUDA_DEVICE_ORDER=PCI_BUS_ID is set. UUIDs mean the same everywhere."},
  FindingKind{"OG306", Severity::warning, "hidden GPUs come back through Vulkan",
    "Ollama 0.30 and later also looks for GPUs through Vulkan, which knows nothing of CUDA_VISIBLE_DEVICES",
    "A GPU that CUDA_VISIBLE_DEVICES leaves out is found again as a Vulkan device and, being empty, often "
    "preferred. OLLAMA_VULKAN=0 ends that; configure --gpus adds it."},
  FindingKind{"OG307", Severity::warning, "variables for AMD GPUs on an NVIDIA machine",
    "such a line is of no use here, and has kept Ollama from finding NVIDIA GPUs",
    "ROCR_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES and GPU_DEVICE_ORDINAL select AMD GPUs. Batch systems and "
    "copied instructions set them on other machines too."},
  FindingKind{"OG308", Severity::error, "PrivateDevices= hides the GPUs",
    "the service gets a /dev of its own, without any GPU",
    "With PrivateDevices=yes Ollama finds no GPU, whatever its environment says. Write PrivateDevices=no "
    "in a drop-in; DevicePolicy=closed with DeviceAllow= for the GPUs is the narrower way."},
  FindingKind{"OG309", Severity::error, "DevicePolicy= or DeviceAllow= leave the GPUs out",
    "the kernel refuses the service every device that is not listed",
    "NVIDIA's devices are char-nvidia, char-nvidiactl, char-nvidia-uvm, char-nvidia-caps and "
    "char-nvidia-frontend; AMD's and Intel's char-drm, and char-kfd for ROCm."},
  FindingKind{"OG310", Severity::error, "the service's user may not use the GPUs",
    "the devices of AMD and Intel GPUs belong to the group render",
    "sudo usermod -aG render USER and a restart of the service, or SupplementaryGroups=render in a drop-in."},
  FindingKind{"OG311", Severity::error, "the settings do not reach the container",
    "the unit's environment is that of the program that starts the container, not of Ollama in it",
    "Give the variables to the container itself: -e NAME=value on its command line, --env-file, or the "
    "Environment= of a Quadlet. GPUs are given to it there too (--gpus, --device)."},
  FindingKind{"OG312", Severity::warning, "the gate's program is gone",
    "nothing waits for the GPUs: Ollama may start before the driver is ready, and computes on the CPU then",
    "configure --wait-for-gpus has put an ExecStartPre= into the drop-in that runs ollama-gpu wait, and "
    "ollama-gpu no longer lies there: its package was removed, or it was moved. A gate with --require-gpu "
    "(no \"-\" before the path) is an error: the service does not start without its program. Install ollama-gpu "
    "again, have configure --wait-for-gpus name the one that is there, or take the gate away with "
    "configure --no-wait-for-gpus."},
  FindingKind{"OG313", Severity::warning, "a GPU that Ollama leaves out",
    "Ollama's build for CUDA needs a driver and a compute capability that this GPU does not have",
    "Ollama needs compute capability 5.0; from 0.30 on the driver 570 for cards below 7.0, from 0.30.11 on "
    "driver 550 for all. Ollama logs \"NVIDIA driver too old\" or \"skipping CUDA device\". A build of one's "
    "own, or Vulkan (OLLAMA_VULKAN=1), may do with less."},
  FindingKind{"OG314", Severity::error, "MIG instances that CUDA does not give",
    "CUDA gives a process one MIG instance, and no GPU beside it",
    "A GPU in MIG mode is used by one of its instances: CUDA_VISIBLE_DEVICES=MIG-... with a single UUID. Of several only "
    "the first is used; an index names the first instance of that GPU. For several instances run several Ollamas, or "
    "switch MIG off (nvidia-smi -mig 0)."},
  FindingKind{"OG315", Severity::error, "a device that llama-server does not have",
    "llama-server ends with \"invalid device\" at every load",
    "LLAMA_ARG_DEVICE takes llama.cpp's names: CUDA0 is the first GPU that CUDA shows to Ollama, after "
    "CUDA_VISIBLE_DEVICES. Without it all GPUs are used; configure --gpus is the better way to choose."},
};
// clang-format on

static_assert(has_codes(kValues, "OG201", "OG219"));
static_assert(has_codes(kGpus, "OG301", "OG315"));

}  // namespace

std::span<const FindingKind> value_findings() { return kValues; }
std::span<const FindingKind> gpu_findings() { return kGpus; }

}  // namespace ollama_gpu
