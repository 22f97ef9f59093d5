// SPDX-License-Identifier: MIT
#include "cli/session.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu::cli {
namespace {

TEST(UserHint, NamesTheUsersManagerAndNoSudo) {
  EXPECT_EQ(hint_for_user("see why: journalctl -u x.service -n 50; then: sudo systemctl restart x"),
            "see why: journalctl --user -u x.service -n 50; then: systemctl --user restart x");
  EXPECT_EQ(hint_for_user("sudo systemctl daemon-reload && sudo systemctl restart x"),
            "systemctl --user daemon-reload && systemctl --user restart x");
  EXPECT_EQ(hint_for_user("try: sudo ollama-gpu configure"), "try: ollama-gpu --user configure");
  EXPECT_EQ(hint_for_user("try: ollama-gpu --user reset"), "try: ollama-gpu --user reset");
}

TEST(UserHint, LeavesOtherWordsAlone) {
  EXPECT_EQ(hint_for_user(""), "");
  EXPECT_EQ(hint_for_user("set HOME"), "set HOME");
  EXPECT_EQ(hint_for_user("run it with sudo"), "");
}

}  // namespace
}  // namespace ollama_gpu::cli
