// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/shell_word.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

TEST(ShellWord, LeavesPlainWordsAlone) {
  for (const char* word :
       {"ollama.service", "/etc/systemd/system/a-b_c.conf", "A=1,2", "ollama@0"}) {
    EXPECT_EQ(shell_word(word), word);
  }
}

TEST(ShellWord, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("a'b"), "'a'\\''b'");
  EXPECT_EQ(shell_word("$(id)"), "'$(id)'");
  EXPECT_EQ(shell_word("`id`"), "'`id`'");
  EXPECT_EQ(shell_word("~root"), "'~root'");
  EXPECT_EQ(shell_word("a;b"), "'a;b'");
  EXPECT_EQ(shell_word("ollama@a\\x2db.service"), "'ollama@a\\x2db.service'");
  EXPECT_EQ(shell_word("{a,b}"), "'{a,b}'");
}

}  // namespace
}  // namespace ollama_gpu
