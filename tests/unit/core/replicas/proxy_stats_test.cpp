// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/replicas/proxy_stats.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

// Cut from HAProxy 2.6.12's answers.
constexpr const char* kInfo =
    "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\ndescription: ollama-gpu 4500139efa47d1e1\n";
constexpr const char* kStat =
    "# "
    "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,"
    "status,weight,\n"
    "entry,FRONTEND,,,1,2,10000,7,0,0,0,0,0,,,,,OPEN,,\n"
    "work,ollama-11435,0,0,1,1,1,5,0,0,,0,,0,0,0,0,UP,1,\n"
    "work,ollama-11436,0,0,0,1,1,2,0,0,,0,,0,0,0,0,DRAIN,1,\n"
    "work,BACKEND,3,4,1,4,1000,7,0,0,0,0,,0,0,0,0,UP,1,\n"
    "look,ollama-11435,0,0,2,1,,9,0,0,,0,,0,0,0,0,DOWN 1/2,1,\n"
    "store,ollama-11435,0,0,0,1,,9,0,0,,0,,0,0,0,0,no check,1,\n\n";

TEST(ProxyState, IsReadByTheNamesOfItsColumns) {
  const auto state = parse_proxy_state(kInfo, kStat);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->mark, "ollama-gpu 4500139efa47d1e1");
  EXPECT_EQ(state->waiting, 3U);
  ASSERT_EQ(state->servers.size(), 4U);
  const ProxyServer* first = state->find("work", "ollama-11435");
  ASSERT_NE(first, nullptr);
  EXPECT_TRUE(first->is_up());
  EXPECT_EQ(first->current, 1U);
  EXPECT_EQ(first->answered, 5U);
  EXPECT_FALSE(state->find("work", "ollama-11436")->is_up());
  EXPECT_FALSE(state->find("look", "ollama-11435")->is_up());
  EXPECT_TRUE(state->find("store", "ollama-11435")->is_up());
  EXPECT_EQ(state->current_of("ollama-11435"), 3U);
  EXPECT_EQ(state->find("work", "ollama-1"), nullptr);
}

TEST(ProxyState, IsNoneWhereTheAnswerIsNone) {
  EXPECT_FALSE(parse_proxy_state(kInfo, ""));
  EXPECT_FALSE(parse_proxy_state(kInfo, "Unknown command\n"));
  EXPECT_EQ(parse_proxy_state("", kStat)->mark, "");
}

TEST(ProxyState, ToleratesShortRows) {
  const auto state = parse_proxy_state("", "# pxname,svname,status\na\na,b\na,b,UP\n,,\n");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->find("a", "b")->status, "UP");
}

TEST(ProxyVersion, IsTheFirstTwoNumbers) {
  EXPECT_EQ(
      parse_proxy_version("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/"),
      (ProxyVersion{2, 6}));
  EXPECT_EQ(parse_proxy_version("HA-Proxy version 1.8.27 2020/11/06"), (ProxyVersion{1, 8}));
  EXPECT_EQ(parse_proxy_version("HAProxy version 3.2-dev1"), (ProxyVersion{3, 2}));
  for (const char* none : {"", "nginx version: 1.2", "HAProxy version x.y", "HAProxy version 3"}) {
    EXPECT_FALSE(parse_proxy_version(none)) << none;
  }
  EXPECT_LT((ProxyVersion{2, 2}), kFirstProxy);
}

}  // namespace
}  // namespace ollama_gpu
