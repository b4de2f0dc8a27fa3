// Rules of the ELF loader: what is refused and with which words, what goes where in RAM.
#include "machine/elf_loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/machine/elf_builder.hpp"

namespace rvx {
namespace {

using test::as_file;
using test::Bytes;
using test::ElfBuilder;
using test::set;
using testing::HasSubstr;

constexpr uint64_t kBase = 0x80000000;
constexpr PhysRange kRam = {kBase, 0x100000};
const Bytes kCode = {0x13, 0, 0, 0, 0x73, 0, 0, 0};

std::string parse_error(Bytes bytes) {
  const auto elf = ElfFile::parse(as_file(std::move(bytes)));
  if (elf) return "";
  EXPECT_EQ(elf.error().status, kUnusableStatus);
  EXPECT_EQ(elf.error().text.find('\n'), std::string::npos);
  return elf.error().text;
}

std::string place_error(const ElfBuilder& builder, ElfTarget target = {kRam, kBase}) {
  const auto elf = ElfFile::parse(as_file(builder.build()));
  if (!elf) return "not parsed: " + elf.error().text;
  const auto placement = elf->place(target);
  return placement ? "" : placement.error().text;
}

struct Loaded {
  ElfFile elf;
  ElfPlacement placement;
};

Loaded load(const ElfBuilder& builder, Ram& ram, uint64_t movable_base = kBase) {
  auto elf = ElfFile::parse(as_file(builder.build()));
  EXPECT_TRUE(elf) << elf.error().text;
  auto placement = elf->place({{ram.base(), ram.size()}, movable_base});
  EXPECT_TRUE(placement) << placement.error().text;
  const auto outcome = elf->load(ram, *placement);
  EXPECT_TRUE(outcome) << outcome.error().text;
  return {std::move(*elf), std::move(*placement)};
}

uint64_t word_at(const Ram& ram, uint64_t address) {
  uint64_t word;
  std::memcpy(&word, ram.at(address), sizeof word);
  return word;
}

// --- What is refused -----------------------------------------------------------------------------

TEST(ElfLoaderTest, EveryTruncationOfTheHeadersIsOneLine) {
  const Bytes whole = ElfBuilder().segment(kBase, kCode).build();
  for (size_t size = 1; size < ElfBuilder::program_header(1) + kCode.size(); ++size) {
    EXPECT_NE(parse_error(Bytes(whole.begin(), whole.begin() + static_cast<long>(size))), "")
        << size;
  }
}

TEST(ElfLoaderTest, FilesForOtherMachinesAreNamed) {
  ElfBuilder builder;
  builder.segment(kBase, kCode);
  builder.header.e_machine = EM_X86_64;
  EXPECT_THAT(parse_error(builder.build()), HasSubstr("x86-64"));
  builder.header.e_machine = 0x1234;
  EXPECT_THAT(parse_error(builder.build()), HasSubstr("machine number 4660"));
}

TEST(ElfLoaderTest, Rv32BigEndianAndObjectFilesAreTold) {
  ElfBuilder builder;
  builder.segment(kBase, kCode);
  builder.header.e_ident[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(parse_error(builder.build()), HasSubstr("RV32"));
  builder.header.e_ident[EI_CLASS] = 7;
  EXPECT_THAT(parse_error(builder.build()), HasSubstr("ELF class is 7"));
  builder.header.e_ident[EI_CLASS] = ELFCLASS64;
  builder.header.e_ident[EI_DATA] = ELFDATA2MSB;
  EXPECT_THAT(parse_error(builder.build()), HasSubstr("big-endian"));
  builder.header.e_ident[EI_DATA] = ELFDATA2LSB;
  builder.header.e_type = ET_REL;
  EXPECT_THAT(parse_error(builder.build()), HasSubstr("link it first"));
  builder.header.e_type = ET_CORE;
  EXPECT_THAT(parse_error(builder.build()), HasSubstr("core dump"));
}

TEST(ElfLoaderTest, SegmentsMustMakeSense) {
  const Bytes good = ElfBuilder().segment(kBase, kCode).build();
  const size_t at = ElfBuilder::program_header(0);
  const auto with = [&](size_t field, uint64_t value) {
    Bytes bytes = good;
    set(bytes, at + field, value);
    return parse_error(bytes);
  };
  EXPECT_THAT(with(offsetof(Elf64_Phdr, p_filesz), 9), HasSubstr("0x9 bytes in the file"));
  EXPECT_THAT(with(offsetof(Elf64_Phdr, p_offset), good.size() - 4), HasSubstr("in a file of"));
  EXPECT_THAT(with(offsetof(Elf64_Phdr, p_offset), ~uint64_t{0} - 4), HasSubstr("in a file of"));
  EXPECT_THAT(with(offsetof(Elf64_Phdr, p_paddr), ~uint64_t{0} - 4), HasSubstr("all addresses"));
  EXPECT_THAT(with(offsetof(Elf64_Phdr, p_memsz), ~uint64_t{0}), HasSubstr("all addresses"));
}

TEST(ElfLoaderTest, AFileWithoutSegmentsHasNothingToLoad) {
  EXPECT_THAT(parse_error(ElfBuilder().build()), HasSubstr("nothing to load"));
}

TEST(ElfLoaderTest, SegmentOutsideRamNamesRangesAndTheMemoryThatWouldDo) {
  const std::string above = place_error(ElfBuilder().segment(kBase + 0x500000, kCode));
  EXPECT_THAT(above, HasSubstr("segment 0 at 0x80500000-0x80500007"));
  EXPECT_THAT(above, HasSubstr("RAM, which is 0x80000000-0x800fffff"));
  EXPECT_THAT(above, HasSubstr("-m 8M"));
  const std::string below = place_error(ElfBuilder().segment(0x10000, kCode));
  EXPECT_THAT(below, HasSubstr("rvx user"));
  EXPECT_THAT(place_error(ElfBuilder().segment(~uint64_t{0} - 0xfff, kCode)),
              HasSubstr("link it to start at 0x80000000"));
  EXPECT_THAT(place_error(ElfBuilder().segment(kBase + 0xffff8, kCode, 9)), HasSubstr("-m 4M"));
}

TEST(ElfLoaderTest, OverlappingSegmentsAreRefused) {
  const std::string text =
      place_error(ElfBuilder().segment(kBase, kCode, 0x20).segment(kBase + 0x1f, kCode));
  EXPECT_THAT(text, HasSubstr("overlap"));
  EXPECT_EQ(place_error(ElfBuilder().segment(kBase, kCode, 0x20).segment(kBase + 0x20, kCode)), "");
}

TEST(ElfLoaderTest, MissingFilesAndFoldersHaveTheirStatus) {
  EXPECT_EQ(ElfFile::open("/nonexistent/x.elf").error().status, kNotFoundStatus);
  EXPECT_EQ(ElfFile::open("/dev").error().status, kUnusableStatus);
}

// --- What goes where -----------------------------------------------------------------------------

TEST(ElfLoaderTest, SegmentsAreLoadedAtPhysicalAddressesAndTheRestIsZero) {
  Ram ram(kBase, 0x100000);
  std::memset(ram.host(), 0xee, ram.size());
  // Data that start-up code copies: linked to run at one address, loaded at another.
  const auto [elf, placement] = load(
      ElfBuilder().segment(kBase, kCode).segment(kBase + 0x4000, 0x80000100, kCode, 0x20), ram);
  EXPECT_EQ(placement.entry, kBase);
  EXPECT_TRUE(placement.entry_in_segment);
  EXPECT_EQ(placement.range.base, kBase);
  EXPECT_EQ(placement.range.end(), 0x80000120u);
  EXPECT_EQ(std::memcmp(ram.at(0x80000100), kCode.data(), kCode.size()), 0);
  for (uint64_t a = 0x80000108; a < 0x80000120; ++a) EXPECT_EQ(*ram.at(a), 0);
  EXPECT_EQ(*ram.at(0x80000120), 0xee);
  EXPECT_EQ(*ram.at(0x80000008), 0xee);
}

TEST(ElfLoaderTest, ALargeZeroSegmentCommitsNoMemoryAndIsZero) {
  Ram ram(kBase, uint64_t{8} << 30);
  *ram.at(kBase + (uint64_t{4} << 30)) = 0xee;
  *ram.at(kBase + 9) = 0xee;
  load(ElfBuilder().segment(kBase, kCode, uint64_t{7} << 30), ram);
  EXPECT_EQ(*ram.at(kBase + (uint64_t{4} << 30)), 0);
  EXPECT_EQ(*ram.at(kBase + 9), 0);
  EXPECT_EQ(*ram.at(kBase), 0x13);
}

TEST(ElfLoaderTest, AnEntryOutsideAllSegmentsIsAllowedAndNoted) {
  Ram ram(kBase, 0x100000);
  const auto [elf, placement] = load(ElfBuilder(ET_EXEC, 0x80005000).segment(kBase, kCode), ram);
  EXPECT_EQ(placement.entry, 0x80005000u);
  EXPECT_FALSE(placement.entry_in_segment);
  ASSERT_EQ(placement.notes.size(), 1u);
  EXPECT_THAT(placement.notes[0], HasSubstr("0x80005000"));
}

TEST(ElfLoaderTest, AVirtualEntryBecomesPhysical) {
  Ram ram(kBase, 0x100000);
  const uint64_t high = 0xffffffff80000000;
  const auto [elf, placement] = load(
      ElfBuilder(ET_EXEC, high + 4).segment(high, kBase + 0x1000, kCode).symbol("here", high + 4),
      ram);
  EXPECT_EQ(placement.entry, kBase + 0x1004);
  EXPECT_TRUE(placement.entry_was_virtual);
  const auto symbols = elf.symbols(placement);
  EXPECT_EQ(symbols->find("here")->address, high + 4);
  EXPECT_EQ(symbols->find_physical("here"), kBase + 0x1004);
  EXPECT_EQ(symbols->symbolise(high + 6)->text(), "here+0x2");
  EXPECT_EQ(symbols->symbolise(kBase + 0x1006)->text(), "here+0x2");
}

TEST(ElfLoaderTest, AKernelLinkedFromPhysicalZeroMovesToTheNextStage) {
  Ram ram(kBase, 0x400000);
  const uint64_t high = 0xffffffff80000000;
  const auto [elf, placement] =
      load(ElfBuilder(ET_EXEC, high).segment(high, 0, kCode).segment(high + 0x1000, 0x1000, kCode),
           ram, kBase + 0x200000);
  EXPECT_EQ(placement.range.base, kBase + 0x200000);
  EXPECT_EQ(placement.entry, kBase + 0x200000);
  EXPECT_EQ(std::memcmp(ram.at(kBase + 0x201000), kCode.data(), kCode.size()), 0);
}

TEST(ElfLoaderTest, PositionIndependentFilesMoveAndTheirWordsFollow) {
  Ram ram(kBase, 0x100000);
  ElfBuilder builder(ET_DYN, 0x4);
  builder.segment(0, kCode, 0x100).symbol("_start", 4);
  builder.relocations(0x1000, {{0x40, 0x1234}, {0x48, -1}});
  const auto [elf, placement] = load(builder, ram);
  EXPECT_EQ(placement.entry, kBase + 4);
  EXPECT_EQ(placement.relocations, 2u);
  EXPECT_EQ(word_at(ram, kBase + 0x40), kBase + 0x1234);
  EXPECT_EQ(word_at(ram, kBase + 0x48), kBase - 1);
  EXPECT_EQ(elf.symbols(placement)->find("_start")->address, kBase + 4);
}

TEST(ElfLoaderTest, PositionIndependentFilesLinkedInRamStay) {
  Ram ram(kBase, 0x100000);
  const auto [elf, placement] =
      load(ElfBuilder(ET_DYN, kBase + 0x1000).segment(kBase + 0x1000, kCode), ram);
  EXPECT_EQ(placement.entry, kBase + 0x1000);
}

TEST(ElfLoaderTest, RelocationsOutsideTheSegmentsAreRefused) {
  Ram ram(kBase, 0x100000);
  ElfBuilder builder(ET_DYN, 0);
  builder.segment(0, kCode, 0x100).relocations(0x1000, {{0xfc, 0}});
  const auto elf = ElfFile::parse(as_file(builder.build()));
  auto placement = elf->place({kRam, kBase});
  const auto outcome = elf->load(ram, *placement);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().text, HasSubstr("relocation"));
}

// A link without a linker script puts the ELF header on a page of its own below the code.
TEST(ElfLoaderTest, HeadersBelowRamAreSkippedAndOtherBytesAreNot) {
  Bytes bytes = ElfBuilder().segment(kBase, kCode).build();
  const size_t at = ElfBuilder::program_header(0);
  auto header = test::get<Elf64_Phdr>(bytes, at);
  header.p_offset = 0;
  header.p_paddr = header.p_vaddr = kBase - 0x1000;
  header.p_filesz = header.p_memsz = 0x1000 + kCode.size();
  set(bytes, at, header);
  set(bytes, offsetof(Elf64_Ehdr, e_shnum), uint16_t{0});
  std::fill(bytes.begin() + static_cast<long>(ElfBuilder::program_header(1)), bytes.end(), 0);
  bytes.resize(0x1000);
  bytes.insert(bytes.end(), kCode.begin(), kCode.end());

  Ram ram(kBase, 0x100000);
  auto elf = ElfFile::parse(as_file(bytes));
  auto placement = elf->place({kRam, kBase});
  ASSERT_TRUE(placement) << placement.error().text;
  EXPECT_EQ(placement->range.base, kBase);
  ASSERT_TRUE(elf->load(ram, *placement));
  EXPECT_EQ(std::memcmp(ram.at(kBase), kCode.data(), kCode.size()), 0);

  bytes[0x800] = 1;
  elf = ElfFile::parse(as_file(bytes));
  EXPECT_THAT(elf->place({kRam, kBase}).error().text, HasSubstr("lies outside RAM"));
}

}  // namespace
}  // namespace rvx
