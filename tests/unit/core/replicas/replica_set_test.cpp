// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/replicas/replica_set.hpp"

#include <gmock/gmock.h>

namespace ollama_gpu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kEtc = "/etc/systemd/system";

DropIn alone_with(const std::string& cuda, unsigned asked = 0) {
  DropIn alone;
  alone.selector = "all";
  alone.variables = {{"CUDA_VISIBLE_DEVICES", cuda},
                     {"CUDA_DEVICE_ORDER", "PCI_BUS_ID", "numeric ids"},
                     {"OLLAMA_KEEP_ALIVE", "-1"}};
  alone.replicas = ReplicaNote{};
  alone.replicas->asked = asked;
  return alone;
}

ReplicaFacts facts() {
  ReplicaFacts facts;
  facts.places = *replica_places("ollama.service", kEtc);
  facts.listen = {"127.0.0.1", 11434};
  facts.first_port = 11435;
  facts.restart = "always";
  return facts;
}

std::vector<std::string> gpus_of(const ReplicaSet& set) {
  std::vector<std::string> gpus;
  for (const ReplicaServer& server : set.servers) gpus.push_back(server.gpus);
  return gpus;
}

std::string value(const DropIn& drop_in, const char* name) {
  const DropInVariable* variable = drop_in.find(name);
  return variable == nullptr ? "(none)" : variable->value;
}

TEST(ReplicaSet, OneServerPerGpu) {
  const auto set = share_out(alone_with("0,1,2,3"), facts());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(gpus_of(*set), ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(set->servers[0].unit, "ollama.service");
  EXPECT_EQ(set->servers[2].unit, "ollama@11437.service");
  EXPECT_EQ(set->servers[2].name(), "ollama-11437");
  EXPECT_EQ(value(set->servers[2].drop_in, "OLLAMA_HOST"), "127.0.0.1:11437");
  EXPECT_EQ(value(set->servers[0].drop_in, "OLLAMA_NOPRUNE"), "(none)");
  EXPECT_EQ(value(set->servers[1].drop_in, "OLLAMA_NOPRUNE"), "1");
  EXPECT_EQ(value(set->servers[1].drop_in, "OLLAMA_KEEP_ALIVE"), "-1");
  EXPECT_EQ(value(set->servers[3].drop_in, "OLLAMA_VULKAN"), "0");
  EXPECT_EQ(value(set->servers[3].drop_in, "OLLAMA_SCHED_SPREAD"), "(none)");
}

struct Division {
  const char* gpus;
  unsigned asked;
  std::vector<std::string> groups;
};

TEST(ReplicaSet, SharesAsEvenlyAsItGoes) {
  const std::vector<Division> cases = {{"0,1,2,3", 2, {"0,1", "2,3"}},
                                       {"0,1,2,3", 3, {"0,1", "2", "3"}},
                                       {"3,0", 0, {"3", "0"}},
                                       {"GPU-a,GPU-b,GPU-c", 2, {"GPU-a,GPU-b", "GPU-c"}}};
  for (const Division& one : cases) {
    const auto set = share_out(alone_with(one.gpus, one.asked), facts());
    ASSERT_TRUE(set) << one.gpus;
    EXPECT_EQ(gpus_of(*set), one.groups) << one.gpus;
    EXPECT_EQ(set->notes.empty(),
              one.gpus == std::string("0,1,2,3") && one.asked == 2 || one.asked == 0);
  }
}

TEST(ReplicaSet, SpreadsInsideServersOfSeveralGpus) {
  auto set = share_out(alone_with("0,1,2,3", 2), facts());
  EXPECT_EQ(value(set->servers[1].drop_in, "OLLAMA_SCHED_SPREAD"), "1");
  ReplicaFacts decided = facts();
  decided.spread_is_set = true;
  set = share_out(alone_with("0,1,2,3", 2), decided);
  EXPECT_EQ(value(set->servers[1].drop_in, "OLLAMA_SCHED_SPREAD"), "(none)");
}

TEST(ReplicaSet, BothVendors) {
  DropIn alone = alone_with("GPU-a,GPU-b");
  alone.put({"ROCR_VISIBLE_DEVICES", "GPU-x"});
  alone.put({"HIP_VISIBLE_DEVICES", "0", "beside CUDA's list"});
  const auto set = share_out(alone, facts());
  ASSERT_TRUE(set);
  EXPECT_THAT(gpus_of(*set), ElementsAre("GPU-a", "GPU-b", "GPU-x"));
  EXPECT_EQ(value(set->servers[0].drop_in, "ROCR_VISIBLE_DEVICES"), "-1");
  EXPECT_EQ(value(set->servers[2].drop_in, "CUDA_VISIBLE_DEVICES"), "-1");
  EXPECT_EQ(value(set->servers[2].drop_in, "ROCR_VISIBLE_DEVICES"), "GPU-x");
}

struct Refusal {
  DropIn alone;
  Errc code;
  const char* message;
};

TEST(ReplicaSet, RefusesWhatCannotBe) {
  DropIn tensor = alone_with("0,1");
  tensor.put({"LLAMA_ARG_SPLIT_MODE", "tensor"});
  const std::vector<Refusal> cases = {
      {alone_with("0,1", 3), Errc::not_found, "3 servers are more than the 2 GPUs"},
      {alone_with("0"), Errc::usage, "one server alone"},
      {alone_with("-1"), Errc::usage, "needs GPUs to share out"},
      {tensor, Errc::usage, "several GPUs per server"}};
  for (const Refusal& one : cases) {
    const auto set = share_out(one.alone, facts());
    ASSERT_FALSE(set) << one.message;
    EXPECT_EQ(set.error().code, one.code) << one.message;
    EXPECT_THAT(set.error().message, HasSubstr(one.message));
  }
  ReplicaFacts high = facts();
  high.first_port = 65535;
  EXPECT_FALSE(share_out(alone_with("0,1"), high));
  for (const auto& [port, possible] : {std::pair(11434, true), std::pair(11435, false),
                                       std::pair(11436, false), std::pair(11437, true)}) {
    ReplicaFacts moved = facts();
    moved.listen.port = static_cast<std::uint16_t>(port);
    EXPECT_EQ(share_out(alone_with("0,1"), moved).has_value(), possible) << port;
  }
}

TEST(ReplicaSet, ComesBackAsOne) {
  DropIn alone = alone_with("0,1,2,3", 2);
  alone.put({"OLLAMA_HOST", "0.0.0.0"});
  const auto set = share_out(alone, facts());
  ASSERT_TRUE(set);
  const DropIn& first = set->servers.front().drop_in;
  EXPECT_THAT(first.replicas->wants,
              ElementsAre("ollama@11436.service", "ollama-gpu-entry.service"));
  DropIn again = as_one_server(first);
  EXPECT_EQ(again, alone);
  EXPECT_EQ(as_one_server(again), again);
}

TEST(ReplicaSet, ReadsBackWhatItWrote) {
  DropIn alone = alone_with("GPU-%41,GPU-b\"c");
  alone.put({"OLLAMA_HOST", "[::1]:11434"});
  const auto set = share_out(alone, facts());
  const DropIn& first = set->servers.front().drop_in;
  const std::string text = render_drop_in(first, "ollama.service");
  const ReadDropIn read = read_drop_in(parse_unit_file("/x/zz-ollama-gpu.conf", text), {});
  EXPECT_FALSE(read.edited_by_hand) << text;
  EXPECT_EQ(read.drop_in, first) << text;
  EXPECT_EQ(as_one_server(read.drop_in), alone);
}

TEST(ReplicaSet, KnowsItsServersByTheDropIn) {
  const ReplicaPlaces places = *replica_places("ollama.service", kEtc);
  const auto set = share_out(alone_with("0,1,2"), facts());
  const auto servers = servers_of(set->servers.front().drop_in, places);
  ASSERT_EQ(servers.size(), 3U);
  EXPECT_EQ(servers[0].port, 11435);
  EXPECT_EQ(servers[2].unit, "ollama@11437.service");
  EXPECT_EQ(servers[2].drop_in_path,
            "/etc/systemd/system/ollama@11437.service.d/zzz-ollama-gpu.conf");
  EXPECT_TRUE(servers_of(alone_with("0,1"), places).empty());
}

TEST(ReplicaSet, LeavesACrashToTheReviveUnitWhereSystemdWouldRestart) {
  for (const auto& [policy, ours] :
       {std::pair("always", "on-success"), std::pair("on-failure", "no"), std::pair("no", ""),
        std::pair("on-abort", "")}) {
    ReplicaFacts restarted = facts();
    restarted.restart = policy;
    const auto set = share_out(alone_with("0,1"), restarted);
    EXPECT_EQ(set->servers.front().drop_in.replicas->restart, ours) << policy;
  }
}

TEST(ReplicaPlaces, AreNamedAfterTheUnit) {
  const auto other = replica_places("llm.service", kEtc);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->entry_unit, "ollama-gpu-entry-llm.service");
  EXPECT_EQ(other->entry_config, "/etc/ollama-gpu/entry-llm.cfg");
  EXPECT_EQ(other->server_unit(8081), "llm@8081.service");
  EXPECT_FALSE(replica_places("ollama@gpu0.service", kEtc));
}

}  // namespace
}  // namespace ollama_gpu
