// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Kind = SettingChange::Kind;
using Lines = std::vector<std::string>;
using Selection = std::optional<SelectionVariables>;

const SelectionVariables kTwoOfFour = {{"CUDA_VISIBLE_DEVICES", "0,1", "the GPUs", false},
                                       {"CUDA_DEVICE_ORDER", "PCI_BUS_ID", "numeric ids", true},
                                       {"OLLAMA_VULKAN", "0", "hidden GPUs", true}};
const SelectionVariables kByUuid = {{"CUDA_VISIBLE_DEVICES", "GPU-1", "it", false}};

ConfigureRequest request_of(std::vector<SettingChange> changes, std::string_view gpus = "") {
  ConfigureRequest request;
  request.changes = std::move(changes);
  if (!gpus.empty()) request.gpus = *parse_selector(gpus);
  return request;
}

Lines lines_of(const DropIn& drop_in) {
  Lines lines;
  for (const DropInVariable& variable : drop_in.variables) {
    lines.push_back(variable.name + "=" + variable.value + (variable.reason.empty() ? "" : " +"));
  }
  for (const std::string& name : drop_in.unset) lines.push_back("-" + name);
  return lines;
}

EffectiveEnvironment elsewhere(const std::string& name, const std::string& value) {
  EffectiveEnvironment environment;
  environment.variables[name] = {value, {"/etc/override.conf", 2, 1, "Environment"}, {}};
  return environment;
}

TEST(MergeRequest, SaysWhatAKeepAliveMeans) {
  const auto reason_of = [](const std::string& value) {
    auto merged = merge_request({}, request_of({{Kind::set, "OLLAMA_KEEP_ALIVE", value}}), {}, {});
    return merged.reasons["OLLAMA_KEEP_ALIVE"];
  };
  EXPECT_EQ(reason_of("-1"), "a loaded model stays");
  EXPECT_EQ(reason_of("24"), "a number alone is seconds; 24h: hours");
  EXPECT_EQ(reason_of("0"), "a model goes as soon as it has answered");
  EXPECT_EQ(reason_of("24h"), "");
}

TEST(MergeRequest, KeepsWhatIsNotNamed) {
  DropIn current;
  current.put({"A", "1", ""});
  current.put({"B", "1", ""});
  const auto merged = merge_request(current, request_of({{Kind::set, "B", "2"}}), {}, {});
  EXPECT_THAT(lines_of(merged.drop_in), ElementsAre("A=1", "B=2"));
  ConfigureRequest exact = request_of({{Kind::set, "B", "2"}});
  exact.exact = true;
  EXPECT_THAT(lines_of(merge_request(current, exact, {}, {}).drop_in), ElementsAre("B=2"));
}

TEST(MergeRequest, PutsAVariableBackInItsPlace) {
  DropIn current;
  current = merge_request({}, request_of({}, "0,1"), kTwoOfFour, {}).drop_in;
  current.put({"Z", "1", ""});
  const auto merged = merge_request(current, request_of({}, "0,1"), kTwoOfFour, {});
  EXPECT_TRUE(merged.drop_in == current);
}

TEST(MergeRequest, WithdrawsWhatAnEarlierSelectionAdded) {
  const DropIn current = merge_request({}, request_of({}, "0,1"), kTwoOfFour, {}).drop_in;
  EXPECT_THAT(lines_of(current),
              ElementsAre("CUDA_VISIBLE_DEVICES=0,1", "CUDA_DEVICE_ORDER=PCI_BUS_ID +",
                          "OLLAMA_VULKAN=0 +"));
  const auto merged = merge_request(current, request_of({}, "GPU-1"), kByUuid, {});
  EXPECT_THAT(lines_of(merged.drop_in), ElementsAre("CUDA_VISIBLE_DEVICES=GPU-1"));
  EXPECT_EQ(merged.drop_in.selector, "GPU-1");
}

TEST(MergeRequest, NeverOverridesTheUsersOwnVariable) {
  DropIn current;
  current.put({"OLLAMA_VULKAN", "1", ""});
  const auto merged = merge_request(current, request_of({}, "0,1"), kTwoOfFour, {});
  EXPECT_EQ(merged.drop_in.find("OLLAMA_VULKAN")->value, "1");
  ASSERT_EQ(merged.notes.size(), 1U);
  EXPECT_THAT(merged.notes[0].reason, HasSubstr("you set it yourself"));
}

TEST(MergeRequest, ForgetsTheSelectorWhenTheUserWritesTheIds) {
  const DropIn current = merge_request({}, request_of({}, "0,1"), kTwoOfFour, {}).drop_in;
  const auto merged =
      merge_request(current, request_of({{Kind::set, "CUDA_VISIBLE_DEVICES", "3"}}), {}, {});
  EXPECT_EQ(merged.drop_in.selector, "");
  EXPECT_THAT(lines_of(merged.drop_in), ElementsAre("CUDA_VISIBLE_DEVICES=3"));
}

TEST(MergeRequest, TensorBringsSpreadAndTakesItAway) {
  const auto tensor = request_of({{Kind::set, "LLAMA_ARG_SPLIT_MODE", "tensor"}});
  const DropIn with = merge_request({}, tensor, {}, {}).drop_in;
  EXPECT_THAT(lines_of(with),
              ElementsAre("LLAMA_ARG_SPLIT_MODE=tensor", "OLLAMA_SCHED_SPREAD=1 +"));
  EXPECT_TRUE(merge_request(with, request_of({}), {}, {}).drop_in == with);
  const auto without = request_of({{Kind::off, "LLAMA_ARG_SPLIT_MODE", "layer"}});
  EXPECT_THAT(lines_of(merge_request(with, without, {}, {}).drop_in), IsEmpty());
  const auto own = request_of({{Kind::set, "OLLAMA_SCHED_SPREAD", "1"}});
  const DropIn both = merge_request(with, own, {}, {}).drop_in;
  EXPECT_THAT(lines_of(merge_request(both, without, {}, {}).drop_in),
              ElementsAre("OLLAMA_SCHED_SPREAD=1"));
}

TEST(MergeRequest, TensorLeavesASpreadThatIsOnElsewhere) {
  const auto tensor = request_of({{Kind::set, "LLAMA_ARG_SPLIT_MODE", "tensor"}});
  const std::string spread = "OLLAMA_SCHED_SPREAD";
  EXPECT_THAT(lines_of(merge_request({}, tensor, {}, elsewhere(spread, "true")).drop_in),
              ElementsAre("LLAMA_ARG_SPLIT_MODE=tensor"));
  EXPECT_THAT(lines_of(merge_request({}, tensor, {}, elsewhere(spread, "0")).drop_in),
              ElementsAre("LLAMA_ARG_SPLIT_MODE=tensor", "OLLAMA_SCHED_SPREAD=1 +"));
  const auto layer = request_of({{Kind::set, "LLAMA_ARG_SPLIT_MODE", "layer"}});
  EXPECT_THAT(lines_of(merge_request({}, layer, {}, {}).drop_in),
              ElementsAre("LLAMA_ARG_SPLIT_MODE=layer"));
}

TEST(CheckTogether, TensorNeedsSpread) {
  DropIn tensor;
  tensor.put({"LLAMA_ARG_SPLIT_MODE", "tensor", ""});
  const std::string spread = "OLLAMA_SCHED_SPREAD";
  EXPECT_FALSE(check_together(request_of({{Kind::off, spread, "0", "--no-spread"}}), tensor));
  EXPECT_FALSE(check_together(request_of({{Kind::unset, spread}}), tensor));
  EXPECT_FALSE(check_together(request_of({{Kind::set, spread, "0"}}), tensor));
  EXPECT_TRUE(check_together(request_of({{Kind::set, spread, "1"}}), tensor));
  EXPECT_TRUE(check_together(request_of({{Kind::off, spread, "0"}}), DropIn{}));
}

struct OffCase {
  Kind kind;
  const char* current;  // our value, or null
  const char* other;    // another file's value, or null
  Lines expected;
};

TEST(MergeRequest, SwitchesOffOnlyAsFarAsNeeded) {
  const std::string name = "OLLAMA_SCHED_SPREAD";
  const OffCase cases[] = {{Kind::off, "1", nullptr, {}},
                           {Kind::off, "1", "1", {name + "=0"}},
                           {Kind::off, nullptr, "true", {name + "=0"}},
                           {Kind::off, "1", "false", {}},
                           {Kind::off, nullptr, nullptr, {}},
                           {Kind::unset, "1", nullptr, {}},
                           {Kind::unset, "1", "1", {"-" + name}},
                           {Kind::unset, nullptr, "0", {"-" + name}}};
  for (const OffCase& c : cases) {
    DropIn current;
    if (c.current != nullptr) current.put({name, c.current, ""});
    const EffectiveEnvironment others =
        c.other != nullptr ? elsewhere(name, c.other) : EffectiveEnvironment{};
    const auto request = request_of({{c.kind, name, c.kind == Kind::off ? "0" : ""}});
    const auto merged = merge_request(current, request, {}, others);
    EXPECT_EQ(lines_of(merged.drop_in), c.expected);
    EXPECT_EQ(merged.notes.empty() && merged.reasons.empty(), c.expected.empty());
    EXPECT_TRUE(merge_request(merged.drop_in, request, {}, others).drop_in == merged.drop_in);
  }
}

TEST(MergeRequest, SettingTakesBackAnUnset) {
  DropIn current;
  current.unset = {"A"};
  EXPECT_THAT(lines_of(merge_request(current, request_of({{Kind::set, "A", "1"}}), {}, {}).drop_in),
              ElementsAre("A=1"));
}

ConfigureRequest random_request(std::minstd_rand& random, Selection& selection) {
  static const std::vector<std::string> kNames = {
      "CUDA_VISIBLE_DEVICES", "OLLAMA_VULKAN", "CUDA_DEVICE_ORDER",    "OLLAMA_SCHED_SPREAD",
      "OLLAMA_KEEP_ALIVE",    "HTTPS_PROXY",   "ROCR_VISIBLE_DEVICES", "MINE"};
  ConfigureRequest request;
  request.exact = random() % 5 == 0;
  if (random() % 2 == 0) {
    const bool two = random() % 2 == 0;
    request.gpus = *parse_selector(two ? "0,1" : "GPU-1");
    selection = two ? kTwoOfFour : kByUuid;
  }
  for (auto left = random() % 4; left > 0; --left) {
    const auto kind = static_cast<Kind>(random() % 3);
    request.changes.push_back({kind, kNames[random() % kNames.size()],
                               kind == Kind::unset ? "" : std::to_string(random() % 2)});
  }
  return request;
}

TEST(MergeRequest, TwiceIsOnce) {
  std::minstd_rand random(3);
  const EffectiveEnvironment environments[] = {
      {}, elsewhere("OLLAMA_SCHED_SPREAD", "1"), elsewhere("CUDA_VISIBLE_DEVICES", "3")};
  DropIn current;
  for (int i = 0; i < 10'000; ++i) {
    Selection selection;
    const ConfigureRequest request = random_request(random, selection);
    const EffectiveEnvironment& others = environments[random() % 3];
    const DropIn once = merge_request(current, request, selection, others).drop_in;
    const DropIn twice = merge_request(once, request, selection, others).drop_in;
    ASSERT_TRUE(once == twice) << testing::PrintToString(lines_of(once))
                               << testing::PrintToString(lines_of(twice));
    const auto text = render_drop_in(once, "ollama.service");
    ASSERT_TRUE(read_drop_in(parse_unit_file("/x", text), {}).drop_in == once) << text;
    current = once;
  }
}

TEST(CheckChange, RefusesNearMissesAndBadValues) {
  EXPECT_FALSE(check_change({Kind::set, "OLLAMA_KEEPALIVE", "1h"}, false));
  EXPECT_TRUE(check_change({Kind::set, "OLLAMA_KEEPALIVE", "1h"}, true));
  EXPECT_FALSE(check_change({Kind::unset, "OLLAMA_KEEPALIVE"}, false));
  EXPECT_FALSE(check_change({Kind::set, "OLLAMA_KEEP_ALIVE", "1d"}, false));
  EXPECT_TRUE(check_change({Kind::set, "OLLAMA_KEEP_ALIVE", "24h"}, false));
  EXPECT_FALSE(check_change({Kind::set, "A", "\xFF"}, true));
  EXPECT_TRUE(check_change({Kind::off, "OLLAMA_SCHED_SPREAD", "0"}, false));
}

}  // namespace
}  // namespace ollama_gpu
