// SPDX-License-Identifier: MIT
#include "common/gpu_file.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/config_lines.hpp"

namespace standin {

namespace fs = std::filesystem;

namespace {

Gpu parse_gpu(const Words& words) {
  Gpu gpu;
  gpu.uuid = text_of(words, "uuid");
  gpu.pci = text_of(words, "pci", "00000000:00:00.0");
  gpu.name = text_of(words, "name", "NVIDIA GPU");
  gpu.total = number_of(words, "total", 24ULL << 30U);
  gpu.used = number_of(words, "used", 0);
  gpu.reserved = number_of(words, "reserved", 0);
  gpu.utilization = static_cast<unsigned>(number_of(words, "util", 0));
  std::sscanf(text_of(words, "cc", "8.0").c_str(), "%d.%d", &gpu.compute_major, &gpu.compute_minor);
  gpu.display = number_of(words, "display", 0) != 0;
  gpu.error = text_of(words, "error");
  gpu.speed = static_cast<unsigned>(number_of(words, "speed", 0));
  gpu.nvlinks = static_cast<unsigned>(number_of(words, "nvlinks", 0));
  gpu.temperature = static_cast<unsigned>(number_of(words, "temperature", gpu.temperature));
  gpu.power_milliwatts = static_cast<unsigned>(number_of(words, "power", gpu.power_milliwatts));
  const std::string mig = text_of(words, "mig");
  gpu.mig_capable = !mig.empty();
  gpu.mig_mode = !mig.empty() && mig != "0" && mig != "off";
  for (const std::string& uuid : split(mig, ',')) {
    if (uuid.starts_with("MIG-")) gpu.mig_uuids.push_back(uuid);
  }
  return gpu;
}

bool lives(int pid) { return ::kill(pid, 0) == 0 || errno == EPERM; }

}  // namespace

GpuFile read_gpu_file() {
  const char* chosen = std::getenv("NVML_STANDIN_CONFIG");
  GpuFile file;
  for (const auto& line : read_config_lines(chosen ? chosen : "/etc/nvml-standin.conf")) {
    const Words words = parse_words(line);
    if (words.contains("uuid")) {
      file.gpus.push_back(parse_gpu(words));
      continue;
    }
    file.driver = text_of(words, "driver", file.driver);
    file.cuda = text_of(words, "cuda", file.cuda);
    file.nvml = text_of(words, "nvml", file.nvml);
    file.init_error = text_of(words, "init_error", file.init_error);
    file.memory_dir = text_of(words, "memory_dir", file.memory_dir);
  }
  return file;
}

std::vector<Holding> read_holdings(const std::string& directory) {
  std::vector<Holding> holdings;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".memory") continue;
    std::ifstream file(entry.path());
    Holding holding;
    while (file >> holding.pid >> holding.uuid >> holding.bytes) {
      if (lives(holding.pid)) holdings.push_back(holding);
    }
  }
  return holdings;
}

bool write_holdings(const std::string& directory, int pid, const std::vector<Holding>& holdings) {
  std::error_code error;
  if (fs::create_directories(directory, error)) ::chmod(directory.c_str(), 01777);
  const std::string path = directory + "/" + std::to_string(pid) + ".memory";
  if (holdings.empty()) {
    fs::remove(path, error);
    return !error;
  }
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary, std::ios::trunc);
    for (const auto& holding : holdings) {
      file << holding.pid << ' ' << holding.uuid << ' ' << holding.bytes << '\n';
    }
    if (!file.flush()) return false;
  }
  fs::rename(temporary, path, error);
  return !error;
}

std::uint64_t used_memory(const Gpu& gpu, const std::vector<Holding>& holdings) {
  std::uint64_t used = gpu.used;
  for (const auto& holding : holdings) {
    if (holding.uuid == gpu.uuid) used += holding.bytes;
  }
  return std::min(used, gpu.total - std::min(gpu.reserved, gpu.total));
}

}  // namespace standin
