// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/ollama_version.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

std::string why(const char* name, const char* version) {
  return why_unread(*find_setting(name), version).value_or("");
}

TEST(OllamaVersion, IsUnknownForEveryonesOwnBuild) {
  for (const char* text : {"0.0.0", "", "dev", "0.x"}) {
    EXPECT_FALSE(parse_ollama_version(text)) << text;
  }
  EXPECT_EQ(parse_ollama_version("0.33.0-rc2"), (OllamaVersion{0, 33, 0}));
  EXPECT_EQ(why("OLLAMA_IGPU_ENABLE", "0.0.0"), "");
}

TEST(OllamaVersion, SaysWhichSettingsItReads) {
  EXPECT_EQ(why("OLLAMA_VULKAN", "0.12.10"),
            "Ollama 0.12.10 does not read OLLAMA_VULKAN, which came with 0.12.11");
  EXPECT_EQ(why("OLLAMA_VULKAN", "0.12.11"), "");
  EXPECT_EQ(why("OLLAMA_NEW_ENGINE", "0.24.3"), "");
  EXPECT_EQ(why("OLLAMA_NEW_ENGINE", "0.30.0"), "Ollama 0.30.0 no longer reads OLLAMA_NEW_ENGINE");
  EXPECT_EQ(why("OLLAMA_INTEL_GPU", "0.12.10"), "");
  EXPECT_EQ(why("OLLAMA_INTEL_GPU", "0.12.11"), "Ollama 0.12.11 no longer reads OLLAMA_INTEL_GPU");
}

TEST(ReadAsMeant, IsNotWhatOllamaMakesOfIt) {
  for (const auto& [name, value] : {std::pair{"OLLAMA_KEEP_ALIVE", "1d"},
                                    {"OLLAMA_NUM_PARALLEL", "abc"},
                                    {"OLLAMA_FLASH_ATTENTION", "off"},
                                    {"OLLAMA_SCHED_SPREAD", "2"},
                                    {"OLLAMA_HOST", "127.0.0.1:abc"}}) {
    EXPECT_FALSE(is_read_as_meant(name, value)) << name << "=" << value;
  }
  for (const auto& [name, value] : {std::pair{"OLLAMA_KEEP_ALIVE", "24h"},
                                    {"OLLAMA_SCHED_SPREAD", "yes"},
                                    {"OLLAMA_KV_CACHE_TYPE", "turbo"},
                                    {"OLLAMA_HOST", "0.0.0.0:0"},
                                    {"MY_OWN", "1d"}}) {
    EXPECT_TRUE(is_read_as_meant(name, value)) << name << "=" << value;
  }
}

}  // namespace
}  // namespace ollama_gpu
