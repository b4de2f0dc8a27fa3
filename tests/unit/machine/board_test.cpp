// Rules of the board table: nothing overlaps, and virt is where programs for QEMU expect it.
#include "machine/board.hpp"

#include <gtest/gtest.h>

namespace rvx {
namespace {

constexpr bool is_apart(const Board& board) {
  for (const BoardDevice& a : board.devices()) {
    if (a.size == 0 || a.base + a.size > board.ram_base) return false;
    if (a.irq > board.plic_sources) return false;
    for (const BoardDevice& b : board.devices()) {
      if (&a == &b) continue;
      if (a.name == b.name || (a.irq != 0 && a.irq == b.irq)) return false;
      if (a.base < b.base + b.size && b.base < a.base + a.size) return false;
    }
  }
  return true;
}
static_assert(is_apart(*find_board("virt")));
static_assert(is_apart(*find_board("spike")));

// Every row belongs to a board and no board's rows are torn apart.
constexpr size_t rows_of_all_boards() {
  size_t rows = 0;
  for (const Board& board : kBoards) rows += board.devices().size();
  return rows;
}
static_assert(rows_of_all_boards() == std::size(kBoardDevices));

TEST(BoardTest, UnknownNamesHaveNoBoard) {
  EXPECT_EQ(find_board("sifive_u"), nullptr);
  EXPECT_EQ(find_board(""), nullptr);
}

TEST(BoardTest, VirtIsWhereQemuHasIt) {
  const Board& virt = *find_board("virt");
  EXPECT_EQ(virt.ram_base, 0x80000000u);
  EXPECT_EQ(virt.reset_vector(), 0x1000u);
  EXPECT_EQ(virt.next_stage, 0x200000u);
  EXPECT_EQ(virt.timebase_hz, 10'000'000u);
  EXPECT_EQ(virt.plic_sources, 95u);
  EXPECT_EQ(virt.find(DeviceKind::kFinisher)->base, 0x100000u);
  EXPECT_EQ(virt.find(DeviceKind::kRtc)->irq, 11u);
  EXPECT_EQ(virt.find(DeviceKind::kClint)->base, 0x2000000u);
  EXPECT_EQ(virt.find(DeviceKind::kPlic)->size, 0x600000u);
  EXPECT_EQ(virt.find("uart")->base, 0x10000000u);
  EXPECT_EQ(virt.find("uart")->irq, 10u);
  EXPECT_EQ(virt.count(DeviceKind::kVirtio), 8u);
  for (unsigned i = 0; i < 8; ++i) {
    EXPECT_EQ(virt.find(DeviceKind::kVirtio, i)->base, 0x10001000u + 0x1000u * i);
    EXPECT_EQ(virt.find(DeviceKind::kVirtio, i)->irq, i + 1);
  }
  EXPECT_EQ(virt.find(DeviceKind::kVirtio, 8), nullptr);
}

TEST(BoardTest, VirtioSlotsFillFromTheHighestDown) {
  const Board& virt = *find_board("virt");
  EXPECT_EQ(virt.virtio_slot(0)->base, 0x10008000u);
  EXPECT_EQ(virt.virtio_slot(0)->irq, 8u);
  EXPECT_EQ(virt.virtio_slot(7)->base, 0x10001000u);
  EXPECT_EQ(virt.virtio_slot(8), nullptr);
  EXPECT_EQ(find_board("spike")->virtio_slot(0), nullptr);
}

TEST(BoardTest, SpikeHasItsOwnSizesAndIrqs) {
  const Board& spike = *find_board("spike");
  EXPECT_EQ(spike.find(DeviceKind::kClint)->size, 0xc0000u);
  EXPECT_EQ(spike.find(DeviceKind::kUart)->irq, 1u);
  EXPECT_EQ(spike.plic_sources, 31u);
  EXPECT_EQ(spike.plic_max_priority, 15u);
  EXPECT_EQ(spike.find(DeviceKind::kFinisher), nullptr);
}

}  // namespace
}  // namespace rvx
