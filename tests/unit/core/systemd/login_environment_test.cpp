// SPDX-License-Identifier: MIT
// The variables that systemd sets for the service's user.
#include <gtest/gtest.h>

#include "memory_files.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {
namespace {

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "ollama:x:994:994::/usr/share/ollama:/bin/false\n"
    "me:x:1000:1000:Me:/home/me:/bin/zsh\n"
    "bare:x:1001:1001::/:/usr/sbin/nologin\n";

// NAME=VALUE of HOME, LOGNAME, SHELL and USER, in that order, as far as they are set.
std::string login(const std::string& service, unsigned version = 252) {
  MemoryFiles files;
  files.file("/etc/passwd", kPasswd);
  files.file("/etc/systemd/system/x@.service", "[Service]\nExecStart=/x\n" + service);
  SnapshotInput input{system_search_path()};
  input.systemd_version = version;
  const auto snapshot = take_snapshot(files, input, *UnitName::parse("x@me"));
  std::string text;
  if (!snapshot) return "no snapshot";
  for (const char* name : {"HOME", "LOGNAME", "SHELL", "USER"}) {
    const auto found = snapshot->effective.variables.find(name);
    if (found == snapshot->effective.variables.end()) continue;
    text += (text.empty() ? "" : " ") + std::string(name) + "=" + found->second.value;
  }
  return text;
}

TEST(LoginEnvironment, FollowsTheUser) {
  EXPECT_EQ(login(""), "");
  EXPECT_EQ(login("User=me\n"), "HOME=/home/me LOGNAME=me SHELL=/bin/zsh USER=me");
  EXPECT_EQ(login("User=%i\n"), "HOME=/home/me LOGNAME=me SHELL=/bin/zsh USER=me");
  EXPECT_EQ(login("User=994\n"), "HOME=/usr/share/ollama LOGNAME=ollama USER=ollama");
  EXPECT_EQ(login("User=bare\n"), "LOGNAME=bare USER=bare");
  EXPECT_EQ(login("User=stranger\n"), "");
  EXPECT_EQ(login("User=me\nUser=\n"), "");
}

TEST(LoginEnvironment, IsBeatenByTheUnitsOwn) {
  EXPECT_EQ(login("User=ollama\nEnvironment=HOME=/srv\n"), "HOME=/srv LOGNAME=ollama USER=ollama");
  EXPECT_EQ(login("User=ollama\nDynamicUser=yes\n"), "LOGNAME=ollama USER=ollama");
}

TEST(LoginEnvironment, CanBeAskedForFrom256On) {
  EXPECT_EQ(login("SetLoginEnvironment=yes\n", 252), "");
  EXPECT_EQ(login("SetLoginEnvironment=yes\n", 257),
            "HOME=/root LOGNAME=root SHELL=/bin/bash USER=root");
  EXPECT_EQ(login("User=me\nSetLoginEnvironment=no\n", 257), "");
  EXPECT_EQ(login("User=me\nSetLoginEnvironment=no\n", 255),
            "HOME=/home/me LOGNAME=me SHELL=/bin/zsh USER=me");
}

}  // namespace
}  // namespace ollama_gpu
