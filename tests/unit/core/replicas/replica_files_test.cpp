// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/replicas/replica_files.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace ollama_gpu {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kUnit =
    "[Unit]\nDescription=Ollama\n\n[Service]\nExecStart=/bin/ollama serve \\\n[Install]\n"
    "Restart=always\n\n[Install]\nWantedBy=default.target\nAlias=llm.service\n\n"
    "[Service]\nUser=ollama";

ReplicaSet set_of(const std::string& host = "127.0.0.1", std::uint16_t port = 11434) {
  DropIn alone;
  alone.variables = {{"CUDA_VISIBLE_DEVICES", "0,1"}, {"OLLAMA_NUM_PARALLEL", "3"}};
  alone.replicas = ReplicaNote{};
  ReplicaFacts facts;
  facts.places = *replica_places("ollama.service", "/etc/systemd/system");
  facts.listen = {host, port};
  facts.first_port = static_cast<std::uint16_t>(port + 1);
  facts.parallel = 3;
  return *share_out(alone, facts);
}

std::string text_of(const std::vector<ReplicaFile>& files, const std::string& path) {
  const auto found = std::ranges::find(files, path, &ReplicaFile::path);
  return found == files.end() ? "(none)" : found->bytes;
}

std::vector<ReplicaFile> files_of(const ReplicaSet& set) {
  return replica_files(set, {"/etc/systemd/system/ollama.service", kUnit, "/usr/sbin/haproxy", 3});
}

TEST(ReplicaFiles, TheTemplateIsTheUnitWithoutItsInstallSection) {
  const std::string text = text_of(files_of(set_of()), "/etc/systemd/system/ollama@.service");
  EXPECT_THAT(text, HasSubstr("ExecStart=/bin/ollama serve \\\n[Install]\nRestart=always\n"));
  EXPECT_THAT(text, Not(HasSubstr("WantedBy")));
  EXPECT_THAT(text, Not(HasSubstr("Alias")));
  EXPECT_THAT(text, HasSubstr("[Service]\nUser=ollama\n\n[Unit]\nPartOf=ollama.service\n"));
}

TEST(ReplicaFiles, AServerSaysWhatTheFirstDoesNot) {
  const std::string text =
      text_of(files_of(set_of()), "/etc/systemd/system/ollama@11436.service.d/zzz-ollama-gpu.conf");
  EXPECT_THAT(text, HasSubstr("Environment=\"CUDA_VISIBLE_DEVICES=1\"\n"));
  EXPECT_THAT(text, HasSubstr("Environment=\"OLLAMA_HOST=127.0.0.1:11436\"\n"));
  EXPECT_THAT(text, HasSubstr("Environment=\"OLLAMA_NOPRUNE=1\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("OLLAMA_NUM_PARALLEL")));
}

TEST(ReplicaFiles, OneOfThemIsAnAbsoluteLink) {
  const auto files = files_of(set_of());
  EXPECT_EQ(std::ranges::count_if(files, &ReplicaFile::link), 1);
  EXPECT_EQ(text_of(files, "/etc/systemd/system/ollama@.service.d"),
            "/etc/systemd/system/ollama.service.d");
}

TEST(ReplicaFiles, AreKnownByTheirFirstLine) {
  for (const ReplicaFile& file : files_of(set_of())) {
    EXPECT_EQ(is_of_ollama_gpu(file.bytes), !file.link) << file.path;
  }
  EXPECT_FALSE(is_of_ollama_gpu("[Service]\n"));
  EXPECT_EQ(service_of_file(files_of(set_of()).front().bytes), "ollama.service");
  EXPECT_EQ(service_of_file("[Service]\n"), "");
}

TEST(ReplicaFiles, OnlyALowPortNeedsACapability) {
  const std::string unit = "/etc/systemd/system/ollama-gpu-entry.service";
  EXPECT_THAT(text_of(files_of(set_of()), unit), HasSubstr("AmbientCapabilities=\n"));
  EXPECT_THAT(text_of(files_of(set_of("0.0.0.0", 80)), unit),
              HasSubstr("AmbientCapabilities=CAP_NET_BIND_SERVICE\n"));
}

TEST(EntryConfig, HasAPlacePerParallelRequest) {
  const std::string text = entry_config(set_of(), true);
  EXPECT_THAT(text, HasSubstr("server ollama-11435 127.0.0.1:11435 check"));
  EXPECT_THAT(text, HasSubstr("mark-down maxconn 3\n"));
  EXPECT_THAT(text, HasSubstr("timeout queue 600s\n"));
}

struct Address {
  const char* host;
  const char* bind;
  bool guarded_by_ollama;
};

TEST(EntryConfig, ListensWhereOllamaDid) {
  const std::vector<Address> cases = {
      {"127.0.0.1", "bind 127.0.0.1:11434\n", true}, {"localhost", "bind localhost:11434\n", true},
      {"::1", "bind [::1]:11434\n", true},           {"10.0.0.7", "bind 10.0.0.7:11434\n", false},
      {"0.0.0.0", "bind [::]:11434 v4v6\n", false},  {"::", "bind [::]:11434 v4v6\n", false}};
  for (const Address& one : cases) {
    const std::string text = entry_config(set_of(one.host), true);
    EXPECT_THAT(text, HasSubstr(one.bind)) << one.host;
    const bool rewritten = text.find("set-header Host localhost") != std::string::npos;
    EXPECT_EQ(rewritten, !one.guarded_by_ollama) << one.host;
  }
  EXPECT_THAT(entry_config(set_of("0.0.0.0"), false), HasSubstr("bind 0.0.0.0:11434\n"));
}

TEST(EntryConfig, HasAMarkOfItsText) {
  const std::string one = entry_config(set_of(), true);
  EXPECT_EQ(entry_mark(one).size(), std::string("ollama-gpu 0123456789abcdef").size());
  EXPECT_EQ(entry_mark(one), entry_mark(entry_config(set_of(), true)));
  EXPECT_NE(entry_mark(one), entry_mark(entry_config(set_of("10.0.0.7"), true)));
  EXPECT_EQ(entry_mark("global\n"), "");
  EXPECT_TRUE(is_intact(one));
  for (const std::string& edited : {one + "x", std::string("global\n"), std::string(),
                                    one.substr(0, one.size() - 1), "\n" + one + "\n"}) {
    EXPECT_FALSE(is_intact(edited)) << edited;
  }
}

}  // namespace
}  // namespace ollama_gpu
