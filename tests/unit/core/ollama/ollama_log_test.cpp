// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/ollama_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;

TEST(SlogLine, IsTakenApart) {
  const auto values = parse_slog_line(
      R"(time=2026-06-07T04:18:01.033Z level=INFO source=routes.go:1919 msg="a \"b\" \\ \t\x41\u00e9" n=3 e="" f=)");
  EXPECT_THAT(values, Contains(Pair("level", "INFO")));
  EXPECT_THAT(values, Contains(Pair("msg", "a \"b\" \\ \tA\xC3\xA9")));
  EXPECT_THAT(values, Contains(Pair("n", "3")));
  EXPECT_THAT(values, Contains(Pair("e", "")));
  EXPECT_THAT(values, Contains(Pair("f", "")));
}

TEST(SlogLine, IsEmptyForOtherLines) {
  for (const char* line :
       {"", " ", "=", "load_tensors:        CUDA0 model buffer size =  7252.61 MiB",
        "[GIN] 2025/04/09 - 19:36:55 | 200 |  1.2ms |  127.0.0.1 | GET  \"/api/version\"", "a=b",
        "llama_context: n_ctx = 4096", "Started ollama.service - Ollama Service."}) {
    EXPECT_THAT(parse_slog_line(line), IsEmpty()) << line;
  }
}

TEST(SlogLine, KeepsWhatStandsBeforeACut) {
  const auto values = parse_slog_line(R"(level=INFO msg="server config" env="map[A:)");
  EXPECT_THAT(values, Contains(Pair("msg", "server config")));
  EXPECT_THAT(values, testing::Not(Contains(Key("env"))));
}

const char* const kConfig =
    R"(time=2026-06-07T04:18:01.033Z level=INFO source=routes.go:1919 msg="server config" env="map[CUDA_VISIBLE_DEVICES:3 GGML_VK_VISIBLE_DEVICES: GPU_DEVICE_ORDINAL: HTTPS_PROXY: OLLAMA_DEBUG:INFO OLLAMA_HOST:http://127.0.0.1:11434 OLLAMA_KEEP_ALIVE:2562047h47m16.854775807s OLLAMA_MODELS:/srv/my models OLLAMA_NOT_YET_KNOWN:[1 2] OLLAMA_ORIGINS:[http://localhost https://localhost http://localhost:*] OLLAMA_REMOTES:[ollama.com] OLLAMA_SCHED_SPREAD:true OLLAMA_VULKAN:true ROCR_VISIBLE_DEVICES: http_proxy: https_proxy: no_proxy:]")";

TEST(ServerConfig, IsReadWithBlanksInValues) {
  const OllamaLog log = parse_ollama_log({kConfig});
  ASSERT_TRUE(log.server_config);
  const auto& config = *log.server_config;
  EXPECT_THAT(config, Contains(Pair("CUDA_VISIBLE_DEVICES", "3")));
  EXPECT_THAT(config, Contains(Pair("GGML_VK_VISIBLE_DEVICES", "")));
  EXPECT_THAT(config, Contains(Pair("OLLAMA_HOST", "http://127.0.0.1:11434")));
  EXPECT_THAT(config, Contains(Pair("OLLAMA_KEEP_ALIVE", "2562047h47m16.854775807s")));
  EXPECT_THAT(config, Contains(Pair("OLLAMA_MODELS", "/srv/my models")));
  EXPECT_THAT(config, Contains(Pair("OLLAMA_NOT_YET_KNOWN", "[1 2]")));
  EXPECT_THAT(config, Contains(Pair("OLLAMA_ORIGINS",
                                    "[http://localhost https://localhost http://localhost:*]")));
  EXPECT_THAT(config, Contains(Pair("no_proxy", "")));
  EXPECT_EQ(config.size(), 17U);
}

TEST(ServerConfig, IsReadInTheFormBefore07) {
  const OllamaLog log = parse_ollama_log(
      {R"(2025/04/09 19:36:55 routes.go:1231: INFO server config env="map[CUDA_VISIBLE_DEVICES:0,1 OLLAMA_MODELS:/a \"b\" OLLAMA_SCHED_SPREAD:false]")",
       "2025/04/09 19:36:55 config.go:1: nonsense"});
  ASSERT_TRUE(log.server_config);
  EXPECT_THAT(*log.server_config, testing::ElementsAre(Pair("CUDA_VISIBLE_DEVICES", "0,1"),
                                                       Pair("OLLAMA_MODELS", "/a \"b\""),
                                                       Pair("OLLAMA_SCHED_SPREAD", "false")));
}

TEST(ServerConfig, LeavesOutWhatAValueCouldHaveForged) {
  const OllamaLog log = parse_ollama_log(
      {R"(level=INFO msg="server config" env="map[OLLAMA_MODELS:/x OLLAMA_SCHED_SPREAD:true OLLAMA_NOPRUNE:false OLLAMA_SCHED_SPREAD:false]")"});
  ASSERT_TRUE(log.server_config);
  EXPECT_THAT(*log.server_config, testing::Not(Contains(Key("OLLAMA_SCHED_SPREAD"))));
  EXPECT_THAT(*log.server_config, Contains(Pair("OLLAMA_NOPRUNE", "false")));
}

TEST(ServerConfig, IsNothingWhenNotSeen) {
  EXPECT_FALSE(parse_ollama_log({}).server_config);
  EXPECT_FALSE(parse_ollama_log({"msg=\"server config\" env=broken"}).server_config);
  EXPECT_FALSE(parse_ollama_log({R"(msg="server config" env="map[A:)"}).server_config);
}

TEST(InferenceComputeLine, IsReadInAllThreeForms) {
  const OllamaLog log = parse_ollama_log(
      {kConfig,
       R"(time=2026-06-07T04:18:02Z level=INFO source=types.go:32 msg="inference compute" id=0 filter_id=GPU-58a8 library=CUDA compute=8.9 name=CUDA0 description="NVIDIA L40" libdirs=ollama,cuda_v13 driver=13.0 pci_id=0000:B5:00.0 type=discrete total="45.0 GiB" available="41.2 GiB")",
       R"(level=INFO source=types.go:42 msg="inference compute" id=GPU-4ecb filter_id="" library=CUDA name=CUDA0 description="NVIDIA L40" pci_id=0000:b5:00.0)",
       R"(level=INFO source=types.go:130 msg="inference compute" id=GPU-777 library=cuda variant=v12 compute=7.5 driver=12.1 name="NVIDIA GeForce RTX 2080 Ti" total="11.0 GiB" available="9.9 GiB")",
       R"(level=INFO msg="inference compute" id=cpu library=cpu compute="" name=cpu description=cpu libdirs=ollama driver="" pci_id="" type="" total="1 GiB" available="1 GiB")",
       R"(level=INFO msg="inference compute" id=1 library=Vulkan name=Vulkan0 description="NVIDIA L40" pci_id=0000:c5:00.0)"});
  ASSERT_EQ(log.devices.size(), 5U);
  EXPECT_EQ(log.devices[0].id, "0");
  EXPECT_EQ(log.devices[0].filter_id, "GPU-58a8");
  EXPECT_EQ(log.devices[0].library, "CUDA");
  EXPECT_EQ(log.devices[0].pci, "0000:b5:00.0");
  EXPECT_EQ(log.devices[0].description, "NVIDIA L40");
  EXPECT_THAT(log.devices[0].line, testing::HasSubstr("types.go:32"));
  EXPECT_EQ(log.devices[1].id, "GPU-4ecb");
  EXPECT_EQ(log.devices[1].filter_id, "");
  EXPECT_EQ(log.devices[2].description, "NVIDIA GeForce RTX 2080 Ti");
  EXPECT_EQ(log.devices[2].pci, "");
  EXPECT_TRUE(log.devices[3].is_cpu());
  EXPECT_TRUE(log.devices[4].is_vulkan());
  EXPECT_FALSE(log.devices[0].is_cpu() || log.devices[0].is_vulkan());
}

TEST(OllamaLogLines, SayWhereItListensAndItsVersion) {
  const OllamaLog log = parse_ollama_log(
      {kConfig, R"x(level=INFO msg="Listening on [::]:11434 (version 0.33.0-rc2)")x"});
  EXPECT_EQ(log.listening_on, "[::]:11434");
  EXPECT_EQ(log.version, "0.33.0-rc2");
  EXPECT_EQ(parse_ollama_log({kConfig, "level=INFO msg=\"Listening on x\""}).version, "");
}

constexpr const char* kCpu = R"(level=INFO msg="inference compute" id=cpu library=cpu)";
constexpr const char* kCuda = R"(level=INFO msg="inference compute" id=0 library=CUDA)";
constexpr const char* kOther = R"(level=INFO msg="vram-based default context")";

TEST(OllamaLogLines, CountFromTheFirstServerConfigToTheEndOfItsDevices) {
  const OllamaLog log = parse_ollama_log({kCpu, kOther, kConfig, kOther, kCuda, "[GIN] 200 | GET",
                                          kCuda, kOther, kCpu, kConfig, kCpu});
  ASSERT_EQ(log.devices.size(), 2U);
  EXPECT_EQ(log.devices[0].library, "CUDA");
  EXPECT_EQ(log.devices[1].library, "CUDA");
}

TEST(OllamaLogLines, OfAnotherProcessDoNotCount) {
  OllamaLogReader reader;
  EXPECT_TRUE(reader.take(7, kConfig));
  EXPECT_TRUE(reader.take(8, kCpu));  // a child
  EXPECT_TRUE(reader.take(8, R"(level=INFO msg="server config" env="map[]")"));
  EXPECT_TRUE(reader.take(7, kCuda));
  EXPECT_TRUE(reader.take(8, kOther));
  EXPECT_TRUE(reader.take(7, kCuda));
  EXPECT_FALSE(reader.take(7, kOther));
  EXPECT_EQ(reader.log().devices.size(), 2U);
  EXPECT_EQ(reader.log().server_config->size(), 17U);
}

TEST(OllamaLogLines, MayBeAnything) {
  std::minstd_rand random(17);
  const std::string seed = kConfig;
  for (int i = 0; i < 3'000; ++i) {
    std::string line = seed.substr(0, random() % seed.size());
    for (auto changes = random() % 8U; changes > 0 && !line.empty(); --changes) {
      line[random() % line.size()] = "\"\\ :=[]\x80\x01x"[random() % 11U];
    }
    const OllamaLog log = parse_ollama_log({line, line});
    EXPECT_LE(log.devices.size(), 2U);
  }
  parse_ollama_log({std::string(1'000'000, ' '), std::string(1'000'000, '"'),
                    "msg=\"server config\" env=\"map[" + std::string(1'000'000, ':') + "]\""});
}

struct Row {
  const char* name;
  const char* value;
  std::optional<std::string> shown;
};

class LoggedValue : public testing::TestWithParam<Row> {};

TEST_P(LoggedValue, IsWhatServerConfigShows) {
  EXPECT_EQ(logged_value(GetParam().name, GetParam().value), GetParam().shown)
      << GetParam().name << "=" << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(
    Table, LoggedValue,
    testing::Values(
        Row{"OLLAMA_SCHED_SPREAD", "1", "true"}, Row{"OLLAMA_SCHED_SPREAD", "off", "true"},
        Row{"OLLAMA_SCHED_SPREAD", "0", "false"}, Row{"OLLAMA_SCHED_SPREAD", "", "false"},
        Row{"OLLAMA_FLASH_ATTENTION", "", "false"}, Row{"OLLAMA_FLASH_ATTENTION", "0", "false"},
        Row{"OLLAMA_FLASH_ATTENTION", "1", "true"},
        Row{"OLLAMA_KEEP_ALIVE", "-1", "2562047h47m16.854775807s"},
        Row{"OLLAMA_KEEP_ALIVE", "24h", "24h0m0s"}, Row{"OLLAMA_KEEP_ALIVE", "300", "5m0s"},
        Row{"OLLAMA_KEEP_ALIVE", "0", "0s"}, Row{"OLLAMA_KEEP_ALIVE", "1d", "5m0s"},
        Row{"OLLAMA_LOAD_TIMEOUT", "0", "2562047h47m16.854775807s"},
        Row{"OLLAMA_HOST", "", "http://127.0.0.1:11434"},
        Row{"OLLAMA_HOST", "0.0.0.0", "http://0.0.0.0:11434"},
        Row{"OLLAMA_HOST", ":1234", "http://:1234"},
        Row{"OLLAMA_HOST", "::1", "http://[::1]:11434"},
        Row{"OLLAMA_HOST", "https://h/x/", "https://h:443/x/"},
        Row{"OLLAMA_HOST", "h:99999", "http://h:11434"}, Row{"OLLAMA_HOST", "a b", std::nullopt},
        Row{"OLLAMA_NUM_PARALLEL", "04", "4"}, Row{"OLLAMA_NUM_PARALLEL", "x", std::nullopt},
        Row{"OLLAMA_GPU_OVERHEAD", "1024", "1024"}, Row{"OLLAMA_VULKAN", "0", "false"},
        Row{"OLLAMA_VULKAN", "", std::nullopt}, Row{"CUDA_VISIBLE_DEVICES", " 0,1 ", "0,1"},
        Row{"CUDA_VISIBLE_DEVICES", "", ""}, Row{"OLLAMA_KV_CACHE_TYPE", "Q8_0", "Q8_0"},
        Row{"OLLAMA_MODELS", "/srv/m", "/srv/m"}, Row{"OLLAMA_MODELS", "", std::nullopt},
        Row{"OLLAMA_DEBUG", "1", std::nullopt}, Row{"OLLAMA_ORIGINS", "*", std::nullopt},
        Row{"CUDA_DEVICE_ORDER", "PCI_BUS_ID", std::nullopt},
        Row{"LLAMA_ARG_SPLIT_MODE", "row", std::nullopt}, Row{"OLLAMA_AUTH", "1", std::nullopt},
        Row{"GGML_CUDA_NO_PINNED", "1", std::nullopt}, Row{"MY_OWN", "1", std::nullopt}));

}  // namespace
}  // namespace ollama_gpu
