// Rules of model files: what is read, and the one line that says what is wrong with a file, where, and what is allowed.
#include "machine/model_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mmu/model/memory_model.hpp"

namespace rvx {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGood = R"(# a small core
[core]
name = Small core   # of no maker
asid_bits = 9

[l1i_tlb]
entries = 8
ways = full
replacement = fifo
page_sizes = 4K 2M
[l1d_tlb]
entries = 16
ways = 4
replacement = plru
page_sizes = 4K
[l1d_tlb]
entries = 4
ways = full
replacement = random
page_sizes = 64K 2M 1G

[l1i]
size = 16K
ways = 2
line = 32
replacement = lru
[l1d]
size = 16K
ways = 2
line = 64
replacement = lru
write_allocate = no

[cycles]
instruction = 2
memory = 50
)";

// The file with `from` replaced, once.
std::string changed(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

std::string problem_of(std::string_view text) {
  const Result<ModelConfig> config = parse_model("my.model", text);
  EXPECT_FALSE(config) << text;
  if (config) return {};
  EXPECT_EQ(config.error().status, kUnusableStatus);
  EXPECT_EQ(config.error().text.find('\n'), std::string::npos);
  return config.error().text;
}

TEST(ModelFile, SaysWhatTheCoreHas) {
  const Result<ModelConfig> config = parse_model("my.model", kGood);
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->name, "Small core");
  EXPECT_EQ(config->asid_bits, 9u);
  EXPECT_EQ(config->asid_mask(), 0x1ff);
  ASSERT_EQ(config->l1d_tlb.size(), 2u);
  EXPECT_EQ(config->l1d_tlb[0].sets(), 4u);
  EXPECT_EQ(config->l1d_tlb[0].replacement, ReplacementPolicy::kPlru);
  EXPECT_EQ(config->l1d_tlb[1].ways_in_use(), 4u);
  EXPECT_TRUE(config->l1d_tlb[1].page_sizes.has(PageSize::k64K));
  EXPECT_FALSE(config->l1d_tlb[1].page_sizes.has(PageSize::k4K));
  EXPECT_TRUE(config->l2_tlb.empty());
  EXPECT_EQ(config->l1i->sets(), 256u);
  EXPECT_FALSE(config->l1d->write_allocate);
  EXPECT_TRUE(config->l1d->write_back);
  EXPECT_FALSE(config->l2.has_value());
  EXPECT_EQ(config->cycles.instruction, 2u);
  EXPECT_EQ(config->cycles.memory, 50u);
}

TEST(ModelFile, LineEndsOfOtherSystemsAreTaken) {
  std::string text;
  for (const char c : kGood) text += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_TRUE(parse_model("my.model", text));
}

TEST(ModelFile, AnUnknownKeyOrSectionIsNamedWithWhatThereIs) {
  EXPECT_THAT(problem_of(changed("entries = 8", "entris = 8")),
              AllOf(StartsWith("my.model:7: [l1i_tlb] entris: unknown key"), HasSubstr("allowed: entries ways replacement page_sizes sector")));
  EXPECT_THAT(problem_of(changed("[l1i]", "[l3]")), AllOf(StartsWith("my.model:22: [l3]: unknown section"), HasSubstr("allowed: core l1i_tlb")));
  EXPECT_THAT(problem_of("name = x\n"), HasSubstr("my.model:1: name stands before the first section"));
  EXPECT_THAT(problem_of(changed("entries = 8", "entries 8")), HasSubstr("my.model:7: 'entries 8'; allowed: [section], key = value"));
}

TEST(ModelFile, AValueOutOfRangeIsNamedWithTheRange) {
  const struct {
    const char *from, *to, *error;
  } kCases[] = {
      {"asid_bits = 9", "asid_bits = 17", "my.model:4: [core] asid_bits: '17'; allowed: 0 to 16"},
      {"asid_bits = 9", "asid_bits = -1", "my.model:4: [core] asid_bits: '-1'; allowed: 0 to 16"},
      {"asid_bits = 9", "asid_bits =", "my.model:4: [core] asid_bits: ''; allowed: 0 to 16"},
      {"asid_bits = 9", "asid_bits = 9x", "my.model:4: [core] asid_bits: '9x'; allowed: 0 to 16"},
      {"entries = 8", "entries = 0", "my.model:7: [l1i_tlb] entries: '0'; allowed: 1 to 65536"},
      {"entries = 8", "entries = 99999999999999999999", "[l1i_tlb] entries: '99999999999999999999'; allowed: 1 to 65536"},
      {"ways = full", "ways = all", "my.model:8: [l1i_tlb] ways: 'all'; allowed: 1 to 4096, or full"},
      {"replacement = fifo", "replacement = mru", "my.model:9: [l1i_tlb] replacement: 'mru'; allowed: fifo, random, lru, plru"},
      {"page_sizes = 4K 2M", "page_sizes = 4K 3M", "[l1i_tlb] page_sizes: '4K 3M'; allowed: a list of 4K 64K 2M 1G 512G 256T"},
      {"page_sizes = 4K 2M", "page_sizes = 4K 4K", "[l1i_tlb] page_sizes: '4K 4K'; allowed: a list of"},
      {"size = 16K", "size = 16G", "my.model:23: [l1i] size: '16G'; allowed: bytes, as 32K or 2M"},
      {"write_allocate = no", "write_allocate = maybe", "[l1d] write_allocate: 'maybe'; allowed: yes, no"},
      {"memory = 50", "memory = 1000001", "[cycles] memory: '1000001'; allowed: 0 to 1000000"},
      {"instruction = 2", "instruction = 0", "[cycles] instruction: '0'; allowed: 1 to 100"},
  };
  for (const auto& c : kCases) EXPECT_THAT(problem_of(changed(c.from, c.to)), HasSubstr(c.error));
}

TEST(ModelFile, AGeometryThatCannotBeBuiltIsNamedByItsLine) {
  const struct {
    const char *from, *to, *error;
  } kCases[] = {
      {"entries = 16\nways = 4", "entries = 16\nways = 5", "my.model:13: [l1d_tlb] ways: cannot be built; allowed: 16 tags cannot be divided into sets of 5"},
      {"entries = 16\nways = 4", "entries = 24\nways = 4", "my.model:13: [l1d_tlb] ways: cannot be built; allowed: 6 sets"},
      {"entries = 16\nways = 4", "entries = 12\nways = full", "my.model:14: [l1d_tlb] replacement: cannot be built; allowed: plru needs a power of two"},
      {"64K 2M 1G", "4K 2M 1G", "my.model:20: [l1d_tlb] page_sizes: cannot be built; allowed: a size that an earlier array"},
      {"page_sizes = 4K 2M", "page_sizes = 2M", "my.model:10: [l1i_tlb] page_sizes: cannot be built; allowed: one array of each level holds 4K"},
      {"page_sizes = 4K 2M", "page_sizes = 4K\nsector = 3", "my.model:11: [l1i_tlb] sector: cannot be built; allowed: a power of two"},
      {"page_sizes = 4K 2M", "page_sizes = 4K 2M\nsector = 4", "[l1i_tlb] page_sizes: cannot be built; allowed: one size where pages share tags"},
      {"entries = 8", "entries = 10\nsector = 4", "my.model:8: [l1i_tlb] sector: cannot be built"},
      {"line = 32", "line = 48", "my.model:25: [l1i] line: cannot be built; allowed: a power of two"},
      {"size = 16K\nways = 2\nline = 32", "size = 16K\nways = 3\nline = 32", "my.model:24: [l1i] ways: cannot be built"},
      {"size = 16K\nways = 2\nline = 32", "size = 100\nways = 1\nline = 64", "my.model:23: [l1i] size: cannot be built; allowed: a multiple of the line"},
      {"write_allocate = no", "inclusive = yes", "[l1d] inclusive: cannot be built"},
      {"[cycles]", "[l2]\nsize = 64K\nways = 4\nline = 32\nreplacement = lru\n[cycles]", "[l2] line: cannot be built; allowed: not shorter"},
      {"asid_bits = 9", "asid_bits = 9\nwalks_through = l2", "my.model:5: [core] walks_through: cannot be built; allowed: l1d or memory"},
  };
  for (const auto& c : kCases) EXPECT_THAT(problem_of(changed(c.from, c.to)), HasSubstr(c.error));
}

TEST(ModelFile, WhatIsMissingOrTwiceIsNamed) {
  EXPECT_THAT(problem_of(""), HasSubstr("[core]: is missing"));
  EXPECT_THAT(problem_of(changed("ways = full\n", "")), StartsWith("my.model:6: [l1i_tlb] ways: is missing"));
  EXPECT_THAT(problem_of(changed("[cycles]\ninstruction = 2\nmemory = 50\n", "")), HasSubstr("[cycles]: is missing"));
  EXPECT_THAT(problem_of(changed("instruction = 2\n", "")), HasSubstr("[cycles] instruction: is missing"));
  EXPECT_THAT(problem_of(changed("asid_bits = 9", "asid_bits = 9\nasid_bits = 9")), HasSubstr("my.model:5: [core] asid_bits: stands twice"));
  EXPECT_THAT(problem_of(changed("[l1d]", "[l1i]")), HasSubstr("[l1i]: stands twice"));
  std::string arrays(kGood);
  for (int i = 0; i < 7; ++i) arrays += "[l2_tlb]\nentries = 8\nways = full\nreplacement = lru\npage_sizes = 4K\n";
  EXPECT_THAT(problem_of(arrays), HasSubstr("[l2_tlb]: stands too often"));
}

TEST(ModelFile, HalfOfAPairIsNotEnough) {
  EXPECT_THAT(problem_of("[core]\nname = x\nasid_bits = 0\n[l1d_tlb]\nentries = 8\nways = full\nreplacement = lru\npage_sizes = 4K\n[cycles]\ninstruction = 1\n"),
              HasSubstr("my.model:5: [l1d_tlb] entries: cannot be built; allowed: l1i_tlb and l1d_tlb, or neither"));
  EXPECT_THAT(problem_of("[core]\nname = x\nasid_bits = 0\n[l2]\nsize = 8K\nways = 2\nline = 64\nreplacement = lru\n[cycles]\ninstruction = 1\n"),
              HasSubstr("[l2] size: cannot be built; allowed: no second level without"));
}

TEST(ModelFile, WhatWouldBreakALineIsShownInHex) {
  EXPECT_THAT(problem_of(changed("fifo", "fi\x1b[2Jfo")), HasSubstr("'fi\\x1b[2Jfo'"));
}

// Every file that comes with rvx can be built, and its name is the file's.
TEST(ModelFile, ThePresetsAreGood) {
  std::vector<std::string_view> names;
  for (const ModelPreset& preset : model_presets()) {
    names.push_back(preset.name);
    const Result<ModelConfig> config = load_model(std::string(preset.name));
    ASSERT_TRUE(config) << config.error().text;
    EXPECT_TRUE(config->has_tlbs());
    EXPECT_TRUE(config->has_caches());
    MemoryModel model(*config, 0);
    model.touch(0x1000, 8, Access::kLoad);
    EXPECT_EQ(model.account().total(), config->cycles.memory);
  }
  EXPECT_THAT(names, testing::ElementsAre("c910", "cva6", "p550", "rocket", "skylake", "u74"));
}

// What the device trees, the RTL and the manuals say, apart from the files.
TEST(ModelFile, ThePresetsHaveThePublishedSizes) {
  const auto reach = [](const TlbLevelConfig& level) {
    unsigned entries = 0;
    for (const TlbConfig& array : level)
      if (array.page_sizes.has(PageSize::k4K)) entries += array.entries;
    return entries;
  };
  const struct {
    const char* name;
    unsigned l1i, l1d, l2;
  } kSizes[] = {{"u74", 40, 40, 512}, {"rocket", 32, 32, 0}, {"cva6", 16, 16, 0}, {"c910", 32, 17, 1024}, {"p550", 32, 32, 512}, {"skylake", 128, 64, 1536}};
  for (const auto& size : kSizes) {
    const Result<ModelConfig> config = load_model(size.name);
    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(reach(config->l1i_tlb), size.l1i) << size.name;
    EXPECT_EQ(reach(config->l1d_tlb), size.l1d) << size.name;
    EXPECT_EQ(reach(config->l2_tlb), size.l2) << size.name;
  }
}

TEST(ModelFile, WithoutAFileOrAPresetTheNamesAreListed) {
  const Result<ModelConfig> config = load_model("no-such-core");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().status, kNotFoundStatus);
  EXPECT_THAT(config.error().text, AllOf(HasSubstr("--model no-such-core"), HasSubstr("c910 cva6 p550 rocket skylake u74")));
  EXPECT_EQ(load_model(testing::TempDir()).error().status, kUnusableStatus);
}

}  // namespace
}  // namespace rvx
