// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/secrets.hpp"

#include <gtest/gtest.h>

#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {
namespace {

TEST(Secrets, AreKnownByTheirNames) {
  for (const char* name :
       {"OPENAI_API_KEY", "hf_token", "MY_SECRET", "AWS_CREDENTIALS", "PGPASSWD", "password"}) {
    EXPECT_TRUE(looks_secret(name)) << name;
  }
  for (const Setting& setting : known_settings()) EXPECT_FALSE(looks_secret(setting.name));
}

TEST(Secrets, MayStandInAUrl) {
  EXPECT_TRUE(gives_secret_away("HTTPS_PROXY", "http://u:p@h:1/x"));
  EXPECT_FALSE(gives_secret_away("HTTPS_PROXY", "http://h:1/x@y"));
  EXPECT_EQ(masked_value("HTTPS_PROXY", "http://u:p@h:1/x"), "http://***@h:1/x");
  EXPECT_EQ(masked_value("HF_TOKEN", "abc"), "***");
  EXPECT_EQ(masked_value("OLLAMA_HOST", "h:1"), "h:1");
}

TEST(Secrets, AreMaskedInADiff) {
  EXPECT_EQ(mask_assignments("+Environment=\"HF_TOKEN=a b\\\" c\"\n Environment=\"A=1\"\n"),
            "+Environment=\"HF_TOKEN=***\"\n Environment=\"A=1\"\n");
  EXPECT_EQ(mask_assignments("-Environment=A=1 MY_KEY=x B=2\n"),
            "-Environment=A=1 MY_KEY=*** B=2\n");
  EXPECT_EQ(mask_assignments("Environment=MY_KEY='x y' B=2"), "Environment=MY_KEY=*** B=2");
  EXPECT_EQ(mask_assignments("Environment=MY_KEY=a=b\nX=1"), "Environment=MY_KEY=***\nX=1");
  EXPECT_EQ(mask_assignments("Environment='MY_KEY=x \"y\"'"), "Environment='MY_KEY=***'");
  EXPECT_EQ(mask_assignments("P=http://u:p@h\nQ=http://h/@\n"), "P=http://***@h\nQ=http://h/@\n");
  EXPECT_EQ(mask_assignments("MY_KEY="), "MY_KEY=***");
  EXPECT_EQ(mask_assignments("MY_KEY=\"open\nX=1"), "MY_KEY=***\nX=1");
  EXPECT_EQ(mask_assignments(""), "");
  EXPECT_EQ(mask_assignments("== = KEY"), "== = KEY");
  EXPECT_EQ(mask_assignments("MY_KEY = \"a b\" oops"), "MY_KEY = *** oops");
  EXPECT_EQ(mask_assignments("A = \"MY_KEY=a b\""), "A = \"MY_KEY=***\"");
}

TEST(Secrets, AreMaskedInABrokenLine) {
  EXPECT_EQ(mask_line("BROKEN_PASSWORD \"x y"), "BROKEN_PASSWORD ***");
  EXPECT_EQ(mask_line("export MY_TOKEN: x"), "export MY_TOKEN: ***");
  EXPECT_EQ(mask_line("Environment=MY_KEY=x OLAMA_DEBUG=1"),
            "Environment=MY_KEY=*** OLAMA_DEBUG=1");
  EXPECT_EQ(mask_line("# the key of MY_KEY"), "# the key of MY_KEY");
  EXPECT_EQ(mask_line("UnsetEnvironment=MY_KEY"), "UnsetEnvironment=MY_KEY");
  EXPECT_EQ(mask_line(""), "");
}

}  // namespace
}  // namespace ollama_gpu
