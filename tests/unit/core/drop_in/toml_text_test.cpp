// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/toml_text.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

EffectiveEnvironment of(const std::vector<std::pair<std::string, std::string>>& variables,
                        const std::string& file = "/f") {
  EffectiveEnvironment out;
  for (const auto& [name, value] : variables) {
    out.variables[name] = {value, Source{file, 1, 1, "Environment"}, {}};
  }
  return out;
}

DropIn ours(const EffectiveEnvironment& effective) {
  DropIn out;
  for (const auto& [name, variable] : effective.variables) out.put({name, variable.value, ""});
  return out;
}

struct Case {
  std::string name;
  std::string value;
  std::string text;
};

TEST(TomlText, EveryVariableStandsUnderItsKeyOrInSet) {
  const Case cases[] = {
      {"OLLAMA_SCHED_SPREAD", "1", "spread = true\n"},
      {"OLLAMA_SCHED_SPREAD", "0", "spread = false\n"},
      {"OLLAMA_KEEP_ALIVE", "-1", "keep-alive = true\n"},
      {"OLLAMA_KEEP_ALIVE", "24h", "keep-alive = \"24h\"\n"},
      {"OLLAMA_KEEP_ALIVE", "300", "keep-alive = 300\n"},
      {"OLLAMA_KEEP_ALIVE", "1d", "\n[set]\nOLLAMA_KEEP_ALIVE = \"1d\"\n"},
      {"OLLAMA_FLASH_ATTENTION", "1", "flash-attention = \"on\"\n"},
      {"OLLAMA_FLASH_ATTENTION", "0", "flash-attention = \"off\"\n"},
      {"OLLAMA_FLASH_ATTENTION", "t", "\n[set]\nOLLAMA_FLASH_ATTENTION = \"t\"\n"},
      {"LLAMA_ARG_SPLIT_MODE", "tensor", "split-mode = \"tensor\"\n"},
      {"LLAMA_ARG_SPLIT_MODE", "row", "\n[set]\nLLAMA_ARG_SPLIT_MODE = \"row\"\n"},
      {"OLLAMA_NUM_PARALLEL", "4", "num-parallel = 4\n"},
      {"OLLAMA_NUM_PARALLEL", "04", "num-parallel = \"04\"\n"},
      {"CUDA_VISIBLE_DEVICES", "0,1", "gpus = \"0,1\"\n"},
      {"CUDA_VISIBLE_DEVICES", "-1", "gpus = \"none\"\n"},
      {"CUDA_VISIBLE_DEVICES", "0 1", "\n[set]\nCUDA_VISIBLE_DEVICES = \"0 1\"\n"},
      {"OLLAMA_DEBUG", "1", "\n[set]\nOLLAMA_DEBUG = \"1\"\n"},
      {"OLLAMA_MODELS", "/a \"b\"\\\t", "models = \"/a \\\"b\\\"\\\\\\u0009\"\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(toml_text(of({{c.name, c.value}}), {}), c.text) << c.name << '=' << c.value;
  }
}

TEST(TomlText, LeavesOutWhatASelectionBringsAndWhatTheSystemSets) {
  const auto effective = of({{"CUDA_VISIBLE_DEVICES", "0,1"},
                             {"CUDA_DEVICE_ORDER", "PCI_BUS_ID"},
                             {"HOME", "/h"},
                             {"PATH", "/p"},
                             {"NOT_KNOWN", "x"}});
  DropIn drop_in;
  drop_in.selector = "all";
  drop_in.put({"CUDA_VISIBLE_DEVICES", "0,1", ""});
  drop_in.put({"CUDA_DEVICE_ORDER", "PCI_BUS_ID", "added"});
  EXPECT_EQ(toml_text(effective, drop_in), "gpus = \"all\"\n");
  EXPECT_EQ(toml_text(of({{"OLLAMA_DEBUG", "1"}}, ""), {}), "");
}

TEST(TomlText, KeepsWhatIsOursWhateverItsName) {
  const auto effective = of({{"HOME", "/h"}, {"NOT_KNOWN", "x"}});
  EXPECT_EQ(toml_text(effective, ours(effective)), "\n[set]\nHOME = \"/h\"\nNOT_KNOWN = \"x\"\n");
}

TEST(TomlText, HasTheGateAndWhatIsKeptAway) {
  DropIn drop_in;
  drop_in.gate = Gate{"/usr/bin/ollama-gpu", "", 90, true};
  drop_in.unset = {"A", "B"};
  EXPECT_EQ(toml_text({}, drop_in),
            "wait-for-gpus = 90\nrequire-gpu = true\nunset = [\"A\", \"B\"]\n");
}

}  // namespace
}  // namespace ollama_gpu
