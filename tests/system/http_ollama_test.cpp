// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/ollama/http_ollama.hpp"

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
using Seconds = HttpOllama::Seconds;

constexpr Seconds kTimeout{5};

Result<std::string> version_from(const std::string& reply) {
  const HttpServer server(HttpServer::reply(reply));
  return HttpOllama(anybody).version(at(server.endpoint()), kTimeout);
}

TEST(HttpOllama, asks_for_the_version) {
  std::string request;
  const HttpServer server([&request](int fd, const std::string& text) {
    request = text;
    HttpServer::reply(HttpServer::ok(R"({"version":"0.12.3"})"))(fd, text);
  });
  HttpOllama ollama(anybody);
  EXPECT_EQ(ollama.version(at(server.endpoint()), kTimeout), "0.12.3");
  EXPECT_THAT(request, HasSubstr("GET /api/version HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Host: 127.0.0.1:"));
  // Every question on a connection of its own.
  EXPECT_EQ(ollama.version(at(server.endpoint()), kTimeout), "0.12.3");
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpOllama, ignores_proxies) {
  const HttpServer server(HttpServer::reply(HttpServer::ok(R"({"version":"1"})")));
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  EXPECT_EQ(HttpOllama(anybody).version(at(server.endpoint()), kTimeout), "1");
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

TEST(HttpOllama, lists_loaded_models) {
  const HttpServer server(HttpServer::reply(HttpServer::ok(R"({"models":[
    {"name":"a:70b","size":43000000000,"size_vram":42000000000,"context_length":4096,
     "expires_at":"2318-12-22T10:00:00.123456789+08:00"},
    {"model":"b","size":-1,"size_vram":"many","expires_at":"yesterday"}, 7, null]})")));
  const auto models = HttpOllama(anybody).loaded(at(server.endpoint()), kTimeout);
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
  const auto models = HttpOllama(anybody).loaded(at(server.endpoint()), kTimeout);
  return models && models->size() == 1 ? models->front().expires_in : -1e9;
}

TEST(HttpOllama, counts_the_time_that_is_left) {
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

TEST(HttpOllama, lists_installed_models) {
  const HttpServer server(HttpServer::reply(
      HttpServer::ok(R"({"models":[{"name":"a","size":5,"details":{"family":"llama"}},)"
                     R"({"name":"b","remote_host":"https://ollama.com:443"}]})")));
  const auto models = HttpOllama(anybody).installed(at(server.endpoint()), kTimeout);
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ(models->front().remote_host, "");
  EXPECT_EQ(models->back().remote_host, "https://ollama.com:443");
  EXPECT_EQ(models->front().name, "a");
  EXPECT_EQ(models->front().size, 5U);
  EXPECT_EQ(models->front().architecture, "llama");
  EXPECT_EQ(models->back().architecture, "");
  const HttpServer none(HttpServer::reply(HttpServer::ok(R"({"models":null})")));
  EXPECT_THAT(*HttpOllama(anybody).installed(at(none.endpoint()), kTimeout), IsEmpty());
}

Result<std::optional<ModelShape>> shape_from(const std::string& body) {
  const HttpServer server(HttpServer::reply(HttpServer::ok(body)));
  return HttpOllama(anybody).shape(at(server.endpoint()), "a", kTimeout);
}

TEST(HttpOllama, reads_what_the_context_takes) {
  const auto shape =
      shape_from(R"({"model_info":{"general.architecture":"qwen3","qwen3.block_count":64,)"
                 R"("qwen3.attention.head_count":64,"qwen3.attention.head_count_kv":8,)"
                 R"("qwen3.embedding_length":5120,"qwen3.context_length":40960}})");
  ASSERT_TRUE(shape && *shape);
  EXPECT_EQ((*shape)->layers, 64U);
  EXPECT_EQ((*shape)->kv_heads, 8U);
  EXPECT_EQ((*shape)->head_size, 80U);
  EXPECT_EQ((*shape)->trained_context, 40960U);
}

// Counts that differ by layer come as an empty array, and a model for embeddings may have none.
TEST(HttpOllama, knows_no_shape_where_the_figures_are_missing) {
  for (
      const char* body :
      {"{}", R"({"model_info":7})", R"({"model_info":{}})",
       R"({"model_info":{"general.architecture":"a","a.block_count":1,"a.attention.head_count":2,)"
       R"("a.attention.head_count_kv":[],"a.embedding_length":64}})",
       R"({"model_info":{"general.architecture":"a","a.block_count":-1,"a.attention.head_count":0,)"
       R"("a.attention.head_count_kv":1}})"}) {
    const auto shape = shape_from(body);
    ASSERT_TRUE(shape) << body;
    EXPECT_FALSE(*shape) << body;
  }
  EXPECT_FALSE(shape_from("[]"));
}

TEST(HttpOllama, nobody_listens) {
  Endpoint gone;
  {
    const HttpServer server(HttpServer::reply(""));
    gone = server.endpoint();
  }
  const auto version = HttpOllama(anybody).version(at(gone), kTimeout);
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::not_found);
}

TEST(HttpOllama, answers_that_are_none) {
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

TEST(HttpOllama, http_errors_tell_their_reason) {
  const auto version =
      version_from("HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n{\"error\":\"no \\n\"}");
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::failed);
  EXPECT_THAT(version.error().message, HasSubstr("HTTP status 403 (no  )"));
  const auto moved = version_from(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(moved.error().message, HasSubstr("HTTP status 302"));
}

TEST(HttpOllama, too_large_an_answer_is_given_up) {
  const std::string large(10U << 20U, ' ');
  EXPECT_THAT(version_from(HttpServer::ok(large)).error().message, HasSubstr("4 MiB"));
  // Without a length beforehand, too.
  const auto endless = version_from("HTTP/1.1 200 OK\r\n\r\n" + large);
  EXPECT_THAT(endless.error().message, HasSubstr("4 MiB"));
}

TEST(HttpOllama, nesting_without_end_does_no_harm) {
  EXPECT_FALSE(version_from(HttpServer::ok(std::string(1U << 20U, '['))));
  std::string deep = "{\"version\":\"1\",\"x\":";
  deep.append(200'000, '[').append(200'000, ']').append("}");
  EXPECT_FALSE(version_from(HttpServer::ok(deep)));
  const std::string brackets = R"({"version":"1","x":")" + std::string(200, '[') + R"(\"[{"})";
  EXPECT_EQ(version_from(HttpServer::ok(brackets)), "1");
}

TEST(HttpOllama, an_answer_in_drops_arrives) {
  const HttpServer server([](int fd, const std::string&) {
    for (const char byte : HttpServer::ok(R"({"version":"0.9"})")) {
      if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  EXPECT_EQ(HttpOllama(anybody).version(at(server.endpoint()), kTimeout), "0.9");
}

TEST(HttpOllama, an_answer_that_never_ends_times_out) {
  std::atomic<bool> stop = false;
  const HttpServer server([&stop](int fd, const std::string&) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    send(fd, head.data(), head.size(), MSG_NOSIGNAL);
    while (!stop && send(fd, "1\r\n \r\n", 6, MSG_NOSIGNAL) == 6) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  const auto start = std::chrono::steady_clock::now();
  const auto version = HttpOllama(anybody).version(at(server.endpoint()), Seconds(0.3));
  stop = true;
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::failed);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

TEST(HttpOllama, no_answer_times_out) {
  const HttpServer server(
      [](int, const std::string&) { std::this_thread::sleep_for(std::chrono::milliseconds(600)); });
  const auto version = HttpOllama(anybody).version(at(server.endpoint()), Seconds(0.2));
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Errc::failed);
  EXPECT_THAT(version.error().message, HasSubstr("no answer in time"));
}

TEST(HttpOllama, a_host_can_hold_anything) {
  for (const char* host : {"evil/x@y", "a b", "x?y", "127.0.0.1#", "a\r\nb"}) {
    EXPECT_EQ(HttpOllama(anybody).version(at({host, 1}), kTimeout).error().code, Errc::failed)
        << host;
  }
}

// Another's server is never asked: the connection is closed before a byte is sent.
TEST(HttpOllama, sends_nothing_to_who_does_not_hold_the_other_end) {
  std::atomic<bool> asked = false;
  const HttpServer server([&asked](int, const std::string& request) { asked = !request.empty(); });
  std::string group;
  HttpOllama ollama([&group](int fd, const std::string& control_group) -> Result<void> {
    EXPECT_GE(fd, 0);
    group = control_group;
    return fail(Errc::conflict, "it is another's");
  });
  for (int i = 0; i < 20; ++i) {
    const auto version = ollama.version(at(server.endpoint()), kTimeout);
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().code, Errc::conflict);
    EXPECT_THAT(version.error().message, HasSubstr("it is another's"));
    EXPECT_FALSE(ollama.load(at(server.endpoint()), "a", {}, [](Seconds) { return true; }));
  }
  EXPECT_EQ(group, "/a.service");
  EXPECT_FALSE(asked);
}

TEST(HttpOllama, a_connection_that_is_cut_off_is_no_answer) {
  const HttpServer server([](int fd, const std::string&) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{";
    send(fd, head.data(), head.size(), MSG_NOSIGNAL);
  });
  const auto version = HttpOllama(anybody).version(at(server.endpoint()), kTimeout);
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().message, HasSubstr("cut off"));
}

}  // namespace
}  // namespace ollama_gpu
