// Rules of images: formats told apart, gzip bounded, everything loaded where the layout says.
#include "machine/image_loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libfdt.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "machine/byte_size.hpp"
#include "tests/unit/machine/elf_builder.hpp"
#include "tests/unit/machine/gzip.hpp"

namespace rvx {
namespace {

using test::as_file;
using test::Bytes;
using test::ElfBuilder;
using test::gzip;
using test::linux_image;
using testing::HasSubstr;

constexpr uint64_t kBase = 0x80000000;

Bytes text_bytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

std::string image_error(Bytes bytes, uint64_t max_bytes = kGiB) {
  const auto image = Image::parse(as_file(std::move(bytes), "image"), max_bytes);
  if (image) return "";
  EXPECT_EQ(image.error().status, kUnusableStatus);
  return image.error().text;
}

// --- Formats -------------------------------------------------------------------------------------

TEST(ImageTest, FormatsAreToldApart) {
  const auto elf = Image::parse(as_file(ElfBuilder().segment(kBase, Bytes(8)).build()), kGiB);
  ASSERT_TRUE(elf);
  EXPECT_EQ(elf->format(), ImageFormat::kElf);
  EXPECT_NE(elf->elf(), nullptr);

  const auto kernel = Image::parse(as_file(linux_image(0x200000, 0x5000)), kGiB);
  ASSERT_TRUE(kernel);
  EXPECT_EQ(kernel->format(), ImageFormat::kLinux);
  EXPECT_EQ(kernel->linux_header().text_offset, 0x200000u);
  EXPECT_EQ(kernel->memory_size(), 0x5000u);
  EXPECT_TRUE(kernel->linux_header().has_efi_stub);

  const auto flat = Image::parse(as_file(Bytes(100, 0x13)), kGiB);
  ASSERT_TRUE(flat);
  EXPECT_EQ(flat->format(), ImageFormat::kFlat);
  EXPECT_EQ(flat->memory_size(), 100u);
}

TEST(ImageTest, GzipIsUnpackedWhateverItHolds) {
  const auto kernel = Image::parse(as_file(gzip(linux_image(0x200000, 0x5000))), kGiB);
  ASSERT_TRUE(kernel);
  EXPECT_TRUE(kernel->was_compressed());
  EXPECT_EQ(kernel->format(), ImageFormat::kLinux);
  EXPECT_EQ(kernel->bytes().size(), 4096u);
  const auto elf = Image::parse(as_file(gzip(ElfBuilder().segment(kBase, Bytes(8)).build())), kGiB);
  ASSERT_TRUE(elf);
  EXPECT_EQ(elf->format(), ImageFormat::kElf);
}

TEST(ImageTest, GzipMembersAreJoinedAndTrailingBytesIgnored) {
  Bytes packed = gzip(Bytes(10, 1));
  const Bytes second = gzip(Bytes(20, 2));
  packed.insert(packed.end(), second.begin(), second.end());
  packed.insert(packed.end(), 100, 0);
  const auto image = Image::parse(as_file(packed), kGiB);
  ASSERT_TRUE(image) << image.error().text;
  EXPECT_EQ(image->bytes().size(), 30u);
}

TEST(ImageTest, GzipBombsStopAtTheSizeOfRam) {
  const Bytes bomb = gzip(Bytes(64 << 20));
  EXPECT_THAT(image_error(bomb, kMiB), HasSubstr("larger than RAM, which has 1 MiB"));
  EXPECT_EQ(image_error(bomb, 64 << 20), "");
  EXPECT_THAT(image_error(bomb, (64 << 20) - 1), HasSubstr("larger than RAM"));
}

TEST(ImageTest, DamagedGzipIsOneLine) {
  Bytes packed = gzip(ElfBuilder().segment(kBase, Bytes(5000, 7)).build());
  const Bytes cut(packed.begin(), packed.end() - 9);
  EXPECT_THAT(image_error(cut), HasSubstr("ends too early"));
  EXPECT_THAT(image_error(Bytes(packed.begin(), packed.begin() + 4)), HasSubstr("too early"));
  packed[packed.size() - 6] ^= 1;  // the checksum
  EXPECT_THAT(image_error(packed), HasSubstr("damaged"));
  EXPECT_THAT(image_error(gzip(gzip(Bytes(100)))), HasSubstr("more than once"));
  EXPECT_THAT(image_error(gzip({})), HasSubstr("empty"));
}

TEST(ImageTest, ASelfUnpackingEfiKernelIsUnpacked) {
  const Bytes payload = gzip(linux_image(0x200000, 0x5000));
  Bytes zboot(64);
  std::memcpy(zboot.data(), "MZ\0\0zimg", 8);
  test::set(zboot, 8, uint32_t{64});
  test::set(zboot, 12, static_cast<uint32_t>(payload.size()));
  std::memcpy(zboot.data() + 24, "gzip", 4);
  zboot.insert(zboot.end(), payload.begin(), payload.end());
  const auto image = Image::parse(as_file(zboot), kGiB);
  ASSERT_TRUE(image) << image.error().text;
  EXPECT_EQ(image->format(), ImageFormat::kLinux);
}

TEST(ImageTest, FilesThatAreSomethingElseAreNamed) {
  EXPECT_THAT(image_error(text_bytes("070701000")), HasSubstr("--initrd"));
  EXPECT_THAT(image_error({0xd0, 0x0d, 0xfe, 0xed}), HasSubstr("--dtb"));
  EXPECT_THAT(image_error({0x28, 0xb5, 0x2f, 0xfd}), HasSubstr("zstd"));
  EXPECT_THAT(image_error(text_bytes("#!/bin/sh\n")), HasSubstr("script"));
  Bytes x86(0x300);
  std::memcpy(x86.data() + 0x202, "HdrS", 4);
  EXPECT_THAT(image_error(x86), HasSubstr("x86 kernel"));
  Bytes big = linux_image(0, 0);
  big[24] = 1;
  EXPECT_THAT(image_error(big), HasSubstr("big-endian"));
}

// --- Loading -------------------------------------------------------------------------------------

class BootTest : public ::testing::Test {
 protected:
  BootTest() {
    folder_ =
        std::filesystem::path(testing::TempDir()) / ("rvx-boot-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    request_.fdt.isa = "rv64imac";
  }
  ~BootTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const char* name, const Bytes& bytes) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
    return path;
  }
  BootImages load() {
    auto boot = load_boot_images(ram_, request_);
    EXPECT_TRUE(boot) << boot.error().text;
    return boot ? std::move(*boot) : BootImages{};
  }
  [[nodiscard]] bool holds(uint64_t address, const Bytes& bytes) const {
    return std::memcmp(ram_.at(address), bytes.data(), bytes.size()) == 0;
  }

  std::filesystem::path folder_;
  Ram ram_{kBase, 64 * kMiB};
  BootRequest request_;
};

TEST_F(BootTest, AProgramAloneRunsFirst) {
  request_.kernel = write("a.elf", ElfBuilder(ET_EXEC, kBase + 4)
                                       .segment(kBase, Bytes(8, 0x13))
                                       .symbol("tohost", kBase + 4)
                                       .build());
  const BootImages boot = load();
  EXPECT_EQ(boot.entry, kBase + 4);
  EXPECT_EQ(boot.next_entry, 0u);
  EXPECT_TRUE(holds(kBase, Bytes(8, 0x13)));
  EXPECT_TRUE(holds(boot.layout.dtb.base, boot.dtb));
  ASSERT_NE(boot.program_symbols, nullptr);
  EXPECT_EQ(boot.program_symbols->find_physical("tohost"), kBase + 4);
}

TEST_F(BootTest, FirmwareStartsTheKernelBehindIt) {
  const Bytes kernel = linux_image(0x200000, 0x8000);
  request_.firmware = write("fw.bin", Bytes(100, 0x42));
  request_.kernel = write("Image.gz", gzip(kernel));
  request_.initrd = write("initrd", Bytes(1001, 0x77));
  request_.initrd_extra = Bytes(12, 0x66);
  request_.fdt.chosen.bootargs = "quiet";
  const BootImages boot = load();
  EXPECT_EQ(boot.entry, kBase);
  EXPECT_EQ(boot.next_entry, kBase + 0x200000);
  EXPECT_TRUE(holds(kBase, Bytes(100, 0x42)));
  EXPECT_TRUE(holds(kBase + 0x200000, kernel));
  Bytes initrd(1001, 0x77);
  initrd.resize(1004);  // where a second archive may begin
  initrd.insert(initrd.end(), 12, 0x66);
  EXPECT_EQ(boot.layout.initrd.size, initrd.size());
  EXPECT_TRUE(holds(boot.layout.initrd.base, initrd));
  const auto source = to_dts(boot.dtb);
  ASSERT_TRUE(source);
  EXPECT_THAT(*source, HasSubstr("bootargs = \"quiet\""));
  EXPECT_THAT(*source,
              HasSubstr(fmt::format("linux,initrd-end = <0x0 {:#x}>", boot.layout.initrd.end())));
  EXPECT_EQ(boot.program_symbols, nullptr);
}

TEST_F(BootTest, AUsersTreeIsTakenAndFilled) {
  FdtInput fdt;
  fdt.isa = "rv64imac_zba";
  fdt.ram_size = ram_.size();
  request_.dtb = write("tree.dtb", *make_dtb(fdt));
  request_.kernel = write("flat", Bytes(64, 0x13));
  request_.fdt.chosen.bootargs = "mine";
  const auto source = to_dts(load().dtb);
  EXPECT_THAT(*source, HasSubstr("rv64imac_zba"));
  EXPECT_THAT(*source, HasSubstr("bootargs = \"mine\""));
  request_.dtb = write("tree.dtb", Bytes(64, 1));
  EXPECT_THAT(load_boot_images(ram_, request_).error().text, HasSubstr("not a usable device tree"));
}

TEST_F(BootTest, NothingToRunIsAUsageError) {
  EXPECT_EQ(load_boot_images(ram_, request_).error().status, kUsageStatus);
  request_.kernel = "/nonexistent";
  EXPECT_EQ(load_boot_images(ram_, request_).error().status, kNotFoundStatus);
}

TEST_F(BootTest, LinuxWithoutFirmwareIsNoted) {
  request_.kernel = write("Image", linux_image(0x200000, 0x8000));
  const BootImages boot = load();
  EXPECT_EQ(boot.entry, kBase + 0x200000);
  ASSERT_EQ(boot.notes.size(), 1u);
  EXPECT_THAT(boot.notes[0], HasSubstr("no firmware"));
}

// OpenSBI is position-independent and linked at 0; it relocates itself to where it finds itself.
TEST_F(BootTest, OpenSbiElfAndBinaryLoadToTheSamePlace) {
  const std::string folder = "/usr/lib/riscv64-linux-gnu/opensbi/generic/";
  if (!std::filesystem::exists(folder + "fw_dynamic.elf")) GTEST_SKIP() << "OpenSBI not installed";
  request_.firmware = folder + "fw_dynamic.elf";
  const BootImages boot = load();
  EXPECT_EQ(boot.entry, kBase);
  const auto binary = FileBytes::open(folder + "fw_dynamic.bin");
  ASSERT_TRUE(binary);
  // Only the words that relocation fills in differ.
  size_t different = 0;
  for (size_t i = 0; i < (*binary)->bytes().size(); ++i) {
    different += (*binary)->bytes()[i] != *ram_.at(kBase + i);
  }
  EXPECT_LT(different, 467u * 8);
}

}  // namespace
}  // namespace rvx
