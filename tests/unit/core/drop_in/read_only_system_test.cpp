// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/read_only_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::Not;

const Error kRefusal{Errc::conflict, "cannot write to /etc: Read-only file system", "", {}, 0};

DropIn spread() {
  DropIn wanted;
  wanted.put({"OLLAMA_SCHED_SPREAD", "1"});
  wanted.put({"OLLAMA_ORIGINS", "a\"b\\c${d}$e"});
  return wanted;
}

TEST(OsReleaseText, IsReadWithItsQuotes) {
  const OsRelease os = parse_os_release(
      "NAME=NixOS\nID=nixos\n# VARIANT_ID=no\nPRETTY_NAME=\"NixOS 26.05 (Yarara)\"\n"
      "VARIANT_ID='installer'\n");
  EXPECT_EQ(os.id, "nixos");
  EXPECT_EQ(os.variant_id, "installer");
  EXPECT_EQ(os.pretty_name, "NixOS 26.05 (Yarara)");
}

TEST(OsReleaseText, MayBeMissing) { EXPECT_EQ(parse_os_release("").id, ""); }

TEST(ReadOnlySystem, NixosIsNamedWithItsOwnSetting) {
  const Error error =
      explain_read_only(kRefusal, {"nixos", "", "NixOS 26.05"}, "/etc/systemd/system", spread());
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, HasSubstr("NixOS 26.05 generates the files below"));
  EXPECT_THAT(error.hint,
              HasSubstr("services.ollama.environmentVariables = { OLLAMA_SCHED_SPREAD = \"1\"; "
                        R"(OLLAMA_ORIGINS = "a\"b\\c\${d}$e"; };)"));
}

TEST(ReadOnlySystem, SnapsHaveTheirOwnSettings) {
  const Error error =
      explain_read_only(kRefusal, {"ubuntu-core", "", "Ubuntu Core 24"}, "/etc", {});
  EXPECT_THAT(error.message, HasSubstr("Ubuntu Core 24"));
  EXPECT_THAT(error.hint, HasSubstr("snap set ollama"));
}

TEST(ReadOnlySystem, OthersAreSentToTheirImage) {
  const Error error = explain_read_only(kRefusal, {"debian", "", "Debian 12"}, "/etc/d", spread());
  EXPECT_THAT(error.message, HasSubstr("this Debian 12 keeps it read-only"));
  EXPECT_THAT(error.hint, HasSubstr("--root DIR"));
  EXPECT_THAT(error.hint, HasSubstr("/etc/d writable"));
  EXPECT_THAT(explain_read_only(kRefusal, {}, "/etc", {}).message, Not(HasSubstr("this ")));
}

}  // namespace
}  // namespace ollama_gpu
