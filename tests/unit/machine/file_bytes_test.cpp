// Rules of reading the user's files: each kind of failure is one line with its own status.
#include "machine/file_bytes.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace rvx {
namespace {

using testing::HasSubstr;

class FileBytesTest : public ::testing::Test {
 protected:
  FileBytesTest() {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("rvx-file-bytes-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~FileBytesTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& contents) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }

  std::filesystem::path folder_;
};

void expect_error(const std::string& path, int status, const char* part,
                  uint64_t max_bytes = FileBytes::kMaxBytes) {
  const auto file = FileBytes::open(path, max_bytes);
  ASSERT_FALSE(file) << path;
  EXPECT_EQ(file.error().status, status) << path;
  EXPECT_THAT(file.error().text, HasSubstr(part));
  EXPECT_EQ(file.error().text.find('\n'), std::string::npos);
}

TEST_F(FileBytesTest, MissingFilesAreNotFoundAndTheRestIsUnusable) {
  expect_error((folder_ / "none").string(), kNotFoundStatus, "no such file");
  expect_error("", kNotFoundStatus, "no such file");
  expect_error(write("file", "x") + "/below", kNotFoundStatus, "no such file");
  expect_error(folder_.string(), kUnusableStatus, "directory");
  expect_error("/dev/zero", kUnusableStatus, "device");
  expect_error(write("empty", ""), kUnusableStatus, "is empty");
  expect_error(write("large", "12345"), kUnusableStatus, "too large", 4);
  expect_error((folder_ / "two\nlines").string(), kNotFoundStatus, "two\\x0alines");
}

TEST_F(FileBytesTest, UnreadableFilesAreToldApart) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const std::string path = write("secret", "x");
  ::chmod(path.c_str(), 0);
  expect_error(path, kUnusableStatus, "permission denied");
}

TEST_F(FileBytesTest, SmallAndLargeFilesComeWhole) {
  for (const size_t size : {size_t{1}, size_t{4096}, size_t{9} << 20}) {
    std::string contents(size, 'a');
    contents.back() = 'z';
    const auto file = FileBytes::open(write("data", contents));
    ASSERT_TRUE(file);
    ASSERT_EQ((*file)->bytes().size(), size);
    EXPECT_EQ((*file)->bytes().back(), 'z');
  }
}

TEST_F(FileBytesTest, PipesAreReadToTheirEnd) {
  const std::string path = (folder_ / "pipe").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path) << std::string(300'000, 'p'); });
  const auto file = FileBytes::open(path);
  writer.join();
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->bytes().size(), 300'000u);
}

}  // namespace
}  // namespace rvx
