// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/reachability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ollama_gpu/core/systemd/unit_file.hpp"

namespace ollama_gpu {
namespace {

struct Reach {
  const char* lines;
  const char* host;
  const char* why;  // part of the reason; "": it can be asked
};

class Reachability : public testing::TestWithParam<Reach> {};

TEST_P(Reachability, is_judged_as_systemd_does) {
  const Reach& row = GetParam();
  UnitSnapshot snapshot;
  snapshot.files.push_back(parse_unit_file("/etc/systemd/system/ollama.service",
                                           std::string("[Service]\n") + row.lines));
  const std::string why = why_unreachable(snapshot, row.host);
  if (*row.why == '\0') {
    EXPECT_EQ(why, "");
  } else {
    EXPECT_THAT(why, testing::HasSubstr(row.why));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Reachability,
    testing::Values(
        Reach{"", "127.0.0.1", ""}, Reach{"PrivateNetwork=no\n", "127.0.0.1", ""},
        Reach{"PrivateNetwork=yes\n", "127.0.0.1",
              "network of its own, PrivateNetwork=yes (/etc/sys"},
        Reach{"NetworkNamespacePath=/run/netns/vpn\n", "::1",
              "NetworkNamespacePath=/run/netns/vpn"},
        Reach{"NetworkNamespacePath=/run/netns/vpn\nNetworkNamespacePath=\n", "::1", ""},
        Reach{"IPAddressDeny=any\n", "127.0.0.1",
              "IPAddressDeny=any (/etc/systemd/system/ollama.service:2)"},
        Reach{"IPAddressDeny=any\n", "::1", "IPAddressDeny=any"},
        Reach{"IPAddressDeny=any\nIPAddressAllow=192.168.0.0/16\n", "127.0.0.1",
              "IPAddressDeny=any"},
        Reach{"IPAddressDeny=any\nIPAddressAllow=localhost\n", "127.0.0.1", ""},
        Reach{"IPAddressDeny=any\nIPAddressAllow=localhost\n", "localhost", ""},
        Reach{"IPAddressDeny=any\nIPAddressAllow=127.0.0.0/8\n", "::1", "IPAddressDeny=any"},
        Reach{"IPAddressDeny=any\nIPAddressAllow=192.168.0.0/16 10.1.2.3\n", "10.1.2.3", ""},
        Reach{"IPAddressDeny=any\nIPAddressAllow=192.168.0.0/16 10.1.2.3\n", "10.1.2.4", "any"},
        Reach{"IPAddressDeny=192.168.0.0/16\n", "127.0.0.1", ""},
        Reach{"IPAddressDeny=127.0.0.0/8\nIPAddressDeny=\n", "127.0.0.1", ""},
        Reach{"IPAddressDeny=nonsense 1.2.3.4/x\n", "127.0.0.1", ""},
        Reach{"IPAddressDeny=any\n", "a.name", ""},
        Reach{"IPAddressDeny=link-local\n", "fe80::1%eth0", "IPAddressDeny=link-local"}));

}  // namespace
}  // namespace ollama_gpu
