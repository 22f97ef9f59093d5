// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/ollama/curl_ollama.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <ctime>

#include "http_server.hpp"

namespace ollama_gpu {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using Seconds = CurlOllama::Seconds;

constexpr Seconds kTimeout{5};

Result<std::string> version_from(const std::string& reply) {
  const HttpServer server(HttpServer::reply(reply));
  return CurlOllama().version(server.endpoint(), kTimeout);
}

TEST(CurlOllama, may_be_prepared_and_then_not_asked) {
  CurlOllama prepared;
  prepared.prepare();
  prepared.prepare();
  CurlOllama missing("libno-such-library.so.1");
  missing.prepare();
  EXPECT_FALSE(missing.version({"127.0.0.1", 1}, kTimeout));
}

TEST(CurlOllama, asks_for_the_version) {
  std::string request;
  const HttpServer server([&request](int fd, const std::string& text) {
    request = text;
    HttpServer::reply(HttpServer::ok(R"({"version":"0.12.3"})"))(fd, text);
  });
  CurlOllama ollama;
  EXPECT_EQ(ollama.version(server.endpoint(), kTimeout), "0.12.3");
  EXPECT_THAT(request, HasSubstr("GET /api/version HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Host: 127.0.0.1:"));
  // Every question on a connection of its own.
  EXPECT_EQ(ollama.version(server.endpoint(), kTimeout), "0.12.3");
  EXPECT_EQ(server.connections(), 2);
}

TEST(CurlOllama, ignores_proxies) {
  const HttpServer server(HttpServer::reply(HttpServer::ok(R"({"version":"1"})")));
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  EXPECT_EQ(CurlOllama().version(server.endpoint(), kTimeout), "1");
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

TEST(CurlOllama, lists_loaded_models) {
  const HttpServer server(HttpServer::reply(HttpServer::ok(R"({"models":[
    {"name":"a:70b","size":43000000000,"size_vram":42000000000,"context_length":4096,
     "expires_at":"2318-12-22T10:00:00.123456789+08:00"},
    {"model":"b","size":-1,"size_vram":"many","expires_at":"yesterday"}, 7, null]})")));
  const auto models = CurlOllama().loaded(server.endpoint(), kTimeout);
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ(models->at(0).name, "a:70b");
  EXPECT_EQ(models->at(0).size, 43'000'000'000U);
  EXPECT_EQ(models->at(0).size_vram, 42'000'000'000U);
  EXPECT_EQ(models->at(0).context_length, 4096U);
  EXPECT_EQ(models->at(0).expires_in, std::nullopt);
  EXPECT_EQ(models->at(1).name, "b");
  EXPECT_EQ(models->at(1).size, 0U);
  EXPECT_THAT(models->at(1).expires_in, Optional(0.0));
}

std::optional<double> expires_in(const std::string& time) {
  const HttpServer server(HttpServer::reply(
      HttpServer::ok(R"({"models":[{"name":"a","expires_at":")" + time + "\"}]}")));
  const auto models = CurlOllama().loaded(server.endpoint(), kTimeout);
  return models && models->size() == 1 ? models->front().expires_in : -1e9;
}

TEST(CurlOllama, counts_the_time_that_is_left) {
  const std::time_t soon = std::time(nullptr) + 300;
  std::tm parts{};
  gmtime_r(&soon, &parts);
  char utc[32];
  std::strftime(utc, sizeof utc, "%Y-%m-%dT%H:%M:%S", &parts);
  EXPECT_THAT(expires_in(std::string(utc) + "Z"), Optional(DoubleNear(300, 3)));
  EXPECT_THAT(expires_in(std::string(utc) + ".5Z"), Optional(DoubleNear(300, 3)));
  EXPECT_THAT(expires_in(std::string(utc) + "+02:00"), Optional(DoubleNear(300 - 7200, 3)));
  EXPECT_THAT(expires_in(std::string(utc) + "-00:30"), Optional(DoubleNear(300 + 1800, 3)));
  EXPECT_EQ(expires_in("2999-01-01T00:00:00Z"), std::nullopt);
  EXPECT_LT(expires_in("0001-01-01T00:00:00Z").value_or(0), -6e10);
}

TEST(CurlOllama, lists_installed_models) {
  const HttpServer server(
      HttpServer::reply(HttpServer::ok(R"({"models":[{"name":"a","size":5}]})")));
  const auto models = CurlOllama().installed(server.endpoint(), kTimeout);
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 1U);
  EXPECT_EQ(models->front().name, "a");
  EXPECT_EQ(models->front().size, 5U);
  const HttpServer none(HttpServer::reply(HttpServer::ok(R"({"models":null})")));
  EXPECT_THAT(*CurlOllama().installed(none.endpoint(), kTimeout), IsEmpty());
}

TEST(CurlOllama, nobody_listens) {
  Endpoint gone;
  {
    const HttpServer server(HttpServer::reply(""));
    gone = server.endpoint();
  }
  const auto version = CurlOllama().version(gone, kTimeout);
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::not_found);
}

TEST(CurlOllama, answers_that_are_none) {
  for (const char* body :
       {"", "hello", "[1]", "{\"version\":7}", "{\"version\":\"1\"", "null", "\xff\xfe", "{}"}) {
    const auto version = version_from(HttpServer::ok(body));
    ASSERT_FALSE(version) << body;
    EXPECT_EQ(version.error().code, Errc::failed);
  }
  EXPECT_THAT(version_from(HttpServer::ok("hello")).error().message, HasSubstr("\"hello\""));
  EXPECT_EQ(version_from("").error().code, Errc::failed);
  EXPECT_EQ(version_from("SSH-2.0-OpenSSH_9.2\r\n").error().code, Errc::failed);
}

TEST(CurlOllama, http_errors_tell_their_reason) {
  const auto version =
      version_from("HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n{\"error\":\"no \\n\"}");
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::failed);
  EXPECT_THAT(version.error().message, HasSubstr("HTTP status 403 (no  )"));
  const auto moved = version_from(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(moved.error().message, HasSubstr("HTTP status 302"));
}

TEST(CurlOllama, too_large_an_answer_is_given_up) {
  const std::string large(10U << 20U, ' ');
  EXPECT_THAT(version_from(HttpServer::ok(large)).error().message, HasSubstr("4 MiB"));
  // Without a length beforehand, too.
  const auto endless = version_from("HTTP/1.1 200 OK\r\n\r\n" + large);
  EXPECT_THAT(endless.error().message, HasSubstr("4 MiB"));
}

TEST(CurlOllama, nesting_without_end_does_no_harm) {
  EXPECT_FALSE(version_from(HttpServer::ok(std::string(1U << 20U, '['))));
  std::string deep = "{\"version\":\"1\",\"x\":";
  deep.append(200'000, '[').append(200'000, ']').append("}");
  EXPECT_FALSE(version_from(HttpServer::ok(deep)));
  const std::string brackets = R"({"version":"1","x":")" + std::string(200, '[') + R"(\"[{"})";
  EXPECT_EQ(version_from(HttpServer::ok(brackets)), "1");
}

TEST(CurlOllama, an_answer_in_drops_arrives) {
  const HttpServer server([](int fd, const std::string&) {
    for (const char byte : HttpServer::ok(R"({"version":"0.9"})")) {
      if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  EXPECT_EQ(CurlOllama().version(server.endpoint(), kTimeout), "0.9");
}

TEST(CurlOllama, an_answer_that_never_ends_times_out) {
  std::atomic<bool> stop = false;
  const HttpServer server([&stop](int fd, const std::string&) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    send(fd, head.data(), head.size(), MSG_NOSIGNAL);
    while (!stop && send(fd, "1\r\n \r\n", 6, MSG_NOSIGNAL) == 6) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  const auto start = std::chrono::steady_clock::now();
  const auto version = CurlOllama().version(server.endpoint(), Seconds(0.3));
  stop = true;
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::failed);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

TEST(CurlOllama, no_answer_times_out) {
  const HttpServer server(
      [](int, const std::string&) { std::this_thread::sleep_for(std::chrono::milliseconds(600)); });
  const auto version = CurlOllama().version(server.endpoint(), Seconds(0.2));
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::failed);
  EXPECT_THAT(version.error().message, HasSubstr("Timeout"));
}

TEST(CurlOllama, a_host_can_hold_anything) {
  for (const char* host : {"evil/x@y", "a b", "x?y", "127.0.0.1#", "a\r\nb"}) {
    EXPECT_EQ(CurlOllama().version({host, 1}, kTimeout).error().code, Errc::failed) << host;
  }
}

TEST(CurlOllama, a_missing_library_is_named) {
  const auto version = CurlOllama("libcurl-none.so").version({"127.0.0.1", 1}, kTimeout);
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::failed);
  EXPECT_THAT(version.error().hint, HasSubstr("libcurl4"));
  EXPECT_FALSE(CurlOllama("libc.so.6").version({"127.0.0.1", 1}, kTimeout));
}

}  // namespace
}  // namespace ollama_gpu
