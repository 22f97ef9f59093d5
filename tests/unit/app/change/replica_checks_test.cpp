// SPDX-License-Identifier: MIT
// What must be so before several servers are set up, where no test machine has it.
#include "app/change/replica_checks.hpp"

#include <gmock/gmock.h>

#include "app/world.hpp"

namespace ollama_gpu::app {
namespace {

using ::testing::HasSubstr;

class Proxy : public World {
 public:
  Result<std::string> find() {
    auto now = context();
    return find_proxy(now);
  }
};

TEST(ReplicaChecks, NeedsHaproxy) {
  Proxy world;
  const auto found = world.find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::not_found);
  EXPECT_THAT(found.error().hint, HasSubstr("apt-get install haproxy"));
}

TEST(ReplicaChecks, NeedsOneThatIsNewEnough) {
  Proxy world;
  world.entry.installed = "/usr/sbin/haproxy";
  for (const char* line : {"HA-Proxy version 1.8.27", "HAProxy version 2.2.9", "nonsense", ""}) {
    world.entry.says = line;
    const auto found = world.find();
    ASSERT_FALSE(found) << line;
    EXPECT_EQ(found.error().code, Errc::conflict) << line;
    EXPECT_THAT(found.error().message, HasSubstr("2.4 or later")) << line;
  }
  world.entry.says = "HAProxy version 2.6.12-1+deb12u4 2026/10/17";
  ASSERT_TRUE(world.find());
  EXPECT_EQ(*world.find(), "/usr/sbin/haproxy");
}

struct Policy {
  const char* enforce;
  const char* boolean;  // null: the policy has none
  bool allowed;
};

TEST(ReplicaChecks, SelinuxMustLetItConnect) {
  for (const Policy& policy : {Policy{"1", "0 0", false}, Policy{"1", "1 1", true},
                               Policy{"0", "0 0", true}, Policy{"1", nullptr, true}}) {
    Proxy world;
    world.entry.installed = "/usr/sbin/haproxy";
    world.entry.says = "HAProxy version 3.0.11";
    world.files.put("/sys/fs/selinux/enforce", policy.enforce);
    if (policy.boolean != nullptr) {
      world.files.put("/sys/fs/selinux/booleans/haproxy_connect_any", policy.boolean);
    }
    const auto found = world.find();
    EXPECT_EQ(found.has_value(), policy.allowed);
    if (found) continue;
    EXPECT_EQ(found.error().code, Errc::conflict);
    EXPECT_THAT(found.error().hint, HasSubstr("setsebool -P haproxy_connect_any on"));
  }
}

TEST(ReplicaChecks, AnImageIsLookedAtInItsTree) {
  Proxy world;
  world.options.root = "/mnt/image";
  ASSERT_FALSE(world.find());
  EXPECT_THAT(world.find().error().message, HasSubstr("not there below /mnt/image"));
  world.files.put("/usr/sbin/haproxy", "a program");
  EXPECT_EQ(*world.find(), "/usr/sbin/haproxy");
}

}  // namespace
}  // namespace ollama_gpu::app
