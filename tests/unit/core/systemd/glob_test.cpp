// SPDX-License-Identifier: MIT
#include "core/systemd/glob.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_files.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Pattern, MatchesAsGlob) {
  struct Case {
    const char* pattern;
    const char* name;
    bool matches;
  };
  const Case cases[] = {{"*", "a", true},
                        {"*", "", true},
                        {"*", ".a", false},
                        {".*", ".a", true},
                        {"?", "ab", false},
                        {"a?c", "abc", true},
                        {"*.env", "x.env", true},
                        {"*.env", "x.envy", false},
                        {"a*b*c", "aXbbYc", true},
                        {"[a-c]x", "bx", true},
                        {"[!a-c]x", "bx", false},
                        {"[^a]x", "bx", true},
                        {"[]a]", "]", true},
                        {"[]", "[]", true},
                        {"[a", "[a", true},
                        {"[a-]", "-", true},
                        {"o[[:digit:]].env", "o1.env", true},
                        {"o[[:digit:]].env", "ox.env", false},
                        {"[![:space:]]", "a", true},
                        {"[\\]]", "]", true},
                        {"[\\]]", "a", false},
                        {"[a\\-c]", "-", true},
                        {"[a\\-c]", "b", false},
                        {"\\*", "*", true},
                        {"\\*", "a", false},
                        {"", "", true},
                        {"", "a", false},
                        {"**", "abc", true},
                        {"a*", "ba", false},
                        {"*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
                        {"[?]", ".", false},
                        {"?a", ".a", false}};
  for (const Case& c : cases) {
    EXPECT_EQ(matches_pattern(c.pattern, c.name), c.matches) << c.pattern << " " << c.name;
  }
}

TEST(Glob, GivesExistingPathsSorted) {
  MemoryFiles files;
  files.file("/etc/b.env", "").file("/etc/a.env", "").file("/etc/x/1/y", "").file("/etc/x/2/y", "");
  EXPECT_THAT(expand_glob(files, "/etc/*.env"), ElementsAre("/etc/a.env", "/etc/b.env"));
  EXPECT_THAT(expand_glob(files, "/etc/x/[12]/y"), ElementsAre("/etc/x/1/y", "/etc/x/2/y"));
  EXPECT_THAT(expand_glob(files, "/etc/a.env/*"), IsEmpty());
  EXPECT_THAT(expand_glob(files, "/nowhere/*"), IsEmpty());
  EXPECT_THAT(expand_glob(files, "/etc/a.env"), ElementsAre("/etc/a.env"));
}

}  // namespace
}  // namespace ollama_gpu
