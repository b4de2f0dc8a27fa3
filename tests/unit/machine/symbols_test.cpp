// Rules of symbol tables: which name an address gets, and which symbol a name finds.
#include "machine/symbols.hpp"

#include <gtest/gtest.h>

#include "tests/unit/machine/elf_builder.hpp"

namespace rvx {
namespace {

using test::as_file;
using test::Bytes;
using test::ElfBuilder;

constexpr uint64_t kBase = 0x80000000;

std::shared_ptr<const SymbolTable> table(const ElfBuilder& builder, uint64_t bias = 0) {
  return std::make_shared<SymbolTable>(as_file(builder.build()), bias,
                                       std::vector<AddressMapping>{});
}

ElfBuilder program() {
  ElfBuilder builder;
  builder.segment(kBase, Bytes(0x100)).segment(kBase + 0x1000, Bytes(0x40));
  return builder;
}

std::string name_of(const SymbolTable& symbols, uint64_t address) {
  const auto found = symbols.symbolise(address);
  return found ? found->text() : "";
}

TEST(SymbolsTest, FunctionsEndWhereTheirSizeSays) {
  const auto symbols = table(program()
                                 .symbol("first", kBase, 0x10, STT_FUNC)
                                 .symbol("second", kBase + 0x20, 0x10, STT_FUNC));
  EXPECT_EQ(name_of(*symbols, kBase), "first");
  EXPECT_EQ(name_of(*symbols, kBase + 0xf), "first+0xf");
  EXPECT_EQ(name_of(*symbols, kBase + 0x10), "");
  EXPECT_EQ(name_of(*symbols, kBase + 0x2f), "second+0xf");
  EXPECT_EQ(name_of(*symbols, kBase - 1), "");
}

TEST(SymbolsTest, LabelsReachToTheNextSymbolOrTheEndOfTheirSection) {
  const auto symbols =
      table(program().symbol("_start", kBase).symbol("loop", kBase + 8, 0, STT_NOTYPE, STB_LOCAL));
  EXPECT_EQ(name_of(*symbols, kBase + 4), "_start+0x4");
  EXPECT_EQ(name_of(*symbols, kBase + 0xff), "loop+0xf7");
  EXPECT_EQ(name_of(*symbols, kBase + 0x100), "");
}

TEST(SymbolsTest, ALabelInsideAFunctionDoesNotHideWhatFollows) {
  const auto symbols = table(
      program().symbol("outer", kBase, 0x40, STT_FUNC).symbol("inner", kBase + 8, 4, STT_OBJECT));
  EXPECT_EQ(name_of(*symbols, kBase + 10), "inner+0x2");
  EXPECT_EQ(name_of(*symbols, kBase + 0x10), "outer+0x10");
}

TEST(SymbolsTest, FunctionsComeBeforeObjectsBeforeLabelsAtOneAddress) {
  const auto symbols = table(program()
                                 .symbol("function", kBase, 0x10, STT_FUNC)
                                 .symbol("object", kBase, 0x20, STT_OBJECT)
                                 .symbol("label", kBase));
  EXPECT_EQ(name_of(*symbols, kBase + 1), "function+0x1");
  EXPECT_EQ(name_of(*symbols, kBase + 0x11), "object+0x11");
  EXPECT_EQ(name_of(*symbols, kBase + 0x21), "label+0x21");
}

TEST(SymbolsTest, MappingSymbolsLocalLabelsAndConstantsNameNoAddress) {
  const auto symbols = table(program()
                                 .symbol("$x", kBase)
                                 .symbol(".L3", kBase)
                                 .symbol("__stack_size", kBase, 0, STT_NOTYPE, STB_GLOBAL, SHN_ABS)
                                 .symbol("undefined", kBase, 4, STT_FUNC, STB_GLOBAL, SHN_UNDEF));
  EXPECT_EQ(name_of(*symbols, kBase + 4), "");
  EXPECT_EQ(symbols->find("__stack_size")->address, kBase);
  EXPECT_FALSE(symbols->find("undefined"));
}

TEST(SymbolsTest, GlobalSymbolsAreFoundBeforeLocalOnes) {
  const auto symbols = table(program()
                                 .symbol("x", kBase + 4, 0, STT_NOTYPE, STB_LOCAL)
                                 .symbol("x", kBase + 8)
                                 .symbol("y", kBase + 12, 0, STT_NOTYPE, STB_LOCAL));
  EXPECT_EQ(symbols->find("x")->address, kBase + 8);
  EXPECT_EQ(symbols->find("y")->address, kBase + 12);
  EXPECT_FALSE(symbols->find("z"));
}

TEST(SymbolsTest, TheBiasMovesEverythingButConstants) {
  const auto symbols = table(program()
                                 .symbol("main", kBase, 8, STT_FUNC)
                                 .symbol("size", 16, 0, STT_NOTYPE, STB_GLOBAL, SHN_ABS),
                             0x1000);
  EXPECT_EQ(symbols->find("main")->address, kBase + 0x1000);
  EXPECT_EQ(symbols->find("size")->address, 16u);
  EXPECT_EQ(name_of(*symbols, kBase + 0x1004), "main+0x4");
}

TEST(SymbolsTest, DamagedTablesCountAsEmpty) {
  Bytes bytes = program().symbol("main", kBase, 8, STT_FUNC).build();
  const auto header = test::get<Elf64_Ehdr>(bytes, 0);
  const size_t symtab = header.e_shoff + 3 * sizeof(Elf64_Shdr);
  test::set(bytes, symtab + offsetof(Elf64_Shdr, sh_offset), ~uint64_t{0} - 8);
  const SymbolTable damaged(as_file(bytes), 0, {});
  EXPECT_FALSE(damaged.find("main"));
  EXPECT_FALSE(damaged.symbolise(kBase));

  const SymbolTable none(as_file({1, 2, 3}), 0, {});
  EXPECT_FALSE(none.find("main"));
  EXPECT_TRUE(none.sorted().empty());
}

TEST(SymbolsTest, OfSeveralFilesTheNearestNameWins) {
  Symbols symbols;
  EXPECT_FALSE(symbols.symbolise(kBase));
  symbols.add(table(program().symbol("far", kBase)));
  symbols.add(table(program().symbol("near", kBase + 0x40)));
  EXPECT_EQ(symbols.symbolise(kBase + 0x48)->text(), "near+0x8");
  EXPECT_EQ(symbols.symbolise(kBase + 0x8)->text(), "far+0x8");
  EXPECT_EQ(symbols.find("far")->address, kBase);
}

}  // namespace
}  // namespace rvx
