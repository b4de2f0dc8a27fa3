// Rules of the device tree: what stands in it, that dtc takes it, and that it matches QEMU's.
#include "machine/fdt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libfdt.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace rvx {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Bytes = std::vector<uint8_t>;

FdtInput virt_input(unsigned harts = 2) {
  FdtInput input;
  input.ram_size = uint64_t{256} << 20;
  input.harts = harts;
  input.isa = "rv64imafdc_zicboz_zicsr";
  input.mmu_type = "riscv,sv57";
  input.cboz_block_size = 64;
  input.chosen.rng_seed = Bytes(32, 0xa5);
  return input;
}

Bytes make(const FdtInput& input) {
  auto dtb = make_dtb(input);
  EXPECT_TRUE(dtb) << dtb.error().text;
  return dtb ? *dtb : Bytes();
}

// A property's bytes, "(none)" where it is missing.
std::string property(const Bytes& dtb, const char* path, const char* name) {
  const int node = fdt_path_offset(dtb.data(), path);
  int size = 0;
  const void* value = node < 0 ? nullptr : fdt_getprop(dtb.data(), node, name, &size);
  return value == nullptr ? "(none)"
                          : std::string(static_cast<const char*>(value), static_cast<size_t>(size));
}

std::string cells(std::initializer_list<uint32_t> values) {
  std::string bytes;
  for (const uint32_t value : values) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  }
  return bytes;
}

std::string strings(const char* text) { return std::string(text) + '\0'; }

bool runs(const std::string& command) { return std::system(command.c_str()) == 0; }

class Folder {
 public:
  // A name of its own: tests run side by side.
  Folder() {
    std::string name = (std::filesystem::path(testing::TempDir()) / "rvx-fdt-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }
  void write(const char* name, const void* data, size_t size) const {
    std::ofstream(path_ / name, std::ios::binary)
        .write(static_cast<const char*>(data), static_cast<long>(size));
  }
  [[nodiscard]] std::string read(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(path_ / name, std::ios::binary).rdbuf();
    return text.str();
  }

 private:
  std::filesystem::path path_;
};

TEST(FdtTest, VirtTellsWhatQemuTells) {
  FdtInput input = virt_input();
  input.chosen.bootargs = "console=ttyS0";
  input.chosen.initrd = {0x88200000, 0x1000};
  const Bytes dtb = make(input);
  EXPECT_EQ(fdt_check_full(dtb.data(), dtb.size()), 0);
  EXPECT_EQ(property(dtb, "/", "compatible"), strings("riscv-virtio"));
  EXPECT_EQ(property(dtb, "/", "model"), strings("riscv-virtio,qemu"));
  EXPECT_EQ(property(dtb, "/cpus", "timebase-frequency"), cells({10'000'000}));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1", "reg"), cells({1}));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1", "riscv,isa"), strings("rv64imafdc_zicboz_zicsr"));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1", "riscv,isa-base"), strings("rv64i"));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1", "riscv,isa-extensions"),
            std::string("i\0m\0a\0f\0d\0c\0zicboz\0zicsr\0", 25));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1", "mmu-type"), strings("riscv,sv57"));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1", "riscv,cboz-block-size"), cells({64}));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1", "riscv,cbom-block-size"), "(none)");
  EXPECT_EQ(property(dtb, "/memory@80000000", "reg"), cells({0, 0x80000000, 0, 0x10000000}));
  EXPECT_EQ(property(dtb, "/soc/serial@10000000", "interrupts"), cells({10}));
  EXPECT_EQ(property(dtb, "/soc/serial@10000000", "clock-frequency"), cells({3686400}));
  EXPECT_EQ(property(dtb, "/soc/virtio_mmio@10008000", "interrupts"), cells({8}));
  EXPECT_EQ(property(dtb, "/soc/plic@c000000", "riscv,ndev"), cells({95}));
  EXPECT_EQ(property(dtb, "/chosen", "stdout-path"), strings("/soc/serial@10000000"));
  EXPECT_EQ(property(dtb, "/aliases", "serial0"), strings("/soc/serial@10000000"));
  EXPECT_EQ(property(dtb, "/chosen", "bootargs"), strings("console=ttyS0"));
  EXPECT_EQ(property(dtb, "/chosen", "linux,initrd-start"), cells({0, 0x88200000}));
  EXPECT_EQ(property(dtb, "/chosen", "linux,initrd-end"), cells({0, 0x88201000}));
  EXPECT_EQ(property(dtb, "/chosen", "rng-seed"), std::string(32, '\xa5'));
  EXPECT_EQ(property(dtb, "/poweroff", "value"), cells({0x5555}));
  EXPECT_EQ(property(dtb, "/reboot", "value"), cells({0x7777}));
  EXPECT_EQ(property(dtb, "/poweroff", "regmap"), property(dtb, "/soc/test@100000", "phandle"));
}

TEST(FdtTest, InterruptLinesReachTheHartsInPlicAndClintOrder) {
  const Bytes dtb = make(virt_input());
  const auto intc = [&](const char* path) { return property(dtb, path, "phandle"); };
  const std::string hart0 = intc("/cpus/cpu@0/interrupt-controller");
  const std::string hart1 = intc("/cpus/cpu@1/interrupt-controller");
  EXPECT_NE(hart0, hart1);
  EXPECT_EQ(property(dtb, "/soc/plic@c000000", "interrupts-extended"),
            hart0 + cells({11}) + hart0 + cells({9}) + hart1 + cells({11}) + hart1 + cells({9}));
  EXPECT_EQ(property(dtb, "/soc/clint@2000000", "interrupts-extended"),
            hart0 + cells({3}) + hart0 + cells({7}) + hart1 + cells({3}) + hart1 + cells({7}));
}

TEST(FdtTest, SpikeTellsWhatSpikeTells) {
  FdtInput input = virt_input(1);
  input.board = find_board("spike");
  const Bytes dtb = make(input);
  EXPECT_EQ(property(dtb, "/", "compatible"), strings("ucbbar,spike-bare-dev"));
  EXPECT_EQ(property(dtb, "/soc", "compatible"),
            std::string("ucbbar,spike-bare-soc\0simple-bus\0", 33));
  EXPECT_EQ(property(dtb, "/soc/plic@c000000", "riscv,ndev"), cells({31}));
  EXPECT_EQ(property(dtb, "/soc/plic@c000000", "riscv,max-priority"), cells({15}));
  EXPECT_EQ(property(dtb, "/soc/ns16550@10000000", "interrupts"), cells({1}));
  EXPECT_EQ(property(dtb, "/htif", "compatible"), strings("ucb,htif0"));
  EXPECT_EQ(property(dtb, "/poweroff", "value"), "(none)");
}

TEST(FdtTest, OnlyAttachedDevicesStandInTheTree) {
  FdtInput input = virt_input(1);
  const Board& virt = *find_board("virt");
  input.devices = {virt.find(DeviceKind::kClint), virt.find(DeviceKind::kPlic),
                   virt.virtio_slot(0)};
  const Bytes dtb = make(input);
  EXPECT_EQ(property(dtb, "/soc/virtio_mmio@10008000", "interrupts"), cells({8}));
  EXPECT_EQ(property(dtb, "/soc/virtio_mmio@10007000", "interrupts"), "(none)");
  EXPECT_EQ(property(dtb, "/soc/serial@10000000", "reg"), "(none)");
  EXPECT_EQ(property(dtb, "/chosen", "stdout-path"), "(none)");
  EXPECT_EQ(property(dtb, "/poweroff", "value"), "(none)");
}

TEST(FdtTest, ManyHartsFitAndTooManyAreAnError) {
  const Bytes dtb = make(virt_input(512));
  EXPECT_EQ(property(dtb, "/cpus/cpu@1ff", "reg"), cells({511}));
  const auto too_many = make_dtb(virt_input(100'000));
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().status, kUsageStatus);
  EXPECT_FALSE(make_dtb(virt_input(0)));
}

TEST(FdtTest, ExtensionListsComeFromTheIsaString) {
  EXPECT_THAT(isa_extension_list("rv64imac"), ElementsAre("i", "m", "a", "c"));
  EXPECT_THAT(isa_extension_list("rv64imafdch_zba_sstc"),
              ElementsAre("i", "m", "a", "f", "d", "c", "h", "zba", "sstc"));
  EXPECT_THAT(isa_extension_list("rv64i2p1_m2p0_zicsr2p0_zve64x1p0_zvl128b_ss1p13"),
              ElementsAre("i", "m", "zicsr", "zve64x", "zvl128b", "ss1p13"));
  EXPECT_THAT(isa_extension_list("rv64izicsr"), ElementsAre("i", "zicsr"));
  EXPECT_THAT(isa_extension_list(""), ElementsAre());
}

TEST(FdtTest, DtcTakesTheTreesWithoutAWarning) {
  if (!runs("dtc --version >/dev/null 2>&1")) GTEST_SKIP() << "dtc is not installed";
  const Folder folder;
  for (const Board& board : kBoards) {
    FdtInput input = virt_input();
    input.board = &board;
    input.chosen.bootargs = "a \"quoted\" back\\slash";
    const Bytes dtb = make(input);
    folder.write("tree.dtb", dtb.data(), dtb.size());
    EXPECT_TRUE(runs("dtc -I dtb -O dts -o /dev/null " + folder.file("tree.dtb") + " 2>" +
                     folder.file("log")));
    EXPECT_EQ(folder.read("log"), "") << board.name;
  }
}

TEST(FdtTest, DtcMakesTheSameTreeFromPrintedSource) {
  if (!runs("dtc --version >/dev/null 2>&1")) GTEST_SKIP() << "dtc is not installed";
  const Folder folder;
  FdtInput input = virt_input();
  input.chosen.bootargs = "a \"quoted\" back\\slash";
  input.chosen.rng_seed.resize(31);
  const auto source = to_dts(make(input));
  ASSERT_TRUE(source);
  folder.write("tree.dts", source->data(), source->size());
  ASSERT_TRUE(
      runs("dtc -q -I dts -O dtb -o " + folder.file("again.dtb") + " " + folder.file("tree.dts")));
  const std::string again = folder.read("again.dtb");
  const auto second = to_dts({reinterpret_cast<const uint8_t*>(again.data()), again.size()});
  ASSERT_TRUE(second);
  EXPECT_EQ(*source, *second);
}

// All paths of nodes and their properties, "/soc/rtc@101000 reg".
std::set<std::string> names(const void* tree) {
  std::set<std::string> all;
  for (int node = 0; node >= 0; node = fdt_next_node(tree, node, nullptr)) {
    char path[256];
    if (fdt_get_path(tree, node, path, sizeof path) != 0) continue;
    all.insert(path);
    int property = 0;
    fdt_for_each_property_offset(property, tree, node) {
      const char* name = nullptr;
      fdt_getprop_by_offset(tree, property, &name, nullptr);
      all.insert(std::string(path) + " " + name);
    }
  }
  return all;
}

TEST(FdtTest, NamesAreThoseOfQemu) {
  const Folder folder;
  if (!runs("qemu-system-riscv64 -M virt,dumpdtb=" + folder.file("qemu.dtb") +
            " -cpu rv64 -smp 2 -m 256M -display none >/dev/null 2>&1")) {
    GTEST_SKIP() << "qemu-system-riscv64 is not installed";
  }
  FdtInput input = virt_input();
  input.cbom_block_size = input.cboz_block_size = input.cbop_block_size = 64;
  input.pmu = describe_pmu(true, true);
  const Bytes ours = make(input);
  const std::string theirs = folder.read("qemu.dtb");
  const std::set<std::string> our_names = names(ours.data());
  // What rvx does not have.
  const auto is_theirs_alone = [](const std::string& name) {
    for (const char* part : {"/platform-bus", "/fw-cfg", "/flash", "/pci"}) {
      if (name.find(part) != std::string::npos) return true;
    }
    return false;
  };
  for (const std::string& name : names(theirs.data())) {
    if (is_theirs_alone(name)) continue;
    EXPECT_THAT(our_names, Contains(name));
  }
}

TEST(FdtTest, PatchingKeepsTheTreeAndFillsChosen) {
  const Bytes original = make(virt_input());
  FdtChosen chosen;
  chosen.bootargs = "root=/dev/vda";
  chosen.initrd = {0x90000000, 0x10};
  const auto patched = patch_dtb(original, "tree.dtb", chosen);
  ASSERT_TRUE(patched) << patched.error().text;
  EXPECT_EQ(property(*patched, "/chosen", "bootargs"), strings("root=/dev/vda"));
  EXPECT_EQ(property(*patched, "/chosen", "linux,initrd-end"), cells({0, 0x90000010}));
  EXPECT_EQ(property(*patched, "/chosen", "rng-seed"), std::string(32, '\xa5'));
  EXPECT_EQ(property(*patched, "/soc/rtc@101000", "interrupts"), cells({11}));
}

TEST(FdtTest, PatchingMakesAChosenNodeWhereThereIsNone) {
  Bytes tree(256);
  ASSERT_EQ(fdt_create_empty_tree(tree.data(), static_cast<int>(tree.size())), 0);
  FdtChosen chosen;
  chosen.bootargs = std::string(5000, 'x');
  const auto patched = patch_dtb(tree, "tree.dtb", chosen);
  ASSERT_TRUE(patched) << patched.error().text;
  EXPECT_EQ(property(*patched, "/chosen", "bootargs").size(), 5001u);
}

TEST(FdtTest, DamagedTreesAreOneLine) {
  const Bytes good = make(virt_input());
  for (const size_t size : {size_t{0}, size_t{4}, size_t{39}, size_t{40}, good.size() - 1}) {
    const Bytes part(good.begin(), good.begin() + static_cast<long>(size));
    const auto checked = check_dtb(part, "my\n.dtb");
    ASSERT_FALSE(checked) << size;
    EXPECT_EQ(checked.error().status, kUnusableStatus);
    EXPECT_THAT(checked.error().text, HasSubstr("my\\x0a.dtb"));
    EXPECT_FALSE(to_dts(part));
    EXPECT_FALSE(patch_dtb(part, "x", {}));
  }
}

TEST(FdtTest, PrintingStopsAtAbsurdDepth) {
  Bytes tree(64 << 10);
  fdt_create(tree.data(), static_cast<int>(tree.size()));
  fdt_finish_reservemap(tree.data());
  for (int i = 0; i < 1000; ++i) fdt_begin_node(tree.data(), i == 0 ? "" : "n");
  for (int i = 0; i < 1000; ++i) fdt_end_node(tree.data());
  ASSERT_EQ(fdt_finish(tree.data()), 0);
  const auto source = to_dts(tree);
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().text, HasSubstr("levels deep"));
}

}  // namespace
}  // namespace rvx
