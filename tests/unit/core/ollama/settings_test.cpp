// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace ollama_gpu {
namespace {

using testing::HasSubstr;

TEST(KnownSettings, HaveUniqueNamesAndWords) {
  std::set<std::string_view> names;
  for (const Setting& setting : known_settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_FALSE(setting.accepted.empty()) << setting.name;
    EXPECT_FALSE(setting.summary.empty()) << setting.name;
    EXPECT_EQ(find_setting(setting.name), &setting);
    EXPECT_EQ(near_miss(setting.name), std::nullopt) << setting.name;
  }
  EXPECT_EQ(find_setting("PATHS"), nullptr);
}

TEST(KnownSettings, CoverEveryOptionOfConfigure) {
  std::set<std::string_view> options;
  for (const Setting& setting : known_settings()) options.insert(setting.option);
  for (const char* option : {"--gpus", "--spread", "--keep-alive", "--num-parallel",
                             "--max-loaded-models", "--max-queue", "--context-length",
                             "--flash-attention", "--kv-cache-type", "--listen", "--models"}) {
    EXPECT_TRUE(options.contains(option)) << option;
  }
}

TEST(KnownSettings, MarkThoseThatOllamaNoLongerReads) {
  for (const char* name : {"OLLAMA_MAX_VRAM", "OLLAMA_TMPDIR", "OLLAMA_RUNNERS_DIR",
                           "OLLAMA_INTEL_GPU", "OLLAMA_MULTIUSER_CACHE", "OLLAMA_NEW_ENGINE"}) {
    ASSERT_NE(find_setting(name), nullptr) << name;
    EXPECT_FALSE(find_setting(name)->until.empty()) << name;
  }
}

struct Pair {
  const char* name;
  const char* value;
};

class AcceptedSetting : public testing::TestWithParam<Pair> {};

TEST_P(AcceptedSetting, IsFine) {
  const Result<void> result = check_setting(GetParam().name, GetParam().value);
  EXPECT_TRUE(result) << GetParam().name << "=" << GetParam().value << ": "
                      << (result ? "" : result.error().message + "; " + result.error().hint);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AcceptedSetting,
    testing::Values(Pair{"OLLAMA_KEEP_ALIVE", "-1"}, Pair{"OLLAMA_KEEP_ALIVE", "24h"},
                    Pair{"OLLAMA_KEEP_ALIVE", "300"}, Pair{"OLLAMA_KEEP_ALIVE", "0"},
                    Pair{"OLLAMA_KEEP_ALIVE", "1h2m3s"}, Pair{"OLLAMA_KEEP_ALIVE", " \"5m\" "},
                    Pair{"OLLAMA_KEEP_ALIVE", ""}, Pair{"OLLAMA_SCHED_SPREAD", "1"},
                    Pair{"OLLAMA_SCHED_SPREAD", "False"}, Pair{"OLLAMA_FLASH_ATTENTION", "t"},
                    Pair{"OLLAMA_NUM_PARALLEL", "4"}, Pair{"OLLAMA_MAX_QUEUE", "0512"},
                    Pair{"OLLAMA_GPU_OVERHEAD", "1073741824"}, Pair{"OLLAMA_KV_CACHE_TYPE", "q8_0"},
                    Pair{"OLLAMA_KV_CACHE_TYPE", "F16"}, Pair{"OLLAMA_KV_CACHE_TYPE", "iq4_nl"},
                    Pair{"OLLAMA_HOST", "0.0.0.0"}, Pair{"OLLAMA_HOST", "0.0.0.0:11434"},
                    Pair{"OLLAMA_HOST", ":8080"}, Pair{"OLLAMA_HOST", "[::]:11434"},
                    Pair{"OLLAMA_HOST", "http://0.0.0.0:11434/"}, Pair{"OLLAMA_HOST", ""},
                    Pair{"OLLAMA_MODELS", "/srv/models"},
                    Pair{"OLLAMA_MODELS",
                         "/srv/m\xC3\xB6"
                         "dels"},
                    Pair{"OLLAMA_ORIGINS", "https://a.example,app://*x"}, Pair{"OLLAMA_DEBUG", "2"},
                    Pair{"OLLAMA_DEBUG", "-0"}, Pair{"OLLAMA_DEBUG", "true"},
                    Pair{"OLLAMA_ORIGINS", "moz-extension://x"}, Pair{"OLLAMA_ORIGINS", "*"},
                    Pair{"OLLAMA_ORIGINS", "\"http://a.b\""}, Pair{"OLLAMA_ORIGINS", ""},
                    Pair{"OLLAMA_MAX_QUEUE", "1000000"}, Pair{"LLAMA_ARG_FIT", "1"},
                    Pair{"LLAMA_ARG_FIT", "disabled"}, Pair{"LLAMA_ARG_MAIN_GPU", "-1"},
                    Pair{"GGML_CUDA_NO_PINNED", "1"}, Pair{"OLLAMA_LLAMA_CPP_COMPAT", "0"},
                    Pair{"OLLAMA_CLOUD_BASE_URL", "https://cloud.example"},
                    Pair{"CUDA_VISIBLE_DEVICES", "0,1,2,3"}, Pair{"CUDA_VISIBLE_DEVICES", "-1"},
                    Pair{"CUDA_VISIBLE_DEVICES", "GPU-58a8f5d2-1111-2222-3333-444455556666"},
                    Pair{"CUDA_VISIBLE_DEVICES", "GPU-58a8f5d2"},
                    Pair{"CUDA_VISIBLE_DEVICES",
                         "MIG-GPU-58a8f5d2-1111-2222-3333-444455556666/1/0"},
                    Pair{"ROCR_VISIBLE_DEVICES", "0,GPU-deadbeefdeadbeef"},
                    Pair{"GGML_VK_VISIBLE_DEVICES", "-1"}, Pair{"GGML_VK_VISIBLE_DEVICES", ""},
                    Pair{"CUDA_DEVICE_ORDER", "PCI_BUS_ID"}, Pair{"LLAMA_ARG_SPLIT_MODE", "row"},
                    Pair{"LLAMA_ARG_TENSOR_SPLIT", "3,1"},
                    Pair{"LLAMA_ARG_FIT_TARGET", "1024,2048"},
                    Pair{"LLAMA_ARG_THREADS", "no matter what"}, Pair{"MY_OWN", "\xEF\xBC\x8C"},
                    Pair{"HTTP_PROXY", "http://user:secret@proxy:3128"}));

struct Refused {
  const char* name;
  const char* value;
  const char* hint;
};

class RefusedSetting : public testing::TestWithParam<Refused> {};

TEST_P(RefusedSetting, SaysWhatToWrite) {
  const Refused& row = GetParam();
  const Result<void> result = check_setting(row.name, row.value);
  ASSERT_FALSE(result) << row.name << "=" << row.value;
  EXPECT_EQ(result.error().code, Errc::usage);
  EXPECT_THAT(result.error().message, HasSubstr(std::string(row.name) + " does not accept '"));
  EXPECT_THAT(result.error().message, HasSubstr("accepted: "));
  EXPECT_THAT(result.error().hint, HasSubstr(row.hint));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedSetting,
    testing::Values(
        Refused{"OLLAMA_ORIGINS", "a.b", "mend 'a.b': Ollama would end at its start"},
        Refused{"OLLAMA_ORIGINS", "null", "bad origin"},
        Refused{"OLLAMA_ORIGINS", "http://a.b, http://c.d", "mend ' http://c.d'"},
        Refused{"OLLAMA_ORIGINS", "http://a.b,", "mend ''"},
        Refused{"OLLAMA_ORIGINS", "app://x", "bad origin"},
        Refused{"OLLAMA_ORIGINS", "http://*.a.*", "only one * is allowed"},
        Refused{"OLLAMA_MAX_QUEUE", "2147483647", "write a smaller number"},
        Refused{"OLLAMA_DEBUG", "-4", "below it Ollama hides"},
        Refused{"OLLAMA_HOST", "127.0.0.1:0", "name a port"},
        Refused{"OLLAMA_HOST", "unix:///run/ollama.sock", "no unix sockets"},
        Refused{"OLLAMA_CLOUD_BASE_URL", "foo", "write https://HOST"},
        Refused{"OLLAMA_CLOUD_BASE_URL", "https:///x", "write https://HOST"},
        Refused{"OLLAMA_LLAMA_CPP_COMPAT", "false", "write 0"},
        Refused{"GGML_CUDA_ENABLE_UNIFIED_MEMORY", "0", "leave it unset"},
        Refused{"LLAMA_ARG_FIT", "", "write on or off"},
        Refused{"LLAMA_ARG_MAIN_GPU", "first", "a GPU's index"},
        Refused{"HIP_VISIBLE_DEVICES", "GPU-0123456789abcdef", "HIP takes numbers only"},
        Refused{"OLLAMA_KEEP_ALIVE", "1d", "write 24h: Ollama would silently take its default, 5m"},
        Refused{"OLLAMA_KEEP_ALIVE", "2w", "write 336h"},
        Refused{"OLLAMA_KEEP_ALIVE", "24H", "write 24h"},
        Refused{"OLLAMA_KEEP_ALIVE", "5 m", "write 5m"},
        Refused{"OLLAMA_KEEP_ALIVE", "1h 30m", "write 1h30m"},
        Refused{"OLLAMA_NUM_PARALLEL", "99999999999999999999999", "smaller number"},
        Refused{"OLLAMA_KEEP_ALIVE", "10 minutes", "write 10m"},
        Refused{"OLLAMA_KEEP_ALIVE", "400y", "write -1"},
        Refused{"OLLAMA_KEEP_ALIVE", "forever", "write -1"},
        Refused{"OLLAMA_KEEP_ALIVE", "???", "write 24h, 30m or -1"},
        Refused{"OLLAMA_KEEP_ALIVE", "99999999999", "overflow"},
        Refused{"OLLAMA_KEEP_ALIVE", "99999999999999999999", "overflow"},
        Refused{"OLLAMA_LOAD_TIMEOUT", "1d", "write 24h"},
        Refused{"OLLAMA_SCHED_SPREAD", "off", "write 0: Ollama would read it as true"},
        Refused{"OLLAMA_SCHED_SPREAD", "NO", "write 0"},
        Refused{"OLLAMA_SCHED_SPREAD", "2", "it is a switch"},
        Refused{"OLLAMA_SCHED_SPREAD", "yes", "write 1 or 0"},
        Refused{"OLLAMA_FLASH_ATTENTION", "auto", "leave it unset"},
        Refused{"OLLAMA_NUM_PARALLEL", "-1", "leave it unset"},
        Refused{"OLLAMA_NUM_PARALLEL", "four", "digits only"},
        Refused{"OLLAMA_NUM_PARALLEL", "4294967296", "smaller number"},
        Refused{"OLLAMA_CONTEXT_LENGTH", "8k", "write 8192"},
        Refused{"OLLAMA_CONTEXT_LENGTH", "32,768", "write 32768"},
        Refused{"OLLAMA_GPU_OVERHEAD", "1G", "write 1073741824"},
        Refused{"OLLAMA_GPU_OVERHEAD", "512MiB", "write 536870912"},
        Refused{"OLLAMA_KV_CACHE_TYPE", "q3", "write q4_0"},
        Refused{"OLLAMA_KV_CACHE_TYPE", "q8", "write q8_0"},
        Refused{"OLLAMA_KV_CACHE_TYPE", "fp16", "write f16"},
        Refused{"OLLAMA_HOST", "0.0.0.0:99999", "1 to 65535"},
        Refused{"OLLAMA_HOST", "11435", "write :11435 for all addresses"},
        Refused{"OLLAMA_HOST", "0.0.0.0:http", "1 to 65535"},
        Refused{"OLLAMA_HOST", "0.0.0.0 :11434", "write 0.0.0.0:11434"},
        Refused{"OLLAMA_HOST",
                "0.0.0.0\xEF\xBC\x9A"
                "11434",
                "write 0.0.0.0:11434"},
        Refused{"OLLAMA_MODELS", "~/models", "nothing replaces ~"},
        Refused{"OLLAMA_MODELS", "$HOME/models", "nothing replaces a variable"},
        Refused{"OLLAMA_MODELS", "models", "whole path"},
        Refused{"OLLAMA_KEEP_ALIVE",
                "\xE2\x80\x9C"
                "24h\xE2\x80\x9D",
                "write \"24h\""},
        Refused{"OLLAMA_KEEP_ALIVE",
                "\xE2\x88\x92"
                "1",
                "write -1"},
        Refused{"OLLAMA_DEBUG", "verbose", "write 1"},
        Refused{"CUDA_VISIBLE_DEVICES", "", "hides every GPU"},
        Refused{"ROCR_VISIBLE_DEVICES", "", "hides every GPU"},
        Refused{"CUDA_VISIBLE_DEVICES",
                "0\xEF\xBC\x8C"
                "1",
                "write 0,1"},
        Refused{"CUDA_VISIBLE_DEVICES", "0, 1", "write 0,1"},
        Refused{"CUDA_VISIBLE_DEVICES", "0 1 2", "write 0,1,2:"},
        Refused{"CUDA_VISIBLE_DEVICES", "$(seq -s, 0 3)", "write ids and nothing else"},
        Refused{"CUDA_VISIBLE_DEVICES", "0 and 1", "write ids and nothing else"},
        Refused{"CUDA_VISIBLE_DEVICES", "0,1 # 2", "write ids and nothing else"},
        Refused{"CUDA_VISIBLE_DEVICES", "0 0", "write ids and nothing else"},
        Refused{"HIP_VISIBLE_DEVICES", "0 1", "write 0,1:"},
        Refused{"OLLAMA_NUM_PARALLEL", "1 2", "write digits only"},
        Refused{"OLLAMA_NUM_PARALLEL", "1,2", "write digits only"},
        Refused{"OLLAMA_GPU_OVERHEAD", "1,000,000", "write 1000000:"},
        Refused{"OLLAMA_GPU_OVERHEAD", "0.5", "write digits only"},
        Refused{"OLLAMA_GPU_OVERHEAD", "8 GiB", "write 8589934592:"},
        Refused{"OLLAMA_KEEP_ALIVE", "1 0m", "write 24h, 30m or -1"},
        Refused{"OLLAMA_KEEP_ALIVE", "1h 30m", "write 1h30m:"},
        Refused{"CUDA_VISIBLE_DEVICES", "\"0,1\"", "without quotes"},
        Refused{"CUDA_VISIBLE_DEVICES", "58a8f5d2-1111-2222-3333-444455556666",
                "write GPU-58a8f5d2-"},
        Refused{"CUDA_VISIBLE_DEVICES", "gpu-58a8", "write GPU-58a8"},
        Refused{"CUDA_VISIBLE_DEVICES", "all", "leave it unset"},
        Refused{"CUDA_VISIBLE_DEVICES", "0,GPU-58a8", "indices or UUIDs, not both"},
        Refused{"CUDA_VISIBLE_DEVICES", "00000000:41:00.0", "as ollama-gpu gpus shows"},
        Refused{"CUDA_VISIBLE_DEVICES", "none", "write -1"},
        Refused{"CUDA_VISIBLE_DEVICES", "0,-1,1", "write -1 alone"},
        Refused{"CUDA_VISIBLE_DEVICES", "0,,1", "single commas"},
        Refused{"CUDA_VISIBLE_DEVICES", "0,0", "twice"},
        Refused{"CUDA_VISIBLE_DEVICES", "cuda0", "no id"},
        Refused{"GGML_VK_VISIBLE_DEVICES", "GPU-58a8", "no id"},
        Refused{"CUDA_DEVICE_ORDER", "PCI", "PCI_BUS_ID or FASTEST_FIRST"},
        Refused{"LLAMA_ARG_SPLIT_MODE", "even", "none, layer, row or tensor"},
        Refused{"LLAMA_ARG_FIT_TARGET", "1GiB", "without a unit"}));

TEST(CheckSetting, ShowsControlCharactersAsCodes) {
  const Result<void> result = check_setting("OLLAMA_KEEP_ALIVE", "1\x1B[31m\xFF");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("'1\\x1b[31m\\xff'"));
}

TEST(CheckSetting, PassesWhatWouldNotBeMisread) {
  // Every setting's own plain default, where it is a value.
  for (const Setting& setting : known_settings()) {
    if (setting.default_value.find(' ') != std::string_view::npos) continue;
    if (setting.type != SettingType::unsigned_integer && setting.type != SettingType::boolean &&
        setting.type != SettingType::duration && setting.type != SettingType::cache_type) {
      continue;
    }
    EXPECT_TRUE(check_setting(setting.name, setting.default_value)) << setting.name;
  }
}

TEST(NearMiss, FindsTheNameThatWasMeant) {
  EXPECT_EQ(near_miss("OLLAMA_KEEPALIVE"), "OLLAMA_KEEP_ALIVE");
  EXPECT_EQ(near_miss("OLLAMA_NUMPARALLEL"), "OLLAMA_NUM_PARALLEL");
  EXPECT_EQ(near_miss("OLAMA_HOST"), "OLLAMA_HOST");
  EXPECT_EQ(near_miss("OLLAMAHOST"), "OLLAMA_HOST");
  EXPECT_EQ(near_miss("CUDA_VISIBLE_DEVICE"), "CUDA_VISIBLE_DEVICES");
  EXPECT_EQ(near_miss("ollama_keep_alive"), "OLLAMA_KEEP_ALIVE");
  EXPECT_EQ(near_miss("cuda_visible_devices"), "CUDA_VISIBLE_DEVICES");
  EXPECT_EQ(near_miss("OLLAMA_SHCED_SPREAD"), "OLLAMA_SCHED_SPREAD");
  EXPECT_EQ(near_miss("OLLAMA_MAX_LOADED_MODEL"), "OLLAMA_MAX_LOADED_MODELS");
  EXPECT_EQ(near_miss("KEEP_ALIVE"), "OLLAMA_KEEP_ALIVE");
  EXPECT_EQ(near_miss("OLLAMA_ORIGIN"), "OLLAMA_ORIGINS");
  EXPECT_EQ(near_miss("OLLAMA_SPREAD"), "OLLAMA_SCHED_SPREAD");
  EXPECT_EQ(near_miss("OLLAMA_MAX_MODELS"), "OLLAMA_MAX_LOADED_MODELS");
  EXPECT_EQ(near_miss("OLLAMA_NUM_PARALLEL_REQUESTS"), "OLLAMA_NUM_PARALLEL");
  EXPECT_EQ(near_miss("OLLAMA_PORT"), "OLLAMA_HOST");
  EXPECT_EQ(near_miss("OLLAMA_FLASH_ATTN"), "OLLAMA_FLASH_ATTENTION");
  EXPECT_EQ(near_miss("OLLAMA_TENSOR_SPLIT"), "LLAMA_ARG_TENSOR_SPLIT");
}

TEST(NearMiss, LeavesOtherVariablesAlone) {
  for (const char* name : {"OLLAMA_HOST",
                           "http_proxy",
                           "LLAMA_ARG_ANYTHING",
                           "LLAMA_ARG_FITS",
                           "HTTP_PROXY2",
                           "PATH",
                           "PATHS",
                           "HOST",
                           "DEBUG",
                           "OLLAMA_FOO",
                           "OLLAMA_MAX",
                           "OLLAMA_",
                           "OLLAMA_NUM_GPU",
                           "OLLAMA_BASE_URL",
                           "NVIDIA_VISIBLE_DEVICES",
                           "CUDA_CACHE_PATH",
                           "HSA_OVERRIDE_GFX_VERSION_0",
                           "GGML_CUDA_FORCE_MMQ",
                           "TZ",
                           "LANG",
                           "",
                           "A"}) {
    EXPECT_EQ(near_miss(name), std::nullopt) << name;
  }
  EXPECT_EQ(near_miss(std::string(100'000, 'O')), std::nullopt);
}

TEST(SameMeaning, IsOllamasReading) {
  EXPECT_TRUE(same_meaning("OLLAMA_SCHED_SPREAD", "1", "true"));
  EXPECT_TRUE(same_meaning("OLLAMA_SCHED_SPREAD", "off", "1"));  // Ollama reads off as true
  EXPECT_FALSE(same_meaning("OLLAMA_SCHED_SPREAD", "0", "1"));
  EXPECT_TRUE(same_meaning("OLLAMA_SCHED_SPREAD", "", "0"));
  EXPECT_FALSE(same_meaning("OLLAMA_FLASH_ATTENTION", "", "0"));
  EXPECT_TRUE(same_meaning("OLLAMA_KEEP_ALIVE", "24h", "1440m"));
  EXPECT_TRUE(same_meaning("OLLAMA_KEEP_ALIVE", "-1", "-5m"));
  EXPECT_TRUE(same_meaning("OLLAMA_KEEP_ALIVE", "1d", "5m"));
  EXPECT_FALSE(same_meaning("OLLAMA_KEEP_ALIVE", "0", "-1"));
  EXPECT_TRUE(same_meaning("OLLAMA_LOAD_TIMEOUT", "0", "-1"));
  EXPECT_TRUE(same_meaning("OLLAMA_NUM_PARALLEL", "04", " 4 "));
  EXPECT_FALSE(same_meaning("OLLAMA_NUM_PARALLEL", "4", "5"));
  EXPECT_TRUE(same_meaning("OLLAMA_HOST", "", "http://127.0.0.1:11434"));
  EXPECT_FALSE(same_meaning("OLLAMA_HOST", "0.0.0.0", "127.0.0.1"));
  EXPECT_TRUE(same_meaning("OLLAMA_MODELS", "/srv/models/", "/srv/models"));
  EXPECT_TRUE(same_meaning("OLLAMA_KV_CACHE_TYPE", "Q8_0", "q8_0"));
  EXPECT_FALSE(same_meaning("CUDA_VISIBLE_DEVICES", "0,1", "1,0"));
  EXPECT_FALSE(same_meaning("CUDA_VISIBLE_DEVICES", "0", " 0"));
  EXPECT_TRUE(same_meaning("SOMETHING", "a", "a"));
  EXPECT_FALSE(same_meaning("SOMETHING", "1", "true"));
}

}  // namespace
}  // namespace ollama_gpu
