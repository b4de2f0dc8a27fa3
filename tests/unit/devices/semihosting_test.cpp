// Rules of semihosting: operations, parameter blocks of both widths, exit codes, files, bad
// addresses.
#include "devices/semihosting.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tests/unit/devices/fakes.hpp"
#include "tests/unit/devices/temporary_tree.hpp"

namespace rvx {
namespace {

constexpr uint64_t kBase = fake::Memory::kBase;
constexpr uint64_t kBlock = kBase + 0x100;
constexpr uint64_t kName = kBase + 0x800;
constexpr uint64_t kBuffer = kBase + 0x1ff0;  // crosses a page
constexpr uint64_t kEnd = kBase + 0x10000;
constexpr uint64_t kMinusOne = ~uint64_t{0};

enum : uint64_t {
  kOpen = 1,
  kClose,
  kWritec,
  kWrite0,
  kWrite,
  kRead,
  kReadc,
  kIserror,
  kIstty,
  kSeek,
  kFlen = 0xc,
  kTmpnam,
  kRemove,
  kRename,
  kClock,
  kTime,
  kSystem,
  kErrno,
  kGetCmdline = 0x15,
  kHeapinfo,
  kExit = 0x18,
  kExitExtended = 0x20,
  kElapsed = 0x30,
  kTickfreq,
};

// Guest virtual memory that is the fake RAM, unmapped elsewhere.
class VirtualMemory : public Semihosting::Memory {
 public:
  explicit VirtualMemory(fake::Memory& ram) : ram_(ram) {}
  bool read(uint64_t address, void* bytes, size_t count) noexcept override {
    const uint8_t* from = ram_.map(address, count, false);
    if (from != nullptr) std::memcpy(bytes, from, count);
    return from != nullptr;
  }
  bool write(uint64_t address, const void* bytes, size_t count) noexcept override {
    uint8_t* to = ram_.map(address, count, true);
    if (to != nullptr) std::memcpy(to, bytes, count);
    return to != nullptr;
  }

 private:
  fake::Memory& ram_;
};

class SemihostingTest : public ::testing::Test {
 protected:
  SemihostingOptions options() {
    SemihostingOptions o;
    o.root = tree.root();
    o.command_line = "prog a b";
    o.errors = &errors;
    o.heap_base = 0x1000;
    o.heap_limit = 0x2000;
    o.stack_base = 0x3000;
    o.stack_limit = 0x2800;
    return o;
  }
  // An operation whose parameter is a block of words.
  Semihosting::Result block(uint64_t operation, uint64_t w0 = 0, uint64_t w1 = 0, uint64_t w2 = 0,
                            uint64_t w3 = 0, unsigned xlen = 64) {
    const uint64_t words[] = {w0, w1, w2, w3};
    for (unsigned i = 0; i < 4; ++i) {
      std::memcpy(ram.map(kBlock + i * (xlen / 8), 8, true), &words[i], xlen / 8);
    }
    return host.call(operation, kBlock, xlen, memory);
  }
  Semihosting::Result plain(uint64_t operation, uint64_t parameter = 0, unsigned xlen = 64) {
    return host.call(operation, parameter, xlen, memory);
  }
  uint64_t open(const std::string& name, uint64_t mode) {
    ram.set_text(kName, name);
    return block(kOpen, kName, mode, name.size()).a0;
  }
  void type(const std::string& text) {
    host.receive(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }

  fake::TemporaryTree tree;
  fake::Memory ram;
  VirtualMemory memory{ram};
  fake::Console console, errors;
  fake::ManualClock clock;
  Semihosting host{console, clock, options()};
};

TEST_F(SemihostingTest, UnknownOperationsReturnMinusOne) {
  for (uint64_t operation : {uint64_t{0}, uint64_t{0x0b}, uint64_t{0x19}, uint64_t{0x99}, kMinusOne,
                             uint64_t{kSystem}, uint64_t{kTmpnam}}) {
    const auto result = block(operation);
    EXPECT_EQ(result.a0, kMinusOne) << operation;
    EXPECT_FALSE(result.exit);
    EXPECT_FALSE(result.waits);
  }
}

TEST_F(SemihostingTest, Exit64TakesReasonAndCode) {
  auto result = block(kExit, 0x20026, 7);
  EXPECT_TRUE(result.exit);
  EXPECT_EQ(result.code, 7u);
  EXPECT_EQ(block(kExit, 0x20026, 0).code, 0u);
  EXPECT_EQ(block(kExit, 0x20026, kMinusOne).code, kMinusOne);
  EXPECT_EQ(block(kExit, 0x20023, 0).code, 1u) << "any other reason is a failure";
}

TEST_F(SemihostingTest, Exit32TakesTheReasonOnly) {
  auto result = plain(kExit, 0x20026, 32);
  EXPECT_TRUE(result.exit);
  EXPECT_EQ(result.code, 0u);
  EXPECT_EQ(plain(kExit, 0x20023, 32).code, 1u);
  EXPECT_EQ(plain(kExit, 0xffffffff00020026, 32).code, 0u) << "a1 has 32 bits";
}

TEST_F(SemihostingTest, ExtendedExitTakesABlockAtEitherWidth) {
  EXPECT_EQ(block(kExitExtended, 0x20026, 9).code, 9u);
  EXPECT_EQ(block(kExitExtended, 0x20026, 9, 0, 0, 32).code, 9u);
  EXPECT_TRUE(block(kExitExtended, 0x20026, 9, 0, 0, 32).exit);
}

TEST_F(SemihostingTest, ExitWithAnUnreadableBlockFailsInsteadOfSucceeding) {
  const auto result = plain(kExit, 0x10);
  EXPECT_FALSE(result.exit);
  EXPECT_EQ(result.a0, kMinusOne);
}

TEST_F(SemihostingTest, CharactersAndStringsGoToTheConsole) {
  ram.set_text(kBuffer, "Hello, world, in more than sixty-four characters across a page end!!");
  plain(kWritec, kBuffer);
  plain(kWrite0, kBuffer + 1);
  EXPECT_EQ(console.text, ram.text(kBuffer, std::strlen(console.text.c_str())));
  EXPECT_EQ(console.text.size(), 68u);
}

TEST_F(SemihostingTest, StringThatEndsWithTheMemoryIsWrittenWhole) {
  ram.set_text(kEnd - 4, "abc");
  EXPECT_EQ(plain(kWrite0, kEnd - 4).a0, 0u);
  EXPECT_EQ(console.text, "abc");
  ram.bytes.back() = 'd';
  EXPECT_EQ(plain(kWrite0, kEnd - 4).a0, kMinusOne) << "no NUL before the end";
  EXPECT_EQ(console.text, "abcabcd");
}

TEST_F(SemihostingTest, StringMayEndWhereAccessEndsInsideAPage) {
  ram.bytes.resize(0x10000 - 50);
  ram.set_text(kEnd - 54, "abc");
  EXPECT_EQ(plain(kWrite0, kEnd - 54).a0, 0u);
  EXPECT_EQ(console.text, "abc");
}

TEST_F(SemihostingTest, EndlessStringsAreCut) {
  fake::Memory big(4 << 20);
  std::fill(big.bytes.begin(), big.bytes.end(), 'x');
  VirtualMemory endless(big);
  EXPECT_EQ(host.call(kWrite0, kBase, 64, endless).a0, 0u);
  EXPECT_EQ(console.text.size(), size_t{1} << 20);
}

TEST_F(SemihostingTest, TerminalStreamsAreChosenByMode) {
  const uint64_t in = open(":tt", 0), out = open(":tt", 4), error = open(":tt", 8);
  ram.set_text(kBuffer, "text");
  EXPECT_EQ(block(kWrite, out, kBuffer, 4).a0, 0u);
  EXPECT_EQ(block(kWrite, error, kBuffer, 2).a0, 0u);
  EXPECT_EQ(block(kWrite, in, kBuffer, 3).a0, 3u) << "nothing written";
  EXPECT_EQ(console.text, "text");
  EXPECT_EQ(errors.text, "te");
  for (uint64_t handle : {in, out, error}) {
    EXPECT_EQ(block(kIstty, handle).a0, 1u);
    EXPECT_EQ(block(kSeek, handle, 0).a0, kMinusOne);
    EXPECT_EQ(block(kFlen, handle).a0, 0u);
    EXPECT_EQ(block(kClose, handle).a0, 0u);
    EXPECT_EQ(block(kClose, handle).a0, kMinusOne);
  }
}

TEST_F(SemihostingTest, ReadGivesWhatIsThereAndReturnsTheRest) {
  const uint64_t in = open(":tt", 0);
  type("hello");
  EXPECT_EQ(block(kRead, in, kBuffer, 3).a0, 0u);
  EXPECT_EQ(ram.text(kBuffer, 3), "hel");
  EXPECT_EQ(block(kRead, in, kBuffer, 10).a0, 8u);
  EXPECT_EQ(ram.text(kBuffer, 2), "lo");
}

TEST_F(SemihostingTest, ReadOfEmptyInputWaitsUntilThereIsSomeOrItEnds) {
  const uint64_t in = open(":tt", 0);
  EXPECT_TRUE(block(kRead, in, kBuffer, 3).waits);
  EXPECT_TRUE(plain(kReadc).waits);
  EXPECT_FALSE(block(kRead, in, kBuffer, 0).waits);
  type("xy");
  EXPECT_EQ(plain(kReadc).a0, static_cast<uint64_t>('x'));
  EXPECT_EQ(block(kRead, in, kBuffer, 3).a0, 2u);
  host.end_input();
  EXPECT_FALSE(block(kRead, in, kBuffer, 3).waits);
  EXPECT_EQ(block(kRead, in, kBuffer, 3).a0, 3u);
  EXPECT_EQ(plain(kReadc).a0, kMinusOne);
}

TEST_F(SemihostingTest, FilesAreWrittenReadSoughtAndMeasured) {
  uint64_t file = open("/data", 4);
  ASSERT_NE(file, kMinusOne);
  EXPECT_NE(file, 0u) << "zero is no handle";
  std::string text(10'000, 'q');
  text += "tail";
  std::memcpy(ram.map(kBuffer, text.size(), true), text.data(), text.size());
  EXPECT_EQ(block(kWrite, file, kBuffer, text.size()).a0, 0u);
  EXPECT_EQ(block(kFlen, file).a0, text.size());
  EXPECT_EQ(block(kIstty, file).a0, 0u);
  EXPECT_EQ(block(kRead, file, kBuffer, 4).a0, 4u) << "opened for writing only";
  EXPECT_EQ(plain(kErrno).a0, static_cast<uint64_t>(EBADF));
  EXPECT_EQ(block(kClose, file).a0, 0u);
  EXPECT_EQ(tree.read("data"), text);

  file = open("data", 0);
  EXPECT_EQ(block(kSeek, file, 10'000).a0, 0u);
  EXPECT_EQ(block(kRead, file, kBuffer, 100).a0, 96u);
  EXPECT_EQ(ram.text(kBuffer, 4), "tail");
  EXPECT_EQ(block(kSeek, file, kMinusOne).a0, kMinusOne);
  EXPECT_EQ(block(kSeek, file, 0).a0, 0u);
  EXPECT_EQ(block(kRead, file, kBuffer, 10'004).a0, 0u) << "more than one chunk";
  EXPECT_EQ(ram.text(kBuffer, 10'004), text);
}

TEST_F(SemihostingTest, AppendAddsToTheEnd) {
  tree.write("log", "one ");
  const uint64_t file = open("log", 8);
  ram.set_text(kBuffer, "two");
  EXPECT_EQ(block(kWrite, file, kBuffer, 3).a0, 0u);
  EXPECT_EQ(tree.read("log"), "one two");
}

TEST_F(SemihostingTest, FilesOutsideTheRootAreRefused) {
  EXPECT_EQ(open("../secret", 0), kMinusOne);
  EXPECT_EQ(plain(kErrno).a0, static_cast<uint64_t>(ENOENT));
  EXPECT_EQ(open(tree.outside() + "/secret", 0), kMinusOne);
  ram.set_text(kName, "../secret");
  EXPECT_EQ(block(kRemove, kName, 9).a0, kMinusOne);
  Semihosting closed(console, clock, SemihostingOptions{});
  const uint64_t words[] = {kName, 0, 9};
  for (unsigned i = 0; i < 3; ++i) ram.set_word(kBlock + 8 * i, words[i]);
  EXPECT_EQ(closed.call(kOpen, kBlock, 64, memory).a0, kMinusOne);
}

TEST_F(SemihostingTest, NamesCanBeRemovedAndChanged) {
  tree.write("a", "");
  ram.set_text(kName, "a");
  ram.set_text(kBuffer, "b");
  EXPECT_EQ(block(kRename, kName, 1, kBuffer, 1).a0, 0u);
  EXPECT_TRUE(tree.exists("b"));
  EXPECT_EQ(block(kRemove, kBuffer, 1).a0, 0u);
  EXPECT_FALSE(tree.exists("b"));
  EXPECT_EQ(block(kRemove, kBuffer, 1).a0, kMinusOne);
}

TEST_F(SemihostingTest, FeatureFileAnnouncesExtendedExitAndSeparateErrors) {
  EXPECT_EQ(open(":semihosting-features", 4), kMinusOne) << "read-only";
  const uint64_t file = open(":semihosting-features", 0);
  EXPECT_EQ(block(kFlen, file).a0, 5u);
  EXPECT_EQ(block(kRead, file, kBuffer, 16).a0, 11u);
  EXPECT_EQ(ram.text(kBuffer, 5), "SHFB\x03");
  EXPECT_EQ(block(kRead, file, kBuffer, 16).a0, 16u);
  EXPECT_EQ(block(kSeek, file, 4).a0, 0u);
  EXPECT_EQ(block(kRead, file, kBuffer, 1).a0, 0u);
  EXPECT_EQ(ram.text(kBuffer, 1), "\x03");
  EXPECT_EQ(block(kSeek, file, 6).a0, kMinusOne);
  EXPECT_EQ(block(kIstty, file).a0, 0u);
}

TEST_F(SemihostingTest, BadModesHandlesAndLengthsFail) {
  tree.write("f", "");
  EXPECT_EQ(open("f", 12), kMinusOne);
  EXPECT_EQ(open("f", kMinusOne), kMinusOne);
  for (uint64_t handle : {uint64_t{0}, uint64_t{64}, uint64_t{65}, kMinusOne}) {
    EXPECT_EQ(block(kClose, handle).a0, kMinusOne);
    EXPECT_EQ(block(kIstty, handle).a0, kMinusOne);
    EXPECT_EQ(block(kFlen, handle).a0, kMinusOne);
    EXPECT_EQ(block(kSeek, handle, 0).a0, kMinusOne);
    EXPECT_EQ(block(kRead, handle, kBuffer, 5).a0, 5u);
    EXPECT_EQ(block(kWrite, handle, kBuffer, 5).a0, 5u);
  }
  EXPECT_EQ(block(kOpen, kName, 0, kMinusOne).a0, kMinusOne);
  EXPECT_EQ(block(kOpen, kName, 0, 1 << 20).a0, kMinusOne);
}

TEST_F(SemihostingTest, UnreadableParametersAndBuffersFail) {
  for (uint64_t operation = 1; operation <= 0x0f; ++operation) {
    if (operation == kReadc) continue;
    EXPECT_EQ(plain(operation, 0x10).a0, kMinusOne) << operation;
  }
  EXPECT_EQ(block(kOpen, 0x10, 0, 4).a0, kMinusOne);
  const uint64_t out = open(":tt", 4);
  EXPECT_EQ(block(kWrite, out, kEnd - 4099, 4101).a0, 2u) << "all up to the end of memory";
  EXPECT_EQ(console.text.size(), 4099u);
  tree.write("f", "contents");
  const uint64_t file = open("f", 0);
  EXPECT_EQ(block(kRead, file, kEnd, 5).a0, 5u);
  EXPECT_EQ(plain(kErrno).a0, static_cast<uint64_t>(EFAULT));
}

TEST_F(SemihostingTest, IserrorIsTheSignBitOfTheWidth) {
  EXPECT_EQ(block(kIserror, kMinusOne).a0, 1u);
  EXPECT_EQ(block(kIserror, 0x80000000).a0, 0u);
  EXPECT_EQ(block(kIserror, 0x80000000, 0, 0, 0, 32).a0, 1u);
  EXPECT_EQ(block(kIserror, 5).a0, 0u);
}

TEST_F(SemihostingTest, TimeComesFromTheMachine) {
  clock.epoch = 1'700'000'000;
  clock.now = 3'210'000'000;
  EXPECT_EQ(plain(kClock).a0, 321u);
  EXPECT_EQ(plain(kTime).a0, 1'700'000'003u);
  EXPECT_EQ(plain(kTickfreq).a0, 1'000'000'000u);
  EXPECT_EQ(plain(kElapsed, kBuffer).a0, 0u);
  EXPECT_EQ(ram.word(kBuffer), 3'210'000'000u);
  EXPECT_EQ(plain(kElapsed, kBuffer, 32).a0, 0u);
  EXPECT_EQ(plain(kElapsed, 8).a0, kMinusOne);
}

TEST_F(SemihostingTest, CommandLineNeedsRoomForItsNul) {
  EXPECT_EQ(block(kGetCmdline, kBuffer, 9).a0, 0u);
  EXPECT_EQ(ram.text(kBuffer, 9), std::string("prog a b\0", 9));
  EXPECT_EQ(ram.word(kBlock + 8), 8u) << "length without the NUL";
  EXPECT_EQ(block(kGetCmdline, kBuffer, 8).a0, kMinusOne);
  EXPECT_EQ(block(kGetCmdline, kEnd - 8, 9).a0, kMinusOne);
}

TEST_F(SemihostingTest, HeapInfoFillsFourWordsOfTheWidth) {
  EXPECT_EQ(block(kHeapinfo, kBuffer).a0, 0u);
  EXPECT_EQ(ram.word(kBuffer), 0x1000u);
  EXPECT_EQ(ram.word(kBuffer + 8), 0x2000u);
  EXPECT_EQ(ram.word(kBuffer + 16), 0x3000u);
  EXPECT_EQ(ram.word(kBuffer + 24), 0x2800u);
  ram.set_word(kBuffer + 16, 0x5555);
  EXPECT_EQ(block(kHeapinfo, kBuffer, 0, 0, 0, 32).a0, 0u);
  EXPECT_EQ(ram.word(kBuffer), 0x2000'00001000u);
  EXPECT_EQ(ram.word(kBuffer + 16), 0x5555u) << "sixteen bytes exactly";
  EXPECT_EQ(block(kHeapinfo, kEnd - 24).a0, kMinusOne);
}

TEST_F(SemihostingTest, ThirtyTwoBitBlocksHaveFourByteFields) {
  ram.set_text(kName, ":tt");
  const uint64_t out = block(kOpen, kName, 4, 3, 0, 32).a0;
  ASSERT_NE(out, kMinusOne);
  ram.set_text(kBuffer, "rv32");
  EXPECT_EQ(block(kWrite, out, kBuffer, 4, 0, 32).a0, 0u);
  EXPECT_EQ(console.text, "rv32");
}

TEST_F(SemihostingTest, NumberOfHandlesIsLimited) {
  unsigned opened = 0;
  while (opened < 1000 && open(":tt", 4) != kMinusOne) ++opened;
  EXPECT_EQ(opened, 64u);
  EXPECT_EQ(plain(kErrno).a0, static_cast<uint64_t>(EMFILE));
  EXPECT_EQ(block(kClose, 10).a0, 0u);
  EXPECT_EQ(open(":tt", 4), 10u);
}

TEST_F(SemihostingTest, ConsoleHandlesSurviveLoadingAndFilesAreClosed) {
  tree.write("f", "");
  const uint64_t out = open(":tt", 4), file = open("f", 0),
                 features = open(":semihosting-features", 0);
  block(kRead, features, kBuffer, 2);
  type("in");
  fake::StateCopy state;
  state.save(host);
  Semihosting other(console, clock, options());
  state.load(other);
  EXPECT_TRUE(other.restored());
  const auto call = [&](uint64_t operation, uint64_t w0, uint64_t w1, uint64_t w2) {
    const uint64_t words[] = {w0, w1, w2};
    for (unsigned i = 0; i < 3; ++i) ram.set_word(kBlock + 8 * i, words[i]);
    return other.call(operation, kBlock, 64, memory).a0;
  };
  ram.set_text(kBuffer, "again");
  EXPECT_EQ(call(kWrite, out, kBuffer, 5), 0u);
  EXPECT_EQ(console.text, "again");
  EXPECT_EQ(call(kFlen, file, 0, 0), kMinusOne);
  EXPECT_EQ(call(kRead, features, kBuffer, 5), 2u);
  EXPECT_EQ(other.call(kReadc, 0, 64, memory).a0, static_cast<uint64_t>('i'));
}

TEST_F(SemihostingTest, ImpossibleStateIsBoundedAndReported) {
  fake::StateCopy state;
  state.save(host);
  state.field("handle_kinds")[0] = '\x63';
  state.field("feature_positions")[0] = '\x63';
  state.load(host);
  EXPECT_FALSE(host.restored());
  EXPECT_EQ(block(kRead, 1, kBuffer, 5).a0, 5u);
}

}  // namespace
}  // namespace rvx
