// Rules of the cpio writer: the kernel's newc format, and archives that cpio itself takes.
#include "machine/cpio.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace rvx {
namespace {

std::string text(const std::vector<uint8_t>& bytes, size_t offset, size_t size) {
  return {reinterpret_cast<const char*>(bytes.data()) + offset, size};
}

TEST(CpioTest, AnEmptyArchiveIsTheTrailer) {
  const auto archive = CpioWriter().finish();
  EXPECT_EQ(archive.size(), 124u);
  EXPECT_EQ(text(archive, 0, 6), "070701");
  EXPECT_EQ(text(archive, 94, 8), "0000000B");  // namesize, with its NUL
  EXPECT_EQ(text(archive, 110, 11), std::string("TRAILER!!!\0", 11));
}

TEST(CpioTest, HeadersAndContentsStartAtMultiplesOfFour) {
  CpioWriter writer;
  ASSERT_TRUE(writer.add_file("a", "12345"));
  const auto archive = writer.finish();
  EXPECT_EQ(text(archive, 54, 8), "00000005");  // filesize
  EXPECT_EQ(text(archive, 110, 2), std::string("a\0", 2));
  EXPECT_EQ(text(archive, 112, 8), std::string("12345\0\0\0", 8));
  EXPECT_EQ(text(archive, 120, 6), "070701");
  EXPECT_EQ(archive.size() % 4, 0u);
}

TEST(CpioTest, UncleanPathsAreRefused) {
  CpioWriter writer;
  for (const char* path : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a"}) {
    EXPECT_FALSE(writer.add_file(path, "x")) << path;
  }
  EXPECT_FALSE(writer.add_file(std::string("a\0b", 3), "x"));
  EXPECT_EQ(writer.finish().size(), 124u);
}

TEST(CpioTest, EqualCallsMakeEqualArchives) {
  const auto make = [] {
    CpioWriter writer;
    EXPECT_TRUE(writer.add_file("rvx/command", "ls", 0755));
    return writer.finish();
  };
  EXPECT_EQ(make(), make());
}

TEST(CpioTest, CpioUnpacksWhatWasWritten) {
  if (std::system("cpio --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "cpio is not installed";
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "rvx-cpio-test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  CpioWriter writer;
  ASSERT_TRUE(writer.add_file("rvx/command", "echo hello\n", 0755));
  ASSERT_TRUE(writer.add_file("rvx/deep/er/data", std::string(1000, 'x')));
  ASSERT_TRUE(writer.add_directory("empty", 0700));
  ASSERT_TRUE(writer.add_symlink("rvx/link", "command"));
  const auto archive = writer.finish();
  std::ofstream(folder / "archive", std::ios::binary)
      .write(reinterpret_cast<const char*>(archive.data()), static_cast<long>(archive.size()));
  const std::string command = "cd " + folder.string() + " && cpio -idm --quiet <archive";
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::string line;
  std::getline(std::ifstream(folder / "rvx/link"), line);
  EXPECT_EQ(line, "echo hello");
  EXPECT_EQ(std::filesystem::file_size(folder / "rvx/deep/er/data"), 1000u);
  EXPECT_EQ(std::filesystem::status(folder / "rvx/command").permissions(),
            static_cast<std::filesystem::perms>(0755));
  EXPECT_EQ(std::filesystem::status(folder / "empty").permissions(),
            static_cast<std::filesystem::perms>(0700));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace rvx
