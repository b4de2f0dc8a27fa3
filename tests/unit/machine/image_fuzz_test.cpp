// Hostile files: mutated ELF, Image, gzip and device-tree files end in success or one line, never
// worse.
#include <gtest/gtest.h>

#include <random>

#include "machine/image_loader.hpp"
#include "tests/unit/machine/elf_builder.hpp"
#include "tests/unit/machine/gzip.hpp"

namespace rvx {
namespace {

using test::as_file;
using test::Bytes;
using test::ElfBuilder;

constexpr uint64_t kBase = 0x80000000;
constexpr uint64_t kRamBytes = 8 << 20;
constexpr int kRounds = 4000;

// Values at which sizes, offsets and addresses go wrong.
constexpr uint64_t kInteresting[] = {0,
                                     1,
                                     7,
                                     0x7f,
                                     0xff,
                                     0xffff,
                                     0x10000,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     0x100000000,
                                     0x7fffffffffffffff,
                                     0x8000000000000000,
                                     0xfffffffffffffff8,
                                     0xffffffffffffffff};

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  Bytes mutate(Bytes bytes) {
    const uint64_t changes = 1 + below(4);
    for (uint64_t i = 0; i < changes && !bytes.empty(); ++i) change(bytes);
    return bytes;
  }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }

  void change(Bytes& bytes) {
    // Headers are where things go wrong: half of all changes hit the first bytes.
    const uint64_t reach = below(2) == 0 ? std::min<uint64_t>(bytes.size(), 256) : bytes.size();
    const uint64_t at = below(reach);
    switch (below(6)) {
      case 0: bytes[at] ^= static_cast<uint8_t>(1u << below(8)); break;
      case 1: bytes[at] = static_cast<uint8_t>(random_()); break;
      case 2:
        write(bytes, at & ~uint64_t{7}, kInteresting[below(std::size(kInteresting))], 8);
        break;
      case 3:
        write(bytes, at & ~uint64_t{3}, kInteresting[below(std::size(kInteresting))], 4);
        break;
      case 4:
        write(bytes, at & ~uint64_t{1}, kInteresting[below(std::size(kInteresting))], 2);
        break;
      default: bytes.resize(below(bytes.size() + 1)); break;
    }
  }

  static void write(Bytes& bytes, uint64_t at, uint64_t value, size_t size) {
    if (at + size <= bytes.size()) std::memcpy(bytes.data() + at, &value, size);
  }

  std::mt19937 random_;
};

void expect_one_line(const Error& error) {
  EXPECT_FALSE(error.text.empty());
  EXPECT_EQ(error.text.find('\n'), std::string::npos);
  EXPECT_TRUE(error.status == kUnusableStatus || error.status == kUsageStatus) << error.text;
}

// Everything that is done with a program file.
void use_image(Ram& ram, Bytes bytes) {
  auto image = Image::parse(as_file(std::move(bytes), "fuzz"), kRamBytes);
  if (!image) return expect_one_line(image.error());
  LayoutInput input;
  input.ram_size = kRamBytes;
  input.firmware = {kBase, 0x1000};
  input.firmware_name = "fw";
  input.kernel_name = "fuzz";
  input.kernel_size = image->memory_size();
  if (image->format() == ImageFormat::kLinux) {
    input.kernel_text_offset = image->linux_header().text_offset;
  }
  input.dtb_size = 4000;
  if (const ElfFile* elf = image->elf()) {
    auto placement = elf->place({{kBase, kRamBytes}, kBase});
    if (!placement) return expect_one_line(placement.error());
    const auto loaded = elf->load(ram, *placement);
    if (!loaded) expect_one_line(loaded.error());
    const auto symbols = elf->symbols(*placement);
    (void)symbols->find_physical("tohost");
    (void)symbols->symbolise(placement->entry);
    for (const Symbol& symbol : symbols->sorted()) (void)symbols->symbolise(symbol.address + 1);
    input.kernel_fixed = placement->range;
  }
  const auto layout = plan_layout(input);
  if (!layout) expect_one_line(layout.error());
}

void fuzz_image(const Bytes& seed_file, uint32_t seed) {
  Ram ram(kBase, kRamBytes);
  Mutator mutator(seed);
  for (int i = 0; i < kRounds; ++i) use_image(ram, mutator.mutate(seed_file));
}

TEST(ImageFuzzTest, ElfExecutable) {
  fuzz_image(ElfBuilder()
                 .segment(kBase, Bytes(64, 0x13), 0x100)
                 .segment(kBase + 0x1000, Bytes(32, 1))
                 .symbol("tohost", kBase + 0x1000, 8, STT_OBJECT)
                 .symbol("main", kBase, 16, STT_FUNC)
                 .symbol("label", kBase + 20)
                 .build(),
             1);
}

TEST(ImageFuzzTest, ElfPositionIndependent) {
  fuzz_image(ElfBuilder(ET_DYN, 0)
                 .segment(0, Bytes(64, 0x13), 0x100)
                 .relocations(0x1000, {{0x40, 1}, {0x48, 2}})
                 .symbol("_start", 0)
                 .build(),
             2);
}

TEST(ImageFuzzTest, LinuxImage) { fuzz_image(test::linux_image(0x200000, 0x4000, 256), 3); }

TEST(ImageFuzzTest, Gzip) {
  const Bytes packed = test::gzip(test::linux_image(0x200000, 0x4000, 4096));
  Ram ram(kBase, kRamBytes);
  Mutator mutator(4);
  for (int i = 0; i < kRounds / 20; ++i) use_image(ram, mutator.mutate(packed));
}

TEST(ImageFuzzTest, DeviceTree) {
  FdtInput input;
  input.ram_size = kRamBytes;
  input.isa = "rv64imac_zicsr";
  const Bytes tree = *make_dtb(input);
  FdtChosen chosen;
  chosen.bootargs = "quiet";
  chosen.initrd = {kBase, 4096};
  Mutator mutator(5);
  for (int i = 0; i < kRounds; ++i) {
    const Bytes mutated = mutator.mutate(tree);
    const auto patched = patch_dtb(mutated, "fuzz", chosen);
    if (!patched) expect_one_line(patched.error());
    const auto source = to_dts(mutated, "fuzz");
    if (!source) expect_one_line(source.error());
  }
}

}  // namespace
}  // namespace rvx
