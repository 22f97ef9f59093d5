// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/drop_in.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

using Random = std::minstd_rand;

constexpr int kCases = 10'000;
constexpr const char* kPath = "/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf";

std::size_t below(Random& random, std::size_t limit) { return random() % limit; }

void append_utf8(std::string& text, unsigned code) {
  const auto put = [&](unsigned byte) {
    text += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

// Text of every plane of Unicode, with much of what a parser may stumble over.
std::string random_value(Random& random) {
  static const std::vector<std::string> kNasty = {
      "\"",          "'",    "\\", "%",    "%%",        "%n",   "%i",   "\\n",      "\\x41",
      "$",           "${A}", "#",  ";",    " ",         "  ",   "\t",   "\n",       "\r",
      "=",           "[",    "]",  "\\\n", "[Service]", "\x01", "\x7f", "\xC2\x85", "\xE2\x80\xA8",
      "\xEF\xBB\xBF"};
  std::string value;
  for (std::size_t left = below(random, 24); left > 0; --left) {
    if (below(random, 2) == 0) {
      value += kNasty[below(random, kNasty.size())];
      continue;
    }
    std::string character;
    append_utf8(character, static_cast<unsigned>(1 + below(random, 0x10FFFF)));
    if (is_valid_utf8(character)) value += character;
  }
  return value;
}

std::string random_name(Random& random) {
  static const std::string kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789";
  std::string name(1, kLetters[below(random, 53)]);
  for (std::size_t left = below(random, 12); left > 0; --left) {
    name += kLetters[below(random, kLetters.size())];
  }
  return name;
}

DropIn random_drop_in(Random& random) {
  DropIn drop_in;
  if (below(random, 3) == 0) drop_in.selector = "0-3,not=2,min-free=20GiB";
  for (std::size_t left = below(random, 6); left > 0; --left) {
    const bool added = below(random, 4) == 0;
    drop_in.put({random_name(random), random_value(random), added ? "because of that" : ""});
  }
  for (std::size_t left = below(random, 3); left > 0; --left) {
    drop_in.unset.push_back(random_name(random) + std::to_string(left));
  }
  static const std::vector<ForeignDirective> kForeign = {
      {"Service", "LimitNOFILE=65536"},   {"Service", "EnvironmentFile=-/etc/default/ollama"},
      {"Unit", "After=nvidia.service"},   {"Service", "ExecStartPre=/bin/sh -c \"echo 'a  b' %%\""},
      {"Install", "WantedBy=gpu.target"}, {"Service", "Environment=\"NAME_OF_THIS_HOST=%H\""}};
  for (std::size_t left = below(random, 3); left > 0; --left) {
    drop_in.foreign.push_back(kForeign[below(random, kForeign.size())]);
  }
  return drop_in;
}

std::string shown(const DropIn& drop_in) { return render_drop_in(drop_in, "ollama.service"); }

TEST(DropInText, ComesBackAsItWasWritten) {
  Random random(1);
  const SpecifierTable specifiers = specifiers_of(*UnitName::parse("ollama"));
  for (int i = 0; i < kCases; ++i) {
    const DropIn written = random_drop_in(random);
    const UnitFile file = parse_unit_file(kPath, shown(written));
    const ReadDropIn read = read_drop_in(file, specifiers);
    ASSERT_TRUE(read.drop_in == written) << shown(written) << shown(read.drop_in);
    ASSERT_FALSE(read.edited_by_hand || read.damaged) << shown(written);
  }
}

TEST(DropInText, GivesEveryValueByteForByte) {
  Random random(2);
  for (int i = 0; i < kCases; ++i) {
    DropIn written;
    for (int left = 4; left > 0; --left) {
      written.put({random_name(random), random_value(random), ""});
    }
    for (const DropInVariable& variable : written.variables) {
      ASSERT_TRUE(check_carriable(variable.name, variable.value));
    }
    const UnitFile file = parse_unit_file(kPath, shown(written));
    ASSERT_THAT(file.problems, IsEmpty());
    const UnitEnvironment merged = merge_environment({file}, {});
    ASSERT_EQ(merged.environment.size(), written.variables.size());
    ASSERT_THAT(merged.dropped, IsEmpty());
    for (std::size_t k = 0; k < written.variables.size(); ++k) {
      ASSERT_EQ(merged.environment[k].name, written.variables[k].name);
      ASSERT_EQ(merged.environment[k].value, written.variables[k].value) << shown(written);
    }
  }
}

TEST(DropInText, OfAnotherVersionIsNotAHandEdit) {
  DropIn drop_in;
  drop_in.put({"A", "1", ""});
  std::string text = shown(drop_in);
  text.replace(text.find("0.1.0"), 5, "0.0.9-rc1");
  EXPECT_FALSE(read_drop_in(parse_unit_file(kPath, text), {}).edited_by_hand);
}

TEST(DropInText, SaysWhoOwnsItAndHowToRemoveIt) {
  DropIn drop_in;
  drop_in.selector = "all";
  drop_in.put({"OLLAMA_SCHED_SPREAD", "1", ""});
  drop_in.put({"CUDA_DEVICE_ORDER", "PCI_BUS_ID", "numeric ids"});
  EXPECT_THAT(shown(drop_in), HasSubstr("sudo ollama-gpu reset --unit ollama.service\n"));
  EXPECT_THAT(shown(drop_in), HasSubstr("# gpus: all\n\n[Service]\n"
                                        "Environment=\"OLLAMA_SCHED_SPREAD=1\"\n"
                                        "# added: numeric ids\n"
                                        "Environment=\"CUDA_DEVICE_ORDER=PCI_BUS_ID\"\n"));
}

struct Edit {
  const char* text;
  std::vector<std::string> variables;
  bool damaged = false;
};

TEST(DropInText, TakesHandEditsOver) {
  const Edit edits[] = {{"[Service]\nEnvironment=A=1 \"B=x y\" 'C=%%'\n", {"A=1", "B=x y", "C=%"}},
                        {"[Service]\nEnvironment=A=1\nEnvironment=A=2\n", {"A=2"}},
                        {"[Service]\nEnvironment=A=1\nEnvironment=\nEnvironment=B=2\n", {"B=2"}},
                        {"[Service]\nEnvironment=A=1 2\n", {"A=1"}, true},
                        {"[Service]\nEnvironment=A=1\n[Broken\nEnvironment=B=2\n", {"A=1"}, true},
                        {"", {}}};
  for (const Edit& edit : edits) {
    const ReadDropIn read = read_drop_in(parse_unit_file(kPath, edit.text), {});
    std::vector<std::string> variables;
    for (const auto& v : read.drop_in.variables) variables.push_back(v.name + "=" + v.value);
    EXPECT_EQ(variables, edit.variables) << edit.text;
    EXPECT_EQ(read.damaged, edit.damaged) << edit.text;
    EXPECT_TRUE(read.edited_by_hand) << edit.text;
  }
}

TEST(DropInText, KeepsWordsWhoseSpecifiersAreNotKnown) {
  const char* text = "[Service]\nEnvironment=A=%H\nEnvironment=B=2\n";
  const ReadDropIn read = read_drop_in(parse_unit_file(kPath, text), {});
  ASSERT_EQ(read.drop_in.variables.size(), 1U);
  ASSERT_EQ(read.drop_in.foreign.size(), 1U);
  EXPECT_EQ(read.drop_in.foreign[0].text, "Environment=A=%H");
  const ReadDropIn known = read_drop_in(parse_unit_file(kPath, text), {{'H', "box"}});
  EXPECT_EQ(known.drop_in.find("A")->value, "box");
}

TEST(Carriable, RefusesWhatSystemdOrExecveDrop) {
  EXPECT_TRUE(check_carriable("A_1", "x"));
  EXPECT_TRUE(check_carriable("A", std::string(kMaxAssignment - 2, 'x')));
  EXPECT_FALSE(check_carriable("A", std::string(kMaxAssignment - 1, 'x')));
  for (const char* name : {"", "1A", "A-B", "A B", "A=B", "\xC3\xA9"}) {
    EXPECT_FALSE(check_carriable(name, "x")) << name;
  }
  EXPECT_FALSE(check_carriable("A", std::string("a\0b", 3)));
  for (const char* value : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xEF\xBF\xBF", "a\xE2\x82"}) {
    EXPECT_FALSE(check_carriable("A", value));
  }
}

}  // namespace
}  // namespace ollama_gpu
