// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_name.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

struct Accepted {
  std::string text;
  std::string id;
  std::string prefix;
  std::string instance;
  std::string template_name;
};

class AcceptedName : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedName, IsTakenApart) {
  const Result<UnitName> name = UnitName::parse(GetParam().text);
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(name->id(), GetParam().id);
  EXPECT_EQ(name->prefix(), GetParam().prefix);
  EXPECT_EQ(name->instance(), GetParam().instance);
  EXPECT_EQ(name->template_name(), GetParam().template_name);
  EXPECT_EQ(name->is_instance(), !GetParam().template_name.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Rules, AcceptedName,
    testing::Values(Accepted{"ollama", "ollama.service", "ollama", "", ""},
                    Accepted{"ollama.service", "ollama.service", "ollama", "", ""},
                    Accepted{"ollama@gpu0", "ollama@gpu0.service", "ollama", "gpu0",
                             "ollama@.service"},
                    Accepted{"a@b@c.service", "a@b@c.service", "a", "b@c", "a@.service"},
                    Accepted{"a.b", "a.b.service", "a.b", "", ""},
                    Accepted{"a:b-c_d\\x2d", "a:b-c_d\\x2d.service", "a:b-c_d\\x2d", "", ""},
                    Accepted{"a@.x", "a@.x.service", "a", ".x", "a@.service"},
                    Accepted{"-a-", "-a-.service", "-a-", "", ""},
                    Accepted{std::string(247, 'x'), std::string(247, 'x') + ".service",
                             std::string(247, 'x'), "", ""}));

class RefusedName : public testing::TestWithParam<std::string> {};

TEST_P(RefusedName, IsAUsageErrorWithAHint) {
  const Result<UnitName> name = UnitName::parse(GetParam());
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, Errc::usage);
  EXPECT_FALSE(name.error().hint.empty());
}

INSTANTIATE_TEST_SUITE_P(Rules, RefusedName,
                         testing::Values("", ".service", "../../etc/passwd", "a/b", "ollama.socket",
                                         "ollama.timer", "a b", "a*", "\xC3\xA9", "@x", "ollama@",
                                         "ollama@.service", "a\nb", "a%b", std::string(248, 'x')));

struct Escaped {
  const char* text;
  const char* expected;
};

class UnescapedName : public testing::TestWithParam<Escaped> {};

TEST_P(UnescapedName, ReadsBack) {
  EXPECT_EQ(unescape_unit_name(GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Rules, UnescapedName,
                         testing::Values(Escaped{"", ""}, Escaped{"a-b", "a/b"},
                                         Escaped{"a\\x2db", "a-b"}, Escaped{"\\x5C", "\\"},
                                         Escaped{"a@b.c", "a@b.c"}, Escaped{"bad\\q-x", "bad\\q-x"},
                                         Escaped{"short\\x2", "short\\x2"}));

}  // namespace
}  // namespace ollama_gpu
