// Rules of the layout in RAM: QEMU's addresses, everything clear of everything else, or the -m
// needed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine/byte_size.hpp"
#include "machine/image_loader.hpp"

namespace rvx {
namespace {

using testing::HasSubstr;

constexpr uint64_t kBase = 0x80000000;

LayoutInput linux_input(uint64_t ram, uint64_t initrd = 20'000'000) {
  LayoutInput in;
  in.ram_size = ram;
  in.firmware = {kBase, 0x46020};
  in.firmware_name = "fw.bin";
  in.kernel_name = "Image";
  in.kernel_size = 3'000'000;
  in.initrd_size = initrd;
  in.initrd_name = "initrd.gz";
  in.dtb_size = 5000;
  return in;
}

Layout plan(const LayoutInput& in) {
  const auto layout = plan_layout(in);
  EXPECT_TRUE(layout) << layout.error().text;
  return layout ? *layout : Layout{};
}

void expect_apart(const LayoutInput& in, const Layout& layout) {
  const PhysRange ram = {kBase, in.ram_size};
  const PhysRange copied = {kBase + in.board->fw_jump_dtb, in.dtb_size};
  const PhysRange parts[] = {in.firmware, layout.kernel, layout.initrd, layout.dtb};
  for (const PhysRange& part : parts) {
    if (part.is_empty()) continue;
    EXPECT_GE(part.base, ram.base);
    EXPECT_LE(part.end(), ram.end());
    for (const PhysRange& other : parts) {
      if (&other == &part) continue;
      EXPECT_FALSE(part.overlaps(other)) << part.text() << other.text();
    }
  }
  EXPECT_FALSE(!in.firmware.is_empty() && layout.initrd.overlaps(copied));
  EXPECT_EQ(layout.initrd.base % 4096, 0u);
  EXPECT_EQ(layout.dtb.base % 8, 0u);
}

// What QEMU 10.0.2 does with the same sizes (its monitor's `info roms`).
TEST(LayoutTest, AddressesAreThoseOfQemu) {
  struct Row {
    uint64_t ram, initrd, dtb;
  };
  for (const Row& row :
       {Row{128 * kMiB, 0x84200000, 0x87e00000}, Row{256 * kMiB, 0x88200000, 0x8fe00000},
        Row{1 * kGiB, 0xa0200000, 0xbfe00000}, Row{2 * kGiB, 0xa0200000, 0xffe00000},
        Row{4 * kGiB, 0xa0200000, 0x17fe00000}, Row{8 * kGiB, 0xa0200000, 0x27fe00000}}) {
    const LayoutInput in = linux_input(row.ram);
    const Layout layout = plan(in);
    EXPECT_EQ(layout.kernel.base, 0x80200000u);
    EXPECT_EQ(layout.initrd.base, row.initrd) << row.ram;
    EXPECT_EQ(layout.dtb.base, row.dtb) << row.ram;
    expect_apart(in, layout);
  }
}

TEST(LayoutTest, TheInitrdClearsTheKernelAndFwJumpsDeviceTree) {
  LayoutInput in = linux_input(128 * kMiB, 10 * kMiB);
  in.kernel_size = 90 * kMiB;
  expect_apart(in, plan(in));
  EXPECT_TRUE(plan(in).kernel_covers_fw_jump_dtb);

  in = linux_input(64 * kMiB, 4 * kMiB);  // half of RAM would be exactly fw_jump's place
  const Layout layout = plan(in);
  expect_apart(in, layout);
  EXPECT_GT(layout.initrd.base, kBase + in.board->fw_jump_dtb);

  in = linux_input(64 * kMiB, 28 * kMiB);
  expect_apart(in, plan(in));
}

TEST(LayoutTest, EverySizeEitherFitsOrSaysWhichMemoryWould) {
  for (uint64_t ram = 1 * kMiB; ram <= 512 * kMiB; ram *= 2) {
    for (uint64_t kernel = 4096; kernel <= 600 * kMiB; kernel = kernel * 5 / 2) {
      for (uint64_t initrd = 0; initrd <= 600 * kMiB; initrd = initrd * 3 + 5000) {
        LayoutInput in = linux_input(ram, initrd);
        in.kernel_size = kernel;
        const auto layout = plan_layout(in);
        if (layout) {
          expect_apart(in, *layout);
        } else {
          EXPECT_THAT(layout.error().text, HasSubstr("use -m "));
        }
      }
    }
  }
}

TEST(LayoutTest, TheSuggestedMemoryIsEnoughAndHalfOfItIsNot) {
  LayoutInput in = linux_input(64 * kMiB, 80 * kMiB);
  EXPECT_EQ(plan_layout(in).error().text,
            "initrd.gz (80 MiB) does not fit into RAM; there are 64 MiB; use -m 128M or more");
  in.ram_size = 128 * kMiB;
  EXPECT_TRUE(plan_layout(in));
}

TEST(LayoutTest, TextOffsetIsHonouredAndAlignedTo2MiB) {
  LayoutInput in = linux_input(256 * kMiB);
  in.kernel_text_offset = 0x400000;
  EXPECT_EQ(plan(in).kernel.base, 0x80400000u);
  in.kernel_text_offset = 0x80000;
  EXPECT_EQ(plan(in).kernel.base, 0x80200000u);
  in.kernel_text_offset = 0;  // built for M-mode; here firmware has that place
  EXPECT_EQ(plan(in).kernel.base, 0x80200000u);
  in.firmware = {};
  EXPECT_EQ(plan(in).kernel.base, kBase);
  in.kernel_text_offset = ~uint64_t{0} - 0x300000;
  EXPECT_FALSE(plan_layout(in));
}

TEST(LayoutTest, LargeFirmwarePushesTheKernelUp) {
  LayoutInput in = linux_input(256 * kMiB);
  in.firmware = {kBase, 0x200001};
  EXPECT_EQ(plan(in).kernel.base, 0x80400000u);
}

TEST(LayoutTest, AnAbsurdImageSizeIsAnError) {
  LayoutInput in = linux_input(256 * kMiB);
  for (const uint64_t size : {~uint64_t{0}, uint64_t{1} << 63, uint64_t{1} << 40}) {
    in.kernel_size = size;
    const auto layout = plan_layout(in);
    ASSERT_FALSE(layout);
    EXPECT_THAT(layout.error().text, HasSubstr("check the file"));
  }
}

TEST(LayoutTest, ALittleRamStillHoldsAProgramAndItsDeviceTree) {
  LayoutInput in;
  in.ram_size = kMiB;
  in.kernel_name = "tiny.elf";
  in.kernel_fixed = {kBase, 0x2000};
  in.dtb_size = 5000;
  expect_apart(in, plan(in));
}

TEST(LayoutTest, AProgramWithItsStackAtTheEndOfRamLeavesTheMiddleFree) {
  LayoutInput in;
  in.ram_size = 16 * kMiB;
  in.kernel_name = "split.elf";
  in.kernel_fixed = {kBase, 16 * kMiB};
  in.kernel_parts = {{kBase, 0x2000}, {kBase + 15 * kMiB, kMiB}};
  in.dtb_size = 5000;
  EXPECT_EQ(plan(in).dtb.base, kBase + 14 * kMiB);
}

TEST(LayoutTest, AnMModeProgramUnderFirmwareIsToldSo) {
  LayoutInput in = linux_input(256 * kMiB);
  in.kernel_name = "kernel.elf";
  in.kernel_fixed = {kBase, 0x1000};
  EXPECT_THAT(plan_layout(in).error().text, HasSubstr("use --bios none, or rvx run kernel.elf"));
}

}  // namespace
}  // namespace rvx
