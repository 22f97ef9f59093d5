// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/linux_host.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

TEST(LinuxHost, knows_the_system_manager) {
  const SpecifierTable table = LinuxHost().specifiers();
  EXPECT_EQ(table.at('t'), "/run");
  EXPECT_EQ(table.at('S'), "/var/lib");
  EXPECT_EQ(table.at('E'), "/etc");
  EXPECT_EQ(table.at('u'), "root");
  EXPECT_EQ(table.at('U'), "0");
  EXPECT_EQ(table.at('h'), "/root");
  EXPECT_EQ(table.at('b').size(), 32U);
  EXPECT_FALSE(table.at('v').empty());
  EXPECT_FALSE(table.at('H').empty());
  EXPECT_EQ(table.at('l'), table.at('H').substr(0, table.at('H').find('.')));
  EXPECT_EQ(table.count('d'), 0U);
  EXPECT_EQ(table.count('D'), 0U);
}

TEST(LinuxHost, knows_its_own_program) {
  const auto program = LinuxHost().own_program();
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->starts_with('/'));
  EXPECT_TRUE(program->ends_with("/system-tests")) << *program;
}

TEST(LinuxHost, an_image_tells_less) {
  const TempDir dir;
  dir.write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n# no more\n");
  dir.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  const LinuxHost host(dir.path());
  const SpecifierTable table = host.specifiers();
  EXPECT_EQ(table.at('o'), "debian");
  EXPECT_EQ(table.at('w'), "12");
  EXPECT_EQ(table.at('B'), "");
  EXPECT_EQ(table.at('m'), "0123456789abcdef0123456789abcdef");
  for (const char letter : {'H', 'l', 'b', 'v', 'a', 'q'}) {
    EXPECT_EQ(table.count(letter), 0U) << letter;
  }
  EXPECT_FALSE(host.systemd_running());
}

TEST(LinuxHost, an_image_without_an_id_yet) {
  const TempDir dir;
  dir.write("etc/machine-id", "uninitialized\n");
  const SpecifierTable table = LinuxHost(dir.path()).specifiers();
  EXPECT_EQ(table.count('m'), 0U);
  EXPECT_EQ(table.count('o'), 0U);
}

TEST(LinuxHost, an_image_s_links_stay_inside) {
  const TempDir dir;
  dir.write("usr/lib/os-release", "ID=inside\n");
  dir.link("/usr/lib/os-release", "etc/os-release");
  dir.link("../../../../../../etc/machine-id", "etc/machine-id");
  const SpecifierTable table = LinuxHost(dir.path()).specifiers();
  EXPECT_EQ(table.at('o'), "inside");
  EXPECT_EQ(table.count('m'), 0U);
}

TEST(LinuxHost, knows_the_user_s_manager) {
  setenv("HOME", "/home/someone", 1);
  setenv("XDG_RUNTIME_DIR", "/run/user/1234", 1);
  unsetenv("XDG_CONFIG_HOME");
  setenv("XDG_CACHE_HOME", "/var/cache/someone", 1);
  const SpecifierTable table = LinuxHost("", LinuxHost::Manager::user).specifiers();
  EXPECT_EQ(table.at('h'), "/home/someone");
  EXPECT_EQ(table.at('t'), "/run/user/1234");
  EXPECT_EQ(table.at('E'), "/home/someone/.config");
  EXPECT_EQ(table.at('C'), "/var/cache/someone");
  EXPECT_EQ(table.at('U'), std::to_string(getuid()));
}

TEST(LinuxHost, knows_us) {
  const LinuxHost host;
  EXPECT_EQ(host.is_root(), geteuid() == 0);
  EXPECT_EQ(host.user_id(), geteuid());
  EXPECT_EQ(host.group_id(), getegid());
}

}  // namespace
}  // namespace ollama_gpu
