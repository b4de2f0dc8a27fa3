// Rules of the NS16550A: registers, FIFOs, interrupt priorities and their clearing.
#include "devices/uart16550.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/devices/fakes.hpp"

namespace rvx {
namespace {

class Uart16550Test : public ::testing::Test {
 protected:
  uint8_t in(unsigned index, unsigned size = 1) {
    uint64_t value = ~uint64_t{0};
    EXPECT_TRUE(uart.read(index, size, value));
    EXPECT_EQ(value >> 8, 0u) << "reads are zero-extended";
    return static_cast<uint8_t>(value);
  }
  void out(unsigned index, uint64_t value, unsigned size = 1) {
    EXPECT_TRUE(uart.write(index, size, value));
  }
  void type(const std::string& text) {
    uart.receive(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }

  fake::Console console;
  bool irq = false;
  Uart16550 uart{console, IrqLine([this](bool level) { irq = level; })};
};

TEST_F(Uart16550Test, ResetShowsAnIdleConnectedPortWithoutInterrupt) {
  EXPECT_EQ(in(1), 0x00);
  EXPECT_EQ(in(2), 0x01);
  EXPECT_EQ(in(3), 0x00);
  EXPECT_EQ(in(5), 0x60);
  EXPECT_EQ(in(6), 0xb0);
  EXPECT_FALSE(irq);
}

TEST_F(Uart16550Test, BytesWrittenGoOutAtOnceAndTheTransmitterStaysEmpty) {
  for (char c : std::string("hi\n")) out(0, static_cast<uint8_t>(c));
  EXPECT_EQ(console.text, "hi\n");
  EXPECT_EQ(in(5) & 0x60, 0x60);
}

TEST_F(Uart16550Test, WideAccessesActOnTheLowByteOfTheAddressedRegisterOnly) {
  out(0, 0xdeadbe41, 4);
  out(0, 0x1122334455667742, 8);
  out(0, 0xff43, 2);
  EXPECT_EQ(console.text, "ABC");
  out(7, 0xffffff5a, 4);
  EXPECT_EQ(in(7), 0x5a);
  EXPECT_EQ(in(5, 4), 0x60);
  EXPECT_EQ(in(5, 8), 0x60);
  EXPECT_EQ(in(1), 0) << "a word store to THR must not spill into IER";
}

TEST_F(Uart16550Test, OffsetsBeyondTheEightRegistersFault) {
  uint64_t value = 0;
  EXPECT_FALSE(uart.read(8, 1, value));
  EXPECT_FALSE(uart.write(8, 1, 0));
  EXPECT_FALSE(uart.write(~uint64_t{0}, 1, 0));
}

TEST_F(Uart16550Test, DivisorLatchReplacesDataAndInterruptEnable) {
  out(1, 0x05);
  out(3, 0x83);
  out(0, 0x34);
  out(1, 0x12);
  EXPECT_EQ(in(0), 0x34);
  EXPECT_EQ(in(1), 0x12);
  EXPECT_EQ(console.text, "") << "a divisor byte is not transmitted";
  out(3, 0x03);
  EXPECT_EQ(in(1), 0x05) << "IER is untouched by the divisor";
  EXPECT_EQ(in(3), 0x03);
}

TEST_F(Uart16550Test, UnusedBitsOfIerAndMcrReadZero) {
  out(1, 0xf1);
  EXPECT_EQ(in(1), 0x01);
  out(4, 0xe0);
  EXPECT_EQ(in(4), 0x00);
}

TEST_F(Uart16550Test, ReceivedByteSetsDataReadyUntilItIsRead) {
  type("x");
  EXPECT_EQ(in(5) & 1, 1);
  EXPECT_EQ(in(0), 'x');
  EXPECT_EQ(in(5) & 1, 0);
  EXPECT_EQ(in(0), 0) << "an empty receiver reads zero";
}

TEST_F(Uart16550Test, RoomIsOneWithoutFifosAndSixteenWithThem) {
  EXPECT_EQ(uart.room(), 1u);
  type("a");
  EXPECT_EQ(uart.room(), 0u);
  in(0);
  out(2, 0x01);
  EXPECT_EQ(uart.room(), 16u);
  type("abc");
  EXPECT_EQ(uart.room(), 13u);
}

TEST_F(Uart16550Test, FifoDeliversSixteenBytesInOrderAcrossItsEnd) {
  out(2, 0x01);
  type("0123456789");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(in(0), '0' + i);
  type("abcdefghijklmnop");
  EXPECT_EQ(uart.room(), 0u);
  for (char c = 'a'; c <= 'p'; ++c) EXPECT_EQ(in(0), c);
}

TEST_F(Uart16550Test, OverrunKeepsTheFifoButReplacesTheSingleCharacterWithoutFifos) {
  type("a");
  type("b");
  EXPECT_EQ(in(5) & 0x02, 0x02);
  EXPECT_EQ(in(5) & 0x02, 0) << "reading LSR clears the overrun";
  EXPECT_EQ(in(0), 'b');

  out(2, 0x01);
  type("0123456789abcdefX");
  EXPECT_EQ(in(5) & 0x02, 0x02);
  for (char c : std::string("0123456789abcdef")) EXPECT_EQ(in(0), c);
  EXPECT_EQ(in(5) & 0x01, 0);
}

TEST_F(Uart16550Test, IirShowsWhetherFifosAreEnabled) {
  EXPECT_EQ(in(2), 0x01);
  out(2, 0x01);
  EXPECT_EQ(in(2), 0xc1);
  out(2, 0x00);
  EXPECT_EQ(in(2), 0x01);
}

TEST_F(Uart16550Test, SwitchingFifosOrResettingTheReceiverDropsReceivedBytes) {
  type("a");
  out(2, 0x01);
  EXPECT_EQ(in(5) & 1, 0);
  type("ab");
  out(2, 0x03);
  EXPECT_EQ(in(5) & 1, 0);
  type("ab");
  out(2, 0x05);  // transmitter reset alone
  EXPECT_EQ(in(5) & 1, 1);
  out(2, 0x00);
  EXPECT_EQ(in(5) & 1, 0);
}

TEST_F(Uart16550Test, FcrBitsAreIgnoredWithoutTheEnableBit) {
  type("a");
  out(2, 0xc6);
  EXPECT_EQ(in(5) & 1, 1) << "no reset while FIFOs are off";
}

TEST_F(Uart16550Test, TriggerLevelsTurnTimeoutIntoDataAvailable) {
  const struct {
    uint8_t fcr;
    unsigned level;
  } cases[] = {{0x01, 1}, {0x41, 4}, {0x81, 8}, {0xc1, 14}};
  out(1, 0x01);
  for (const auto& c : cases) {
    out(2, c.fcr | 0x02);
    for (unsigned i = 1; i < c.level; ++i) {
      type("z");
      EXPECT_EQ(in(2), 0xcc) << "below the level: character timeout";
      EXPECT_TRUE(irq);
    }
    type("z");
    EXPECT_EQ(in(2), 0xc4) << "level " << c.level;
    for (unsigned i = 0; i < c.level; ++i) in(0);
    EXPECT_EQ(in(2), 0xc1);
    EXPECT_FALSE(irq);
  }
}

TEST_F(Uart16550Test, ReceivedDataInterruptsOnlyWhenEnabled) {
  type("q");
  EXPECT_FALSE(irq);
  EXPECT_EQ(in(2), 0x01);
  out(1, 0x01);
  EXPECT_TRUE(irq);
  EXPECT_EQ(in(2), 0x04);
  EXPECT_TRUE(irq) << "reading IIR does not clear received data";
  in(0);
  EXPECT_FALSE(irq);
}

TEST_F(Uart16550Test, EnablingThreInterruptRaisesItAtOnce) {
  out(1, 0x02);
  EXPECT_TRUE(irq);
  EXPECT_EQ(in(2), 0x02);
}

TEST_F(Uart16550Test, ReadingIirClearsThreUntilTheNextTransmission) {
  out(1, 0x02);
  EXPECT_EQ(in(2), 0x02);
  EXPECT_FALSE(irq);
  EXPECT_EQ(in(2), 0x01);
  out(1, 0x02);  // already enabled: nothing new
  EXPECT_FALSE(irq);
  out(0, 'x');
  EXPECT_TRUE(irq) << "the holding register became empty again";
  EXPECT_EQ(in(2), 0x02);
  out(1, 0x00);
  out(1, 0x02);
  EXPECT_TRUE(irq) << "newly enabled while empty";
}

TEST_F(Uart16550Test, ReadingIirLeavesThrePendingWhenAnotherSourceIsShown) {
  out(1, 0x03);
  type("a");
  EXPECT_EQ(in(2), 0x04);
  in(0);
  EXPECT_EQ(in(2), 0x02) << "THRE was not the source before";
  EXPECT_FALSE(irq);
}

TEST_F(Uart16550Test, InterruptsAreShownInOrderOfPriority) {
  out(4, 0x10);  // loop-back drops CTS, DSR and DCD: modem status changes
  out(4, 0x00);
  type("a");
  type("b");  // overrun
  out(1, 0x0f);
  EXPECT_EQ(in(2), 0x06);
  in(5);
  EXPECT_EQ(in(2), 0x04);
  in(0);
  EXPECT_EQ(in(2), 0x02);
  EXPECT_EQ(in(2), 0x00);
  EXPECT_TRUE(irq);
  in(6);
  EXPECT_EQ(in(2), 0x01);
  EXPECT_FALSE(irq);
}

TEST_F(Uart16550Test, LoopBackReceivesWhatIsTransmittedAndCutsTheOutside) {
  out(2, 0x01);
  out(4, 0x10);
  out(0, 'L');
  EXPECT_EQ(console.text, "");
  EXPECT_EQ(in(5) & 1, 1);
  EXPECT_EQ(uart.room(), 0u);
  type("lost");
  EXPECT_EQ(in(0), 'L');
  EXPECT_EQ(in(5) & 1, 0);
}

TEST_F(Uart16550Test, LoopBackWiresModemOutputsToInputs) {
  const struct {
    uint8_t mcr, msr;
  } cases[] = {{0x11, 0x20}, {0x12, 0x10}, {0x14, 0x40}, {0x18, 0x80}, {0x1a, 0x90}};
  for (const auto& c : cases) {
    out(4, c.mcr);
    EXPECT_EQ(in(6) & 0xf0, c.msr) << "MCR " << int(c.mcr);
  }
  out(4, 0x0f);
  EXPECT_EQ(in(6) & 0xf0, 0xb0);
}

TEST_F(Uart16550Test, ModemDeltasAreSetByChangesAndClearedByReading) {
  out(4, 0x10);  // CTS, DSR, DCD fall
  EXPECT_EQ(in(6), 0x0b);
  EXPECT_EQ(in(6), 0x00);
  out(4, 0x14);  // ring begins: not a trailing edge
  EXPECT_EQ(in(6), 0x40);
  out(4, 0x10);  // ring ends
  EXPECT_EQ(in(6), 0x04);
}

TEST_F(Uart16550Test, RoomIsAnnouncedWhenAFullReceiverIsRead) {
  unsigned announced = 0;
  uart.on_room = [&] { ++announced; };
  out(2, 0x01);
  EXPECT_EQ(announced, 0u) << "there was room before";
  type("0123456789abcdef");
  in(0);
  EXPECT_EQ(announced, 1u);
  in(0);
  EXPECT_EQ(announced, 1u);
  out(4, 0x10);
  out(4, 0x00);
  EXPECT_EQ(announced, 2u) << "leaving loop-back opens the wire";
}

TEST_F(Uart16550Test, StateIsCompleteAndDrivesTheLineAfterLoading) {
  out(1, 0x05);
  out(2, 0x81);
  out(3, 0x1b);
  out(4, 0x03);
  out(7, 0x77);
  type("0123456789abcdefX");
  fake::StateCopy state;
  state.save(uart);

  bool other_irq = false;
  fake::Console other_console;
  Uart16550 other(other_console, IrqLine([&](bool level) { other_irq = level; }));
  state.load(other);
  EXPECT_TRUE(other.restored());
  EXPECT_TRUE(other_irq);
  for (unsigned index : {1u, 3u, 4u, 5u, 2u, 6u, 7u}) {
    uint64_t a = 0, b = 1;
    ASSERT_TRUE(uart.read(index, 1, a));
    ASSERT_TRUE(other.read(index, 1, b));
    EXPECT_EQ(a, b) << index;
  }
  for (char c : std::string("0123456789abcdef")) {
    uint64_t value = 0;
    ASSERT_TRUE(other.read(0, 1, value));
    EXPECT_EQ(value, static_cast<uint8_t>(c));
  }
}

TEST_F(Uart16550Test, ImpossibleStateIsBoundedAndReported) {
  fake::StateCopy state;
  state.save(uart);
  state.field("rx_count")[0] = '\xff';
  state.field("rx_head")[0] = '\xee';
  state.load(uart);
  EXPECT_FALSE(uart.restored());
  EXPECT_EQ(uart.room(), 0u);
  in(0);
  EXPECT_EQ(uart.room(), 1u);
}

}  // namespace
}  // namespace rvx
