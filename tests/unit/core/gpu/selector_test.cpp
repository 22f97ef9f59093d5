// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/gpu/selector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kGib = 1ULL << 30U;

Gpu nvidia(unsigned index, const std::string& uuid, std::uint64_t used_gib) {
  Gpu gpu;
  gpu.index = index;
  gpu.uuid = "GPU-" + uuid;
  gpu.pci = "0000:0" + std::to_string(index + 1) + ":00.0";
  gpu.name = "NVIDIA L40";
  gpu.memory_total = 48 * kGib;
  gpu.memory_used = used_gib * kGib;
  gpu.utilization = 0;
  return gpu;
}

// Four equal cards; two UUIDs share their first digits.
Inventory four() {
  Inventory inventory;
  inventory.gpus = {nvidia(0, "58a8f5d2-1111-2222-3333-444455556660", 1),
                    nvidia(1, "58a8aaaa-1111-2222-3333-444455556661", 30),
                    nvidia(2, "7c000000-1111-2222-3333-444455556662", 2),
                    nvidia(3, "9d000000-1111-2222-3333-444455556663", 40)};
  inventory.gpus[2].name = "NVIDIA A100-SXM4-80GB";
  return inventory;
}

std::vector<std::size_t> chosen(const Result<Selection>& selection) {
  std::vector<std::size_t> gpus;
  if (!selection) {
    ADD_FAILURE() << selection.error().message << "; " << selection.error().hint;
    return gpus;
  }
  for (const SelectedDevice& device : selection->devices) gpus.push_back(device.gpu);
  return gpus;
}

Result<Selection> resolve(std::string_view text, const Inventory& inventory,
                          const std::vector<std::uint64_t>& held = {},
                          const std::vector<std::string>& current = {}) {
  const Result<Selector> selector = parse_selector(text);
  if (!selector) return Failure(selector.error());
  return resolve_selector(*selector, inventory, held, current);
}

struct Refused {
  std::string_view text;
  std::size_t column;
  const char* hint;
};

class RefusedSelector : public testing::TestWithParam<Refused> {};

TEST_P(RefusedSelector, PointsAtTheTermAndSaysWhatToWrite) {
  const Result<Selector> selector = parse_selector(GetParam().text);
  ASSERT_FALSE(selector) << GetParam().text;
  const Error& error = selector.error();
  EXPECT_EQ(error.code, Errc::usage);
  ASSERT_TRUE(error.location);
  EXPECT_EQ(error.location->file, "--gpus");
  EXPECT_EQ(error.location->line, 1U);
  EXPECT_EQ(error.location->column, GetParam().column);
  EXPECT_EQ(error.location->text, GetParam().text);
  EXPECT_THAT(error.hint, HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedSelector,
    testing::Values(
        Refused{"", 1, "all"}, Refused{",", 1, "comma"}, Refused{"0,", 3, "comma"},
        Refused{"0,,1", 3, "comma"}, Refused{"3-0", 1, "0-3"}, Refused{"1-2-3", 1, "0-3"},
        Refused{"1-", 1, "0-3"}, Refused{"-1", 1, "none"}, Refused{"all,0", 5, "all alone"},
        Refused{"0,all", 3, "all alone"}, Refused{"none,0", 1, "none alone"},
        Refused{"0,none", 3, "none alone"}, Refused{"all,none", 5, "none alone"},
        Refused{"none,count=1", 1, "none alone"}, Refused{"name=nonesuch,none", 15, "none alone"},
        Refused{"0, 1", 3, "commas only"},
        Refused{"0\xEF\xBC\x8C"
                "1",
                2, "write 0,1"},
        Refused{"alle", 1, "did you mean all?"}, Refused{"ALL", 1, "did you mean all?"},
        Refused{"gpu0", 1, "did you mean 0?"}, Refused{"cuda:1", 1, "did you mean 1?"},
        Refused{"58a8f5d2-1111-2222-3333-444455556666", 1, "did you mean GPU-58a8f5d2-1111"},
        Refused{"58a8f5d2", 1, "did you mean GPU-58a8f5d2?"}, Refused{"GPU-", 1, "accepted"},
        Refused{"GPU-xyz!", 1, "accepted"}, Refused{"GPU-58a8*", 1, "accepted"},
        Refused{"99999999999", 1, "GPU-"}, Refused{"0-99999", 1, "indices go up to"},
        Refused{"min-free=", 10, "accepted"}, Refused{"min-free=lots", 10, "20GiB"},
        Refused{"min-free=20", 10, "write 20GiB"}, Refused{"min-total=24.5", 11, "write 24.5GiB"},
        Refused{"min-free=20000", 10, "write 20000MiB, or 20000B"},
        Refused{"min-free=0.5B", 10, "20GiB"}, Refused{"minfree=1G", 1, "did you mean min-free=?"},
        Refused{"max-util=101%", 10, "100%"}, Refused{"max-util=-1", 10, "100%"},
        Refused{"count=0", 7, "none"}, Refused{"count=two", 7, "from 1"},
        Refused{"count=1,count=2", 15, "once"}, Refused{"vendor=nvdia", 8, "nvidia, amd"},
        Refused{"not=", 5, "accepted"}, Refused{"not=all", 5, "accepted"},
        Refused{"=1", 1, "accepted"}, Refused{"0000:01:00.9", 1, "accepted"},
        Refused{"\x1B[31m", 1, "accepted"}));

TEST(Selector, ReadsEveryKindOfTerm) {
  const Result<Selector> selector = parse_selector(
      "2,0-1,GPU-58a8,MIG-77,01:00.0,not=3,min-free=20GiB,min-total=24G,max-util=10%,name=A100,"
      "vendor=NVIDIA,count=2");
  ASSERT_TRUE(selector) << selector.error().message;
  ASSERT_EQ(selector->ids.size(), 5U);
  EXPECT_EQ(selector->ids[0].kind, IdTerm::Kind::index);
  EXPECT_EQ(selector->ids[1].kind, IdTerm::Kind::range);
  EXPECT_EQ(selector->ids[1].last, 1U);
  EXPECT_EQ(selector->ids[1].offset, 2U);
  EXPECT_EQ(selector->ids[2].kind, IdTerm::Kind::uuid);
  EXPECT_EQ(selector->ids[3].kind, IdTerm::Kind::mig);
  EXPECT_EQ(selector->ids[4].kind, IdTerm::Kind::pci);
  ASSERT_EQ(selector->excluded.size(), 1U);
  ASSERT_EQ(selector->conditions.size(), 5U);
  EXPECT_EQ(selector->conditions[0].number, 20 * kGib);
  EXPECT_EQ(selector->conditions[2].number, 10U);
  EXPECT_EQ(selector->conditions[4].text, "nvidia");
  EXPECT_EQ(selector->count, 2U);
  EXPECT_FALSE(selector->is_numeric());
}

TEST(Selector, IsNumericWithIndicesAndAllOnly) {
  for (const char* text : {"all", "0", "0-3", "1,0", "all,not=2", "not=1"}) {
    EXPECT_TRUE(parse_selector(text)->is_numeric()) << text;
  }
  for (const char* text : {"none", "GPU-58a8", "0,GPU-58a8", "count=2", "all,min-free=1G",
                           "01:00.0", "not=GPU-58a8"}) {
    EXPECT_FALSE(parse_selector(text)->is_numeric()) << text;
  }
}

TEST(Selector, SurvivesAnyText) {
  constexpr std::string_view kLetters = "all,none0123-GPUMIG=:.mfrcountx% \xEF\xBC\x8C";
  std::minstd_rand random(5);
  const Inventory inventory = four();
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = random() % 20U; length > 0; --length) {
      text += kLetters[random() % kLetters.size()];
    }
    const Result<Selector> selector = parse_selector(text);
    if (!selector) {
      EXPECT_LE(selector.error().location->column, text.size() + 1) << text;
      continue;
    }
    const Result<Selection> selection = resolve_selector(*selector, inventory);
    EXPECT_TRUE(!selection || selector->none || !selection->devices.empty()) << text;
  }
}

struct Row {
  const char* text;
  std::vector<std::size_t> gpus;
  bool everything = false;
};

class ResolvedSelector : public testing::TestWithParam<Row> {};

TEST_P(ResolvedSelector, NamesTheseGpus) {
  const Result<Selection> selection = resolve(GetParam().text, four());
  EXPECT_EQ(chosen(selection), GetParam().gpus) << GetParam().text;
  EXPECT_EQ(selection->everything, GetParam().everything) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ResolvedSelector,
    testing::Values(Row{"all", {0, 1, 2, 3}, true}, Row{"none", {}}, Row{"0", {0}},
                    Row{"0-2", {0, 1, 2}}, Row{"0-3", {0, 1, 2, 3}, true}, Row{"2,0", {2, 0}},
                    Row{"2,0-2,0", {2, 0, 1}}, Row{"GPU-7", {2}}, Row{"gpu-7C00", {2}},
                    Row{"GPU-58a8f", {0}}, Row{"GPU-9d000000-1111-2222-3333-444455556663", {3}},
                    Row{"01:00.0", {0}}, Row{"0000:02:00.0", {1}}, Row{"00000000:03:00.0", {2}},
                    Row{"all,not=1", {0, 2, 3}}, Row{"not=0-2", {3}},
                    Row{"not=GPU-9d,not=04:00.0", {0, 1, 2}}, Row{"name=a100", {2}},
                    Row{"vendor=nvidia", {0, 1, 2, 3}, true}, Row{"min-free=20GiB", {0, 2}},
                    Row{"min-total=48GiB", {0, 1, 2, 3}, true}, Row{"count=1", {0}},
                    Row{"count=2", {0, 2}}, Row{"count=3", {0, 1, 2}}, Row{"3,1,count=1", {1}},
                    Row{"2,0,count=2", {2, 0}}, Row{"min-free=10GiB,count=1,not=0", {2}},
                    Row{"max-util=0%", {0, 1, 2, 3}, true}));

TEST(Resolve, NamesTheGpusThereAreWhenAnIndexIsMissing) {
  const Result<Selection> selection = resolve("0,9", four());
  ASSERT_FALSE(selection);
  EXPECT_EQ(selection.error().code, Errc::not_found);
  EXPECT_THAT(selection.error().message, HasSubstr("GPU 9"));
  EXPECT_THAT(selection.error().message, HasSubstr("0, 1, 2, 3"));
  EXPECT_THAT(selection.error().hint, HasSubstr("GPU-9d000000"));
  EXPECT_EQ(selection.error().location->column, 3U);
}

TEST(Resolve, ListsTheMatchesOfAnAmbiguousPrefix) {
  const Result<Selection> selection = resolve("GPU-58a8", four());
  ASSERT_FALSE(selection);
  EXPECT_EQ(selection.error().code, Errc::usage);
  EXPECT_THAT(selection.error().hint, HasSubstr("GPU-58a8f5d2"));
  EXPECT_THAT(selection.error().hint, HasSubstr("GPU-58a8aaaa"));
}

TEST(Resolve, GuessesAUuidWithOneWrongLetter) {
  const Result<Selection> whole = resolve("GPU-7c000000-1111-2222-3333-444455556669", four());
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, Errc::not_found);
  EXPECT_THAT(whole.error().hint,
              HasSubstr("did you mean GPU-7c000000-1111-2222-3333-444455556662?"));
  const Result<Selection> letter_o = resolve("GPU-7c00000o-1111-2222-3333-444455556662", four());
  ASSERT_FALSE(letter_o);
  EXPECT_EQ(letter_o.error().code, Errc::not_found);
  EXPECT_THAT(letter_o.error().hint, HasSubstr("did you mean GPU-7c000000-1111"));
  const Result<Selection> part = resolve("GPU-9e00", four());
  ASSERT_FALSE(part);
  EXPECT_THAT(part.error().hint, HasSubstr("did you mean GPU-9d000000"));
}

TEST(Resolve, SaysWhyEachCandidateWasLeftOut) {
  Inventory inventory = four();
  inventory.gpus[0].memory_used.reset();
  inventory.gpus[2].utilization = 55;
  const Result<Selection> selection =
      resolve("min-free=20GiB,max-util=10%,not=3,count=2", inventory);
  ASSERT_FALSE(selection);
  EXPECT_EQ(selection.error().code, Errc::not_found);
  EXPECT_THAT(selection.error().message, HasSubstr("only 0 of 2 GPUs fit"));
  EXPECT_THAT(selection.error().hint, HasSubstr("its free memory is not known"));
  EXPECT_THAT(selection.error().hint, HasSubstr("18.0 GiB of free memory, less than 20GiB"));
  EXPECT_THAT(selection.error().hint, HasSubstr("55% busy, more than 10%"));
  EXPECT_THAT(selection.error().hint, HasSubstr("not=3"));
}

TEST(Resolve, FailsWithoutGpusAndSaysWhy) {
  Inventory inventory;
  inventory.problem = "libnvidia-ml.so.1 is not installed";
  for (const char* text : {"all", "0", "count=1", "GPU-1"}) {
    const Result<Selection> selection = resolve(text, inventory);
    ASSERT_FALSE(selection) << text;
    EXPECT_EQ(selection.error().code, Errc::not_found) << text;
    EXPECT_THAT(selection.error().message, HasSubstr("libnvidia-ml")) << text;
  }
  EXPECT_TRUE(resolve("none", inventory));
  EXPECT_FALSE(resolve("all,not=0-3", four()));
}

TEST(Resolve, CountsMemoryOfTheUnitAsFree) {
  // GPU 1 is full, but 28 of its 30 GiB are Ollama's own.
  EXPECT_THAT(chosen(resolve("min-free=40GiB", four(), {0, 28 * kGib, 0, 0})),
              ElementsAre(0, 1, 2));
  // More than is in use, or fewer entries than GPUs, do no harm.
  EXPECT_THAT(chosen(resolve("min-free=40GiB", four(), {0, 99 * kGib})), ElementsAre(0, 1, 2));
}

TEST(Resolve, KeepsTheSelectionInForceWhileItFits) {
  const std::vector<std::string> current = {"GPU-58a8aaaa-1111-2222-3333-444455556661",
                                            "GPU-7c000000-1111-2222-3333-444455556662"};
  EXPECT_THAT(chosen(resolve("min-free=10GiB,count=2", four(), {}, current)), ElementsAre(1, 2));
  EXPECT_THAT(chosen(resolve("min-free=10GiB", four(), {}, current)), ElementsAre(1, 2));
  // No longer fitting, another number wanted, or a card gone: chosen anew.
  EXPECT_THAT(chosen(resolve("min-free=20GiB,count=2", four(), {}, current)), ElementsAre(0, 2));
  EXPECT_THAT(chosen(resolve("min-free=10GiB,count=1", four(), {}, current)), ElementsAre(0));
  EXPECT_THAT(chosen(resolve("count=2", four(), {}, {current[0], "GPU-gone"})), ElementsAre(0, 2));
  // What does not depend on the load is taken as it stands.
  EXPECT_THAT(chosen(resolve("all", four(), {}, current)), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(chosen(resolve("name=L40", four(), {}, current)), ElementsAre(0, 1, 3));
}

TEST(Resolve, ChangesNothingWhileTheUnitsOwnModelsComeAndGo) {
  std::minstd_rand random(3);
  const char* text = "min-free=20GiB,max-util=20%,count=2";
  const std::vector<std::size_t> first = chosen(resolve(text, four()));
  std::vector<std::string> current;
  for (const std::size_t gpu : first) current.push_back(four().gpus[gpu].uuid);
  for (int i = 0; i < 500; ++i) {
    Inventory inventory = four();
    std::vector<std::uint64_t> held(4, 0);
    for (const std::size_t gpu : first) {
      held[gpu] = random() % 40U * kGib;
      *inventory.gpus[gpu].memory_used += held[gpu];
      if (held[gpu] == 0) continue;
      inventory.gpus[gpu].utilization = static_cast<unsigned>(random() % 101U);
      inventory.gpus[gpu].processes = {{4711, held[gpu]}};
    }
    EXPECT_EQ(chosen(resolve(text, inventory, held, current)), first);
  }
}

TEST(Resolve, JudgesUtilisationThatIsNotTheUnitsOwn) {
  Inventory inventory = four();
  inventory.gpus[0].utilization = 90;
  inventory.gpus[0].processes = {{1, kGib}, {2, kGib}};
  EXPECT_THAT(chosen(resolve("max-util=10%", inventory, {kGib, 0, 0, 0})), ElementsAre(1, 2, 3));
  EXPECT_THAT(chosen(resolve("max-util=10%", inventory, {2 * kGib, 0, 0, 0})),
              ElementsAre(0, 1, 2, 3));
}

Inventory with_mig() {
  Inventory inventory = four();
  inventory.gpus[3].mig_enabled = true;
  inventory.gpus[3].mig = {{"MIG-aaaa", "1g.10gb", 10 * kGib, kGib},
                           {"MIG-bbbb", "1g.10gb", 10 * kGib, kGib}};
  return inventory;
}

TEST(ResolveMig, TakesOneInstanceByItsIdAlone) {
  const Result<Selection> one = resolve("MIG-a", with_mig());
  ASSERT_TRUE(one) << one.error().message;
  ASSERT_EQ(one->devices.size(), 1U);
  EXPECT_EQ(one->devices[0].mig, 0U);
  EXPECT_FALSE(one->everything);
  for (const char* text : {"MIG-a,MIG-b", "0,MIG-a"}) {
    const Result<Selection> several = resolve(text, with_mig());
    ASSERT_FALSE(several) << text;
    EXPECT_EQ(several.error().code, Errc::usage);
  }
}

TEST(ResolveMig, LeavesGpusInMigModeOutOfAll) {
  const Result<Selection> all = resolve("all", with_mig());
  EXPECT_THAT(chosen(all), ElementsAre(0, 1, 2));
  EXPECT_FALSE(all->everything);
  const Result<Selection> by_index = resolve("3", with_mig());
  ASSERT_FALSE(by_index);
  EXPECT_EQ(by_index.error().code, Errc::not_found);
  EXPECT_THAT(by_index.error().hint, HasSubstr("MIG-bbbb"));
}

TEST(ResolveMig, TakesTheOnlyInstanceOfTheOnlyGpu) {
  Inventory inventory = with_mig();
  inventory.gpus = {inventory.gpus[3]};
  EXPECT_FALSE(resolve("all", inventory));
  inventory.gpus[0].mig.pop_back();
  const Result<Selection> all = resolve("all", inventory);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(all->devices[0].mig);
  EXPECT_TRUE(all->everything);
}

TEST(Resolve, LeavesConsoleGraphicsOutUnlessNamed) {
  Inventory inventory = four();
  Gpu console;
  console.vendor = Vendor::other;
  console.pci = "0000:06:00.0";
  inventory.gpus.insert(inventory.gpus.begin(), console);
  const Result<Selection> all = resolve("all", inventory);
  EXPECT_THAT(chosen(all), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(all->everything);
  EXPECT_THAT(chosen(resolve("06:00.0", inventory)), ElementsAre(0));
  EXPECT_THAT(chosen(resolve("vendor=other", inventory)), ElementsAre(0));
}

}  // namespace
}  // namespace ollama_gpu
