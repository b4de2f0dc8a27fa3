// Rules of HTIF: tohost and fromhost, exit codes, console and identification.
#include "devices/htif.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/devices/fakes.hpp"

namespace rvx {
namespace {

constexpr uint64_t kToHost = fake::Memory::kBase + 0x1000;
constexpr uint64_t kFromHost = fake::Memory::kBase + 0x1040;
constexpr uint64_t kBlock = fake::Memory::kBase + 0x2000;
constexpr uint64_t kBuffer = fake::Memory::kBase + 0x3000;

class HtifTest : public ::testing::Test {
 protected:
  Htif make(std::optional<uint64_t> fromhost = kFromHost) {
    return Htif(memory, console, kToHost, fromhost, HtifOptions{}, [this](uint64_t code) {
      exits.push_back(code);
      tohost_at_exit = memory.word(kToHost);
    });
  }
  void send(Htif& to, uint64_t word) {
    memory.set_word(kToHost, word);
    to.poll();
  }
  // One proxied system call; returns its result.
  uint64_t call(Htif& to, uint64_t number, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0) {
    const uint64_t words[8] = {number, a0, a1, a2, 0, 0, 0, 0};
    for (unsigned i = 0; i < 8; ++i) memory.set_word(kBlock + 8 * i, words[i]);
    send(to, kBlock);
    return memory.word(kBlock);
  }
  // What fromhost holds, taken as a guest takes it.
  uint64_t reply(Htif& from) {
    const uint64_t word = memory.word(kFromHost);
    memory.set_word(kFromHost, 0);
    from.poll();
    return word;
  }
  void type(Htif& to, const std::string& text) {
    to.receive(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }

  fake::Memory memory;
  fake::Console console;
  std::vector<uint64_t> exits;
  uint64_t tohost_at_exit = 1;
  Htif htif = make();
};

TEST_F(HtifTest, OddPayloadExitsWithPayloadShiftedRight) {
  send(htif, 1);
  send(htif, (5 << 1) | 1);
  send(htif, (256 << 1) | 1);
  send(htif, 0xffffffff);
  EXPECT_EQ(exits, (std::vector<uint64_t>{0, 5, 256, 0x7fffffff}));
}

TEST_F(HtifTest, ExitCodesKeepAllBitsAndTheirSign) {
  send(htif, ~uint64_t{0});
  send(htif, 0x0000ffffffffffff);
  EXPECT_EQ(exits, (std::vector<uint64_t>{~uint64_t{0}, 0x00007fffffffffff}));
}

TEST_F(HtifTest, ToHostIsZeroedBeforeTheCommandIsCarriedOut) {
  send(htif, 3);
  EXPECT_EQ(tohost_at_exit, 0u);
}

TEST_F(HtifTest, ZeroIsNoCommand) {
  htif.poll();
  EXPECT_TRUE(exits.empty());
  EXPECT_EQ(memory.word(kFromHost), 0u);
}

TEST_F(HtifTest, ConsoleWritePutsOneByteWithoutReply) {
  send(htif, 0x0101000000000000 | 'A');
  send(htif, 0x0101000000000000 | 'B');
  EXPECT_EQ(console.text, "AB");
  EXPECT_EQ(memory.word(kFromHost), 0u);
  EXPECT_TRUE(exits.empty()) << "an odd character is not an exit";
}

TEST_F(HtifTest, ConsoleReadIsAnsweredWhenAByteArrives) {
  send(htif, 0x0100000000000000);
  EXPECT_EQ(reply(htif), 0u);
  type(htif, "xy");
  EXPECT_EQ(reply(htif), 0x0100000000000100u | 'x');
  EXPECT_EQ(reply(htif), 0u) << "the second byte was not asked for";
  send(htif, 0x0100000000000000);
  EXPECT_EQ(reply(htif), 0x0100000000000100u | 'y');
}

TEST_F(HtifTest, ReplyWaitsUntilFromHostIsZero) {
  memory.set_word(kFromHost, 0x77);
  type(htif, "a");
  send(htif, 0x0100000000000000);
  EXPECT_EQ(memory.word(kFromHost), 0x77u);
  EXPECT_EQ(reply(htif), 0x77u);
  EXPECT_EQ(reply(htif), 0x0100000000000100u | 'a');
}

TEST_F(HtifTest, SystemCallIsAnsweredWithResultAndFromHost) {
  memory.set_text(kBuffer, "hello");
  EXPECT_EQ(call(htif, 64, 1, kBuffer, 5), 5u);
  EXPECT_EQ(console.text, "hello");
  EXPECT_EQ(reply(htif), 1u);
  EXPECT_EQ(memory.word(kToHost), 0u);
}

TEST_F(HtifTest, SystemCallExitEndsWithItsArgument) {
  call(htif, 93, 42);
  EXPECT_EQ(exits, (std::vector<uint64_t>{42}));
}

TEST_F(HtifTest, WithoutFromHostCommandsWorkAndReplyNothing) {
  Htif silent = make(std::nullopt);
  memory.set_text(kBuffer, "hi");
  EXPECT_EQ(call(silent, 64, 1, kBuffer, 2), 2u);
  send(silent, 0x0101000000000000 | '!');
  send(silent, 1);
  EXPECT_EQ(console.text, "hi!");
  EXPECT_EQ(exits.size(), 1u);
  EXPECT_EQ(memory.word(kFromHost), 0u);
}

TEST_F(HtifTest, ReadOfEmptyConsoleWaitsForInputAndThenReplies) {
  call(htif, 63, 0, kBuffer, 16);
  EXPECT_EQ(reply(htif), 0u) << "no reply before there is input";
  type(htif, "ab");
  EXPECT_EQ(memory.word(kBlock), 2u);
  EXPECT_EQ(memory.text(kBuffer, 2), "ab");
  EXPECT_EQ(reply(htif), 1u);
}

TEST_F(HtifTest, ReadReturnsZeroOnceInputHasEnded) {
  type(htif, "z");
  htif.end_input();
  EXPECT_EQ(call(htif, 63, 0, kBuffer, 16), 1u) << "what came before the end";
  EXPECT_EQ(call(htif, 63, 0, kBuffer, 16), 0u);
}

TEST_F(HtifTest, EndOfInputWakesAWaitingRead) {
  call(htif, 63, 0, kBuffer, 16);
  htif.end_input();
  EXPECT_EQ(memory.word(kBlock), 0u);
  EXPECT_EQ(reply(htif), 1u);
}

TEST_F(HtifTest, IdentifyWritesNamesOfDevicesAndCommands) {
  const struct {
    uint64_t device, what;
    const char* name;
  } cases[] = {{0, 255, "syscall_proxy"}, {0, 0, "syscall"}, {1, 255, "bcd"}, {1, 0, "read"},
               {1, 1, "write"},           {2, 255, ""}};
  for (const auto& c : cases) {
    memory.set_text(kBuffer, std::string(70, '#'));
    send(htif, c.device << 56 | uint64_t{255} << 48 | kBuffer << 8 | c.what);
    EXPECT_STREQ(memory.text(kBuffer, 64).c_str(), c.name);
    EXPECT_EQ(memory.text(kBuffer + 63, 2), std::string("\0#", 2)) << "64 bytes exactly";
    EXPECT_EQ(reply(htif), c.device << 56 | uint64_t{255} << 48 | 1);
  }
}

TEST_F(HtifTest, UnknownDevicesAndCommandsAreIgnored) {
  send(htif, 0x0200000000000001);
  send(htif, 0x0105000000000041);
  send(htif, 0x0007000000000002);
  EXPECT_TRUE(exits.empty());
  EXPECT_EQ(console.text, "");
  EXPECT_EQ(memory.word(kFromHost), 0u);
  EXPECT_EQ(memory.word(kToHost), 0u);
}

TEST_F(HtifTest, SystemCallBlockOutsideRamHarmsNothingAndStillReplies) {
  for (uint64_t block : {uint64_t{0x10}, fake::Memory::kBase + 0xfff8, uint64_t{0xfffffffffffe}}) {
    send(htif, block);
    EXPECT_EQ(reply(htif), 1u) << block;
  }
}

TEST_F(HtifTest, RegistersOutsideRamAreHarmless) {
  Htif lost(memory, console, 0x10, 0xffffffffffffffff, HtifOptions{}, nullptr);
  lost.poll();
  lost.receive(reinterpret_cast<const uint8_t*>("x"), 1);
  SUCCEED();
}

TEST_F(HtifTest, RegistersNeedNotBeAligned) {
  Htif odd(memory, console, kToHost + 3, kFromHost + 5, HtifOptions{}, nullptr);
  memory.set_word(kToHost + 3, 0x0101000000000000 | 'u');
  odd.poll();
  EXPECT_EQ(console.text, "u");
  EXPECT_EQ(memory.word(kToHost + 3), 0u);
  odd.receive(reinterpret_cast<const uint8_t*>("v"), 1);
  memory.set_word(kToHost + 3, 0x0100000000000000);
  odd.poll();
  EXPECT_EQ(memory.word(kFromHost + 5), 0x0100000000000100u | 'v');
}

TEST_F(HtifTest, RepliesNobodyTakesDoNotPileUp) {
  for (int i = 0; i < 1000; ++i) call(htif, 9999);
  unsigned replies = 0;
  while (reply(htif) != 0) ++replies;
  EXPECT_LE(replies, 65u);
  EXPECT_EQ(call(htif, 64, 1, kBuffer, 0), 0u);
  EXPECT_EQ(reply(htif), 1u) << "it goes on working afterwards";
}

TEST_F(HtifTest, RoomShrinksWithWaitingInputAndIsAnnounced) {
  unsigned announced = 0;
  htif.on_room = [&] { ++announced; };
  const size_t room = htif.room();
  type(htif, std::string(room, 'q'));
  EXPECT_EQ(htif.room(), 0u);
  EXPECT_EQ(announced, 0u);
  EXPECT_EQ(call(htif, 63, 0, kBuffer, 10), 10u);
  EXPECT_EQ(htif.room(), 10u);
  EXPECT_EQ(announced, 1u);
}

TEST_F(HtifTest, StateIsCompleteAfterLoading) {
  call(htif, 63, 0, kBuffer, 16);  // waits
  memory.set_word(kFromHost, 9);
  call(htif, 9999);  // its reply waits too
  fake::StateCopy state;
  state.save(htif);
  Htif other = make();
  state.load(other);
  EXPECT_TRUE(other.restored());
  const uint64_t words[4] = {63, 0, kBuffer, 16};
  for (unsigned i = 0; i < 4; ++i) memory.set_word(kBlock + 8 * i, words[i]);
  EXPECT_EQ(reply(other), 9u);
  EXPECT_EQ(reply(other), 1u);
  type(other, "k");
  EXPECT_EQ(memory.text(kBuffer, 1), "k");
}

TEST_F(HtifTest, ImpossibleStateIsBoundedAndReported) {
  fake::StateCopy state;
  state.save(htif);
  state.field("input_count") = std::string("\xff\xff\xff\xff", 4);
  state.field("replies") = std::string(8 * 1000, '\1');
  state.load(htif);
  EXPECT_FALSE(htif.restored());
  EXPECT_EQ(htif.room(), 0u);
  EXPECT_NE(call(htif, 63, 0, kBuffer, 16), 0u);
}

}  // namespace
}  // namespace rvx
