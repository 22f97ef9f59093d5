// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <random>

#include "ollama_gpu/core/ollama/ollama_host.hpp"

namespace ollama_gpu {
namespace {

struct Row {
  const char* text;
  const char* endpoint;
  bool valid = true;
};

class OllamaHost : public testing::TestWithParam<Row> {};

TEST_P(OllamaHost, IsReadAsOllamaReadsIt) {
  const HostSetting setting = parse_ollama_host(GetParam().text);
  EXPECT_EQ(setting.endpoint.text(), GetParam().endpoint) << GetParam().text;
  EXPECT_EQ(setting.valid, GetParam().valid) << GetParam().text;
}

// Ollama's envconfig/config_test.go, TestHost, and more.
INSTANTIATE_TEST_SUITE_P(
    Table, OllamaHost,
    testing::Values(
        Row{"", "127.0.0.1:11434"}, Row{"1.2.3.4", "1.2.3.4:11434"}, Row{":1234", ":1234"},
        Row{"1.2.3.4:1234", "1.2.3.4:1234"}, Row{"example.com", "example.com:11434"},
        Row{"example.com:1234", "example.com:1234"}, Row{":0", ":0"},
        Row{":66000", ":11434", false}, Row{":-1", ":11434", false}, Row{"[::1]", "[::1]:11434"},
        Row{"[::]", "[::]:11434"}, Row{"::1", "[::1]:11434"}, Row{"[::1]:1337", "[::1]:1337"},
        Row{" 1.2.3.4 ", "1.2.3.4:11434"}, Row{"\"1.2.3.4\"", "1.2.3.4:11434"},
        Row{"\" 1.2.3.4 \"", "1.2.3.4:11434"}, Row{"'1.2.3.4'", "1.2.3.4:11434"},
        Row{"http://1.2.3.4", "1.2.3.4:80"}, Row{"http://1.2.3.4:4321", "1.2.3.4:4321"},
        Row{"https://1.2.3.4", "1.2.3.4:443"}, Row{"https://1.2.3.4:4321", "1.2.3.4:4321"},
        Row{"http://example.com/ollama", "example.com:80"},
        Row{"https://example.com:8443/a/b", "example.com:8443"},
        Row{"example.com:80/x", "example.com:80"}, Row{"ollama.com", "ollama.com:443"},
        Row{"0.0.0.0", "0.0.0.0:11434"}, Row{"0.0.0.0:", "0.0.0.0:11434", false},
        Row{"0.0.0.0:99999", "0.0.0.0:11434", false}, Row{"host:http", "host:11434", false},
        Row{"foo://h", "h:11434"}, Row{"h:+80", "h:80"}, Row{"h:080", "h:80"},
        Row{"0:0:0:0:0:0:0:1", "[::1]:11434"}, Row{"2001:DB8::0:1", "[2001:db8::1]:11434"},
        Row{"::ffff:1.2.3.4", "1.2.3.4:11434"}, Row{"1:0:0:2:0:0:0:3", "[1:0:0:2::3]:11434"},
        Row{"[::1", "[::1]:11434"}));

TEST(Endpoint, IsAskedOnLoopbackWhereItListensEverywhere) {
  EXPECT_EQ(parse_ollama_host("0.0.0.0").endpoint.connectable().text(), "127.0.0.1:11434");
  EXPECT_EQ(parse_ollama_host(":8080").endpoint.connectable().text(), "127.0.0.1:8080");
  EXPECT_EQ(parse_ollama_host("[::]").endpoint.connectable().text(), "[::1]:11434");
  EXPECT_EQ(parse_ollama_host("[0::0]:99").endpoint.connectable().text(), "[::1]:99");
  EXPECT_EQ(parse_ollama_host("10.0.0.7").endpoint.connectable().text(), "10.0.0.7:11434");
}

TEST(OllamaHostAtRandom, NeverLeavesThePortRange) {
  constexpr std::string_view kLetters = "0123456789abf:.[]/%-+ h";
  std::minstd_rand random(99);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = random() % 24U; length > 0; --length) {
      text += kLetters[random() % kLetters.size()];
    }
    const HostSetting setting = parse_ollama_host(text);
    // What is shown is read back as the same place.
    if (setting.endpoint.host.find_first_of("[]/%+ ") == std::string::npos) {
      EXPECT_EQ(parse_ollama_host(setting.endpoint.text()).endpoint.port, setting.endpoint.port)
          << text;
    }
  }
}

}  // namespace
}  // namespace ollama_gpu
